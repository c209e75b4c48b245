/** Reading docs/coverage.md: which rule is proved by which test. */

export interface Row {
  readonly id: string
  readonly rule: string
  /** `path > name of a test`. */
  readonly proofs: readonly string[]
  /** Words in the last cell that are no proof. */
  readonly strange: string
}

/** Rows of the tables: `| id | rule | proofs |`, each proof in backticks. */
export const readRows = (text: string): readonly Row[] =>
  text.split('\n').flatMap((line): readonly Row[] => {
    const [, id = '', rule = '', proofs] = /^\|\s*((?:S|R-)[^|\s]*)\s*\|([^|]*)\|(.*)\|\s*$/.exec(line) ?? []
    if (proofs === undefined) return []
    const named = [...proofs.matchAll(/`([^`]+)`/g)].map(([, proof = '']) => proof)
    const strange = proofs
      .replaceAll(/`[^`]+`/g, '')
      .replaceAll('<br>', '')
      .trim()
    return [{ id, rule: rule.trim(), proofs: named, strange }]
  })

/**
 * Whether a proof names a test of the list. A name may leave out the groups it stands in, and may end in ` > *`
 * for all tests of a group.
 */
export const isProved = (
  proof: string,
  tests: readonly { readonly file: string; readonly name: string }[],
): boolean => {
  const [file, ...names] = proof.split(' > ')
  const name = names.join(' > ')
  if (name === '') return false
  return tests.some((test) => {
    if (test.file !== file) return false
    if (name === '*') return true
    if (name.endsWith(' > *')) return ` > ${test.name}`.includes(` > ${name.slice(0, -' > *'.length)} > `)
    return test.name === name || test.name.endsWith(` > ${name}`)
  })
}
