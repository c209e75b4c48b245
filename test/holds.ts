import * as fc from 'fast-check'
import { expect } from 'vitest'

let cases = 0
let telling = 0
let told = false

/** Called within a property: whether this case tells something of the rule, or is one of which the rule says nothing. */
export const tells = (something: boolean): void => {
  if (!something || told) return
  told = true
  telling += 1
}

export interface Cases {
  /** The least share of cases that must tell something, above 0 and at most 1. */
  readonly floor: number
}

/**
 * fast-check's `assert` for a property that says of each case, by `tells`, whether it was a trivial one. Fails also where too few
 * were telling: generators drift, and a property of nothing but empty histories holds whatever the code does.
 * `CASES=show` prints the share of each property.
 *
 * @example
 * holds(fc.property(texts, (text) => {
 *   tells(text !== '')
 *   expect(codePoints(text)).toBe([...text].length)
 * }), { floor: 0.9 })
 */
export function holds<Ts>(property: fc.IProperty<Ts>, options: Cases & fc.Parameters<Ts>): void
export function holds<Ts>(property: fc.IAsyncProperty<Ts>, options: Cases & fc.Parameters<Ts>): Promise<void>
export function holds<Ts>(
  property: fc.IProperty<Ts> | fc.IAsyncProperty<Ts>,
  { floor, ...parameters }: Cases & fc.Parameters<Ts>,
): void | Promise<void> {
  cases = 0
  telling = 0
  const run = property.run.bind(property)
  property.run = ((...given: Parameters<typeof run>) => {
    cases += 1
    told = false
    return run(...given)
  }) as typeof run
  const ended = fc.assert(property as fc.IAsyncProperty<Ts>, parameters as fc.Parameters<Ts>) as void | Promise<void>
  const check = (): void => {
    // A run with planted faults tries fewer cases than asked for: too few to judge a share by.
    if (process.env['MUTATE_AREA'] !== undefined) return
    const { currentTestName: name } = expect.getState()
    if (process.env['CASES'] === 'show') process.stdout.write(`${telling} of ${cases} cases tell something: ${name}\n`)
    expect(telling / cases, `${telling} of ${cases} cases tell something`).toBeGreaterThanOrEqual(floor)
  }
  return ended instanceof Promise ? ended.then(check) : check()
}
