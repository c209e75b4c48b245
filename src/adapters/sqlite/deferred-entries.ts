import { setTimeout } from 'node:timers/promises'
import type { ViewId } from '../../application/ports/views.ts'
import { type Build, lastDocument } from './builds.ts'
import { type Database, LONGEST_PAUSE } from './database.ts'
import { ADD_ENTRY, linesOf, readLine } from './entry-lines.ts'
import type { Slices, Transactions } from './transactions.ts'

/** Documents whose entries are sorted together: the more, the more of them go to one page. */
const SORTED_TOGETHER = 32_768
const READ_AT_ONCE = 1_024

interface Entry {
  readonly entry: string
  readonly document: number
}

const inOrder = (one: Entry, other: Entry): number =>
  one.entry < other.entry ? -1 : one.entry > other.entry ? 1 : one.document - other.document

/**
 * Puts the entries of builds that keep them back into their places: those of many documents at a time, sorted, so that
 * neighbours are written to their page together. Each time is one transaction, with which `indexed` moves on.
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
  ): Promise<ReadonlyMap<number, Entry[]>> => {
    const since = new Map(builds.map(({ id, indexed = 0 }) => [id, indexed]))
    const found = new Map<number, Entry[]>()
    for (let at = from; at < to; at += READ_AT_ONCE) {
      if (slices.isOver()) await slices.next()
      const end = Math.min(at + READ_AT_ONCE, to)
      for (const row of database.all('select id, build, entries from documents where id > ? and id <= ?', at, end)) {
        const document = row['id'] as number
        const indexed = since.get(row['build'] as number)
        if (indexed === undefined || document <= indexed) continue
        for (const line of linesOf(row['entries'] as string)) {
          const { index, entry } = readLine(line)
          let entries = found.get(index)
          if (entries === undefined) found.set(index, (entries = []))
          entries.push({ entry, document })
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
    for (const index of [...found.keys()].toSorted((one, other) => one - other)) {
      for (const [at, { entry, document }] of (found.get(index) ?? []).toSorted(inOrder).entries()) {
        if (at % 32 === 31 && slices.isOver()) await slices.next()
        database.run(ADD_ENTRY, index, entry, document)
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
