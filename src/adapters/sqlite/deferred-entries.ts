import { setTimeout } from 'node:timers/promises'
import type { ViewId } from '../../application/ports/views.ts'
import { type Build, lastDocument } from './builds.ts'
import { type Database, LONGEST_PAUSE } from './database.ts'
import { ADD_ENTRY, linesOf, readLine } from './entry-lines.ts'
import type { Slices, Transactions } from './transactions.ts'

/** Documents whose entries are sorted together: the more, the more of them go to one page. */
const SORTED_TOGETHER = 32_768
const READ_AT_ONCE = 1_024

/** Characters of a number or an instant at the end of an entry, by which entries of one beginning come in order mostly. */
const TAIL = 13

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Entries of one index that begin alike, in the order of their documents. */
interface Neighbours {
  readonly entries: string[]
  readonly documents: number[]
}

/** Entries by what they begin with. */
type Beginnings = Map<string, Neighbours>

const add = (beginnings: Beginnings, entry: string, document: number): void => {
  const beginning = entry.slice(0, -TAIL)
  let neighbours = beginnings.get(beginning)
  if (neighbours === undefined) beginnings.set(beginning, (neighbours = { entries: [], documents: [] }))
  neighbours.entries.push(entry)
  neighbours.documents.push(document)
}

/**
 * Puts the entries of builds that keep them back into their places: those of many documents at a time, sorted by what they
 * begin with, so that neighbours are written to their page together. Each time is one transaction, with which `indexed` moves on.
 */
export const deferredEntries = ({
  database,
  transactions,
  findBuild,
}: {
  readonly database: Database
  readonly transactions: Transactions
  readonly findBuild: (view: ViewId) => Build | undefined
}): ((views: readonly ViewId[], signal: AbortSignal | undefined) => Promise<void>) => {
  const unfinished = (views: readonly ViewId[]): readonly Build[] =>
    views.flatMap((view) => {
      const build = findBuild(view)
      return build?.indexed === undefined ? [] : [build]
    })

  /** The entries of documents beyond `from` up to `to`, by index. */
  const read = async (
    builds: readonly Build[],
    from: number,
    to: number,
    slices: Slices,
  ): Promise<ReadonlyMap<number, Beginnings>> => {
    const since = new Map(builds.map(({ id, indexed = 0 }) => [id, indexed]))
    const found = new Map<number, Beginnings>()
    for (let at = from; at < to; at += READ_AT_ONCE) {
      if (slices.isOver()) await slices.next()
      const end = Math.min(at + READ_AT_ONCE, to)
      for (const row of database.all('select id, build, entries from documents where id > ? and id <= ?', at, end)) {
        const document = row['id'] as number
        const indexed = since.get(row['build'] as number)
        if (indexed === undefined || document <= indexed) continue
        for (const line of linesOf(row['entries'] as string)) {
          const { index, entry } = readLine(line)
          let beginnings = found.get(index)
          if (beginnings === undefined) found.set(index, (beginnings = new Map()))
          add(beginnings, entry, document)
        }
      }
    }
    return found
  }

  /** True when all documents are done. */
  const workOff = async (views: readonly ViewId[], slices: Slices): Promise<boolean> => {
    const builds = unfinished(views)
    if (builds.length === 0) return true
    const from = Math.min(...builds.map(({ indexed = 0 }) => indexed))
    const last = lastDocument(database)
    const to = Math.min(from + SORTED_TOGETHER, last)
    const found = await read(builds, from, to, slices)
    for (const [index, beginnings] of found) {
      for (const beginning of [...beginnings.keys()].toSorted(byText)) {
        const { entries = [], documents = [] } = beginnings.get(beginning) ?? {}
        for (const [at, entry] of entries.entries()) {
          if (slices.isOver()) await slices.next()
          database.run(ADD_ENTRY, index, entry, documents[at] ?? 0)
        }
      }
    }
    const isDone = to >= last
    for (const { id, indexed = 0 } of builds)
      if (isDone || indexed < to)
        database.run('update builds set indexed = ?, indexing = 1 where id = ?', isDone ? null : to, id)
    return isDone
  }

  return async (views, signal) => {
    while (signal?.aborted !== true) {
      if (await transactions.run((slices) => workOff(views, slices))) return
      // Other processes that wait for the lock look for it from time to time only.
      await setTimeout(LONGEST_PAUSE)
    }
  }
}
