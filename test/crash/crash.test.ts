import { expect, it } from 'vitest'
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
    messages: 300,
    replies: 30,
    kills: 5,
    steps: true,
    jumps: 3,
  })
  expect(violations(findings)).toEqual([])
  expect(figure(findings, 'kills at named steps')).toBe(8)
  expect(figure(findings, 'answered 200')).toBe(300)
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
