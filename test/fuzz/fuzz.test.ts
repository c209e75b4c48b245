import type { ParsedEvent, Platform } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { describe, expect, it } from 'vitest'
import { bodyOf, deliveredIn, type FuzzedBody } from './bodies.ts'
import { FuzzDesk, platform } from './fuzz-desk.ts'
import { fuzzRun } from './fuzz-run.ts'

const SEED = 7
const bodies = (count: number): readonly FuzzedBody[] =>
  Array.from({ length: count }, (_, index) => bodyOf(SEED, index))

describe('mutated bodies, correctly signed', () => {
  for (const [engine, count] of [
    ['memory', 600],
    ['sqlite', 200],
  ] as const)
    it(`make no desk on ${engine} lose, double or miscount anything, or answer anything but 200`, async () => {
      const { violations, good, kinds, outcomes } = await fuzzRun({
        seed: SEED,
        bodies: count,
        engine,
        perDesk: 300,
        timed: false,
      })
      expect(violations).toEqual([])
      expect(good).toBeGreaterThan(count / 2)
      expect(kinds.bytes).toBeGreaterThan(count / 20)
      for (const outcome of ['recorded', 'duplicates', 'ignored', 'quarantined'])
        expect(outcomes[outcome], outcome).toBeGreaterThan(count / 50)
    })

  it('are many different ones, most of them with a known good event, and the same for the same seed', () => {
    const some = bodies(3_000)
    const texts = new Set(some.map(({ bytes }) => bytes.toString('base64')))
    expect(texts.size).toBeGreaterThan(2_900)
    expect(some.filter(({ good }) => good !== undefined).length).toBeGreaterThan(2_000)
    expect(some.filter(({ bytes }) => deliveredIn(bytes) !== undefined).length).toBeGreaterThan(2_000)
    expect(some.filter(({ kind }) => kind === 'large').length).toBeGreaterThan(5)
    expect(bodies(40).map(({ bytes }) => bytes)).toEqual(some.slice(0, 40).map(({ bytes }) => bytes))
  })
})

describe('the fuzzer finds', () => {
  const violationsWith = async (spoil: (events: readonly ParsedEvent[]) => readonly ParsedEvent[]): Promise<string> => {
    const spoilt: Platform = { ...platform, parse: (bytes) => spoil(platform.parse(bytes)) }
    const desk = await FuzzDesk.open(memory(), { spoilt })
    for (const body of bodies(40)) await desk.post(body)
    await desk.checkBalance()
    await desk.checkGood()
    await desk.stop()
    return desk.violations.map(({ what }) => what).join('\n')
  }

  it('an event that is lost', async () => {
    const found = await violationsWith((events) => events.slice(1))
    expect(found).toMatch(/the balance says \d+ events, \d+ were delivered/)
    expect(found).toMatch(/good-\S+ is 0 times in the log and is shown 0 times/)
  })

  it('an event that is recorded twice', async () => {
    const twice = (event: ParsedEvent): readonly ParsedEvent[] =>
      event.outcome === 'read' && event.incoming.kind === 'message' && event.incoming.mid?.startsWith('good-') === true
        ? [event, { ...event, incoming: { ...event.incoming, mid: 'other', key: 'other' } }]
        : [event]
    expect(await violationsWith((events) => events.flatMap(twice))).toContain('were delivered')
  })

  it('a body that fails', async () => {
    const found = await violationsWith((events) => {
      if (events.length > 2) throw new Error('no more than two')
      return events
    })
    expect(found).toContain('answered 503')
  })
})
