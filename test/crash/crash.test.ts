import { expect, it } from 'vitest'
import { postgresUrl } from '../adapters/postgres/places.ts'
import { crashRun, type Finding } from './crash-run.ts'

const alone = { engine: 'sqlite', hosts: 1, pauses: 0, restarts: 0, goneAfter: 500 } as const

const violations = (findings: readonly Finding[]): readonly string[] =>
  findings.flatMap(({ name, violations }) => violations.map((violation) => `${name}: ${violation}`))

const figure = (findings: readonly Finding[], name: string): number =>
  findings.flatMap(({ figures }) => Object.entries(figures)).find(([each]) => each === name)?.[1] ?? 0

it('a host that is killed at random instants and at each named step loses nothing and repeats nothing', async () => {
  const findings = await crashRun({
    ...alone,
    seed: 7,
    customers: 20,
    messages: 200,
    replies: 20,
    kills: 5,
    steps: true,
    jumps: 3,
  })
  expect(violations(findings)).toEqual([])
  expect(figure(findings, 'kills at named steps')).toBe(8)
  expect(figure(findings, 'answered 200')).toBe(200)
  expect(figure(findings, 'calls cut by a kill')).toBeGreaterThan(0)
}, 180_000)

it('where nobody dies, the balance is the count of the platform, event for event', async () => {
  const findings = await crashRun({
    ...alone,
    seed: 8,
    customers: 10,
    messages: 80,
    replies: 8,
    kills: 0,
    steps: false,
    jumps: 1,
  })
  expect(violations(findings)).toEqual([])
  for (const account of ['acme.shop', 'acme.support']) {
    expect(figure(findings, `${account}: broken off`)).toBe(0)
    expect(figure(findings, `${account}: settled`)).toBe(figure(findings, `${account}: answered 200`))
  }
}, 60_000)

it.each(['sqlite', 'postgres'] as const)(
  'two processes on %s of which one is killed and one sleeps beyond its turn lose nothing and repeat nothing',
  async (engine) => {
    const findings = await crashRun({
      engine,
      ...(engine === 'postgres' ? { postgresUrl: await postgresUrl() } : {}),
      hosts: 2,
      seed: 9,
      customers: 40,
      messages: 200,
      replies: 40,
      kills: 1,
      pauses: 1,
      restarts: 0,
      steps: false,
      jumps: 2,
      goneAfter: 2_500,
    })
    expect(violations(findings)).toEqual([])
    expect(figure(findings, 'answered 200')).toBe(200)
    expect(figure(findings, 'lives that opened the store')).toBe(3)
    expect(figure(findings, 'replies not in flight at any of it')).toBeGreaterThan(20)
  },
  180_000,
)
