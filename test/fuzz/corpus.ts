import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Branch, copy, isBranch, type Tree } from './tree.ts'

const FOLDER = join(import.meta.dirname, '../fixtures/payloads')
/** What is no webhook: answers of Meta's to our calls, and lists of vectors. */
const NO_WEBHOOK = /^(?:api-|error-|send-|attachment-|private-|data-|rate-|signature-|signed-)/

/** Every webhook of the sample bodies. */
export const corpus: readonly Tree[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json') && !NO_WEBHOOK.test(name))
  .toSorted()
  .map((name) => copy(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Tree))

/** Every event in them, by the list in which it stands. */
export const events: readonly {
  readonly list: 'messaging' | 'standby' | 'changes'
  readonly event: Branch
}[] = corpus.flatMap((body) =>
  entriesOf(body).flatMap((entry) =>
    (['messaging', 'standby', 'changes'] as const).flatMap((list) => {
      const items = entry[list]
      return Array.isArray(items) ? items.filter(isBranch).map((event) => ({ list, event })) : []
    }),
  ),
)

/** The entries of a body that has some. */
export function entriesOf(body: Tree): readonly Branch[] {
  if (Array.isArray(body)) return body.flatMap(entriesOf)
  if (!isBranch(body)) return []
  const { entry } = body
  return Array.isArray(entry) ? entry.filter(isBranch) : []
}
