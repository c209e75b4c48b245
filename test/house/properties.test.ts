import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holds, tells } from '../holds.ts'
import { filesBelow, ROOT } from './files.ts'

const uncounted = (text: string): boolean => /\b(?:fc|real)\s*\.\s*(?:assert|check)\(/.test(text)

/** Where the counting itself is, and where properties are given fewer cases. */
const OWN = ['test/holds.ts', 'test/mutation/fewer-runs.ts', 'test/house/properties.test.ts']

describe('properties', () => {
  it('are all counted', () => {
    const tests = filesBelow(ROOT, 'test').filter((path) => path.endsWith('.ts') && !OWN.includes(path))
    expect(tests.length).toBeGreaterThan(200)
    expect(tests.filter((path) => uncounted(readFileSync(join(ROOT, path), 'utf8')))).toEqual([])
    expect(uncounted('  await fc.assert(fc.property(x))')).toBe(true)
  })

  const anything = (floor: number, share: number): void => {
    let n = 0
    holds(
      fc.property(fc.nat(), () => tells(n++ % 10 < share)),
      { floor },
    )
  }

  it('fail where too few of their cases tell something', () => {
    expect(() => anything(0.5, 3)).toThrow('30 of 100 cases tell something')
    expect(() => anything(0.3, 3)).not.toThrow()
  })

  it('fail where no case tells something, and where a rule is broken', async () => {
    expect(() =>
      holds(
        fc.property(fc.nat(), () => {}),
        { floor: 0.01 },
      ),
    ).toThrow('0 of 100')
    expect(() =>
      holds(
        fc.property(fc.nat(), (n) => n < 0),
        { floor: 0.01 },
      ),
    ).toThrow('Property failed')
    const broken = fc.asyncProperty(fc.nat(), async (n) => n < 0)
    await expect(holds(broken, { floor: 0.01 })).rejects.toThrow('Property failed')
    const silent = fc.asyncProperty(fc.nat(), async () => {})
    await expect(holds(silent, { floor: 0.01 })).rejects.toThrow('0 of 100')
  })
})
