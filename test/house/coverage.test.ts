import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempFolder } from '../temp-folder.ts'
import { isProved, readRows } from './coverage.ts'
import { ROOT } from './files.ts'
import { run } from './run.ts'

/** How many rules each group has; a row that is lost or cannot be read is missed. */
const RULES = {
  decider: 9,
  due: 2,
  window: 13,
  conversion: 14,
  message: 22,
  reply: 21,
  auth: 9,
  ticket: 4,
  refusal: 5,
  host: 9,
}

const rows = readRows(readFileSync(join(ROOT, 'docs/coverage.md'), 'utf8'))

/**
 * Every test of some files by vitest's own listing, which reads them without running them: names are as they are written, `%s` of a
 * table included, and what is commented out does not count.
 */
const listTests = async (
  files: readonly string[],
): Promise<readonly { readonly file: string; readonly name: string }[]> => {
  const folder = tempFolder('list')
  const list = join(folder, 'tests.json')
  try {
    const { output } = await run(ROOT, `vitest list ${files.join(' ')} --json=${list}`)
    expect(existsSync(list), output).toBe(true)
    return (JSON.parse(readFileSync(list, 'utf8')) as { file: string; name: string }[]).map(({ file, name }) => ({
      file: relative(ROOT, file).split(sep).join('/'),
      name,
    }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe('docs/coverage.md', () => {
  it('has a row for every feature and every rule', () => {
    const features = Array.from({ length: 16 }, (_, index) => `S${index + 2}`)
    const rules = Object.entries(RULES).flatMap(([group, count]) =>
      Array.from({ length: count }, (_, index) => `R-${group}-${index + 1}`),
    )
    expect(rows.map(({ id }) => id).toSorted()).toEqual([...features, 'S11a', ...rules].toSorted())
  })

  it('names the tests of each row, and has nothing else in the last column', () => {
    expect(rows.filter(({ proofs, strange, rule }) => proofs.length === 0 || strange !== '' || rule === '')).toEqual([])
  })

  it('names only tests that exist', { timeout: 120_000 }, async () => {
    const proofs = rows.flatMap(({ id, proofs: named }) => named.map((proof) => ({ id, proof })))
    const files = [...new Set(proofs.map(({ proof }) => proof.split(' > ')[0] ?? ''))]
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
    const tests = await listTests(files)
    const unproved = proofs.filter(({ proof }) => !isProved(proof, tests)).map(({ id, proof }) => `${id}: ${proof}`)
    expect(unproved).toEqual([])
  })

  it('is read as it is meant', () => {
    const table = [
      '| id | rule | proved by |',
      '| --- | --- | --- |',
      '| S2 | a | `test/a.test.ts > b`<br>`test/a.test.ts > c > *` |',
    ]
    expect(readRows(table.join('\n'))).toEqual([
      { id: 'S2', rule: 'a', proofs: ['test/a.test.ts > b', 'test/a.test.ts > c > *'], strange: '' },
    ])
    expect(readRows('| R-window-1 | a | |')).toEqual([{ id: 'R-window-1', rule: 'a', proofs: [], strange: '' }])
    expect(readRows('| S3 | a | surely somewhere |')[0]?.strange).toBe('surely somewhere')
  })

  it('is seen to fail: a test that does not exist', () => {
    const tests = [{ file: 'test/a.test.ts', name: 'the window > of 24 hours > ends' }]
    const proved = (proof: string): boolean => isProved(proof, tests)
    expect(
      ['the window > of 24 hours > ends', 'of 24 hours > ends', 'ends', '*', 'the window > *', 'of 24 hours > *'].map(
        (name) => proved(`test/a.test.ts > ${name}`),
      ),
    ).toEqual([true, true, true, true, true, true])
    expect(
      ['end', 'hours > ends', 'the window', 'ends > *', 'the window > ends', ''].map((name) =>
        proved(`test/a.test.ts > ${name}`),
      ),
    ).toEqual([false, false, false, false, false, false])
    expect(proved('test/b.test.ts > ends')).toBe(false)
    expect(proved('test/a.test.ts')).toBe(false)
  })
})
