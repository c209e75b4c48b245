import type { ParsedEvent } from 'madoguchi'
import { describe, expect, it } from 'vitest'
import { historyOf } from './history.ts'
import type { Spoil } from './model-desk.ts'
import { figuresOf, isTelling, type Played, played } from './model-run.ts'

const play = async (first: number, count: number, spoil?: Spoil): Promise<readonly Played[]> => {
  const runs: Played[] = []
  for (let seed = first; seed < first + count; seed++) runs.push(await played(seed, historyOf(seed), spoil))
  return runs
}

describe('random histories', () => {
  it('end on the product as the naive reference says, after every step', async () => {
    const runs = await play(40_030, 26)
    expect(runs.flatMap(({ difference }) => difference ?? [])).toEqual([])
    // Else they would show nothing.
    expect(runs.filter(isTelling).length).toBeGreaterThan(15)
    const figures = figuresOf(runs)
    const floors = { tickets: 15, conversations: 30, messages: 100, 'reply sent': 8, duplicates: 15, waiting: 5 }
    for (const [name, floor] of Object.entries(floors)) expect(figures[name], name).toBeGreaterThanOrEqual(floor)
  })
})

describe('the reference finds', () => {
  const events =
    (change: (event: ParsedEvent) => readonly ParsedEvent[]): Spoil =>
    ({ platform, messenger }) => ({
      messenger,
      platform: { ...platform, parse: (bytes) => platform.parse(bytes).flatMap(change) },
    })
  const incoming = (event: ParsedEvent): (ParsedEvent & { readonly outcome: 'read' })['incoming'] | undefined =>
    event.outcome === 'read' ? event.incoming : undefined
  const faults: Readonly<Record<string, Spoil>> = {
    'a message that is lost': events((event) => (incoming(event)?.kind === 'message' ? [] : [event])),
    'an unsend that is lost': events((event) => (incoming(event)?.kind === 'unsend' ? [] : [event])),
    'times that are a millisecond off': events((event) =>
      event.outcome === 'read' && event.incoming.kind === 'message'
        ? [{ ...event, incoming: { ...event.incoming, metaAt: event.incoming.metaAt - 1 } }]
        : [event],
    ),
    'a reply that is sent twice': ({ platform, messenger }) => ({
      platform,
      messenger: {
        ...messenger,
        send: async (...call) => {
          await messenger.send(...call)
          return messenger.send(...call)
        },
      },
    }),
  }
  for (const [fault, spoil] of Object.entries(faults))
    it(fault, async () => {
      const runs = await play(9_100, 8, spoil)
      expect(runs.some(({ difference }) => difference !== undefined)).toBe(true)
    })
})
