import { setImmediate, setTimeout } from 'node:timers/promises'
import type { ViewId } from '../../application/ports/views.ts'
import { type Build, lastDocument } from './builds.ts'
import type { Database } from './database.ts'
import { ADD_ENTRY, linesOf, readLine } from './entry-lines.ts'
import type { Slices, Transactions } from './transactions.ts'

/** Documents whose entries are sorted together: the more, the more of them go to one page. */
const SORTED_TOGETHER = 32_768
/** As many as one transaction can take: where others keep changing what is being sorted, it is done in one. */
const AT_ONCE = 128
/** How many small pieces follow when others were in the way. */
const AFTER_CONFLICT = 32
const READ_AT_ONCE = 1_024
/** Entries between two looks at the time. */
const LOOK_EVERY = 32
/** Milliseconds of writing per transaction: commits of views wait for it. */
const LONGEST_TRANSACTION = 60
/** Milliseconds between two of them: other processes look for the lock from time to time only. */
const GAP = 5

/** Characters of a number or an instant at the end of an entry, by which entries of one beginning come in order mostly. */
const TAIL = 13

/** Entries of one index that begin alike, in the order of their documents. */
interface Neighbours {
  readonly index: number
  readonly beginning: string
  readonly entries: string[]
  readonly documents: number[]
}

const inOrder = (one: Neighbours, other: Neighbours): number =>
  one.index - other.index || (one.beginning < other.beginning ? -1 : one.beginning > other.beginning ? 1 : 0)

type Entry = readonly [index: number, entry: string, document: number]

/** Entries by index and by what they begin with. */
class Beginnings {
  readonly #found = new Map<string, Neighbours>()

  add(index: number, entry: string, document: number): void {
    const beginning = entry.length > TAIL ? entry.slice(0, -TAIL) : entry
    const name = `${index} ${beginning}`
    let neighbours = this.#found.get(name)
    if (neighbours === undefined) this.#found.set(name, (neighbours = { index, beginning, entries: [], documents: [] }))
    neighbours.entries.push(entry)
    neighbours.documents.push(document)
  }

  *sorted(): Generator<Entry, undefined> {
    for (const { index, entries, documents } of [...this.#found.values()].toSorted(inOrder))
      for (const [place, entry] of entries.entries()) yield [index, entry, documents[place] ?? 0]
    return undefined
  }
}

interface Window {
  readonly builds: readonly Build[]
  /** Documents beyond `from`, up to `to`. */
  readonly from: number
  readonly to: number
}

/**
 * Puts the entries of builds that keep them back into their places: those of many documents at a time, sorted by what they begin
 * with, so that neighbours are written to their page together, in transactions of some hundredths of a second.
 *
 * `indexed` moves when a window is done. Meanwhile `indexing` tells commits that entries in the window may be in place, so
 * that they see to those themselves; a window in which one has done so is read again.
 */
export const deferredEntries = ({
  database,
  transactions,
  reading,
  findBuild,
}: {
  readonly database: Database
  readonly transactions: Transactions
  readonly reading: <T>(work: (from: Database) => T) => Promise<T>
  readonly findBuild: (view: ViewId) => Build | undefined
}): ((views: readonly ViewId[], signal: AbortSignal | undefined) => Promise<void>) => {
  const unfinished = (views: readonly ViewId[]): readonly Build[] =>
    views.flatMap((view) => {
      const build = findBuild(view)
      return build?.indexed === undefined ? [] : [build]
    })

  const mark = (builds: readonly Build[], column: 'indexed' | 'indexing', to: number | null): void => {
    for (const { id } of builds) database.run(`update builds set ${column} = ? where id = ?`, to, id)
  }

  /** The next window; undefined when all documents are done. */
  const open = (views: readonly ViewId[], size: number): Window | undefined => {
    const builds = unfinished(views)
    if (builds.length === 0) return undefined
    const from = Math.min(...builds.map(({ indexed = 0 }) => indexed))
    const last = lastDocument(database)
    if (from >= last) {
      mark(builds, 'indexed', null)
      mark(builds, 'indexing', null)
      return undefined
    }
    const to = Math.min(from + size, last)
    mark(
      builds.filter(({ indexing = 0 }) => indexing < to),
      'indexing',
      to,
    )
    return { builds, from, to }
  }

  const close = ({ builds, to }: Window): void =>
    mark(
      builds.filter(({ indexed = 0 }) => indexed < to),
      'indexed',
      to,
    )

  /** Adds the entries of documents beyond `from` up to `to`. */
  const read = (beginnings: Beginnings, builds: readonly Build[], from: number, to: number, by: Database): void => {
    const since = new Map(builds.map(({ id, indexed = 0 }) => [id, indexed]))
    for (const row of by.all('select id, build, entries from documents where id > ? and id <= ?', from, to)) {
      const document = row['id'] as number
      const indexed = since.get(row['build'] as number)
      if (indexed === undefined || document <= indexed) continue
      for (const line of linesOf(row['entries'] as string)) {
        const { index, entry } = readLine(line)
        beginnings.add(index, entry, document)
      }
    }
  }

  /** Whether nobody has committed to these builds, dropped them or put their entries into place since the window was opened. */
  const stands = ({ builds }: Window): boolean =>
    builds.every(({ id, indexed, checkpoint: { position } }) => {
      const row = database.get('select position, indexed from builds where id = ? and dropped = 0', id)
      return row?.['position'] === position && row['indexed'] === indexed
    })

  /** Writes for as long as a transaction may last. True when all are written. */
  const add = async (entries: Iterator<Entry>, slices: Slices): Promise<boolean> => {
    const end = performance.now() + LONGEST_TRANSACTION
    for (let n = 1; ; n += 1) {
      if (n % LOOK_EVERY === 0) {
        if (performance.now() > end) return false
        if (slices.isOver()) await slices.next()
      }
      const { value } = entries.next()
      if (value === undefined) return true
      database.run(ADD_ENTRY, ...value)
    }
  }

  /** False when others have changed these builds meanwhile. */
  const workOff = async (window: Window, signal: AbortSignal | undefined): Promise<boolean> => {
    const beginnings = new Beginnings()
    for (let from = window.from; from < window.to; from += READ_AT_ONCE) {
      const to = Math.min(from + READ_AT_ONCE, window.to)
      await reading((by) => read(beginnings, window.builds, from, to, by))
      await setImmediate()
    }
    const entries = beginnings.sorted()
    while (signal?.aborted !== true) {
      const became = await transactions.run(async (slices) => {
        if (!stands(window)) return 'changed'
        if (!(await add(entries, slices))) return 'begun'
        close(window)
        return 'done'
      })
      if (became === 'changed') return false
      await setTimeout(GAP)
      if (became === 'done') return true
    }
    return true
  }

  /** Opened and worked off in one transaction. False at the end. */
  const workOffAtOnce = async (views: readonly ViewId[], slices: Slices): Promise<boolean> => {
    const window = open(views, AT_ONCE)
    if (window === undefined) return false
    const beginnings = new Beginnings()
    read(beginnings, window.builds, window.from, window.to, database)
    const entries = beginnings.sorted()
    while (!(await add(entries, slices)));
    close(window)
    return true
  }

  return async (views, signal) => {
    while (signal?.aborted !== true) {
      const window = await transactions.run(async () => open(views, SORTED_TOGETHER))
      if (window === undefined) return
      if (await workOff(window, signal)) continue
      for (let piece = 0; piece < AFTER_CONFLICT; piece += 1)
        if (!(await transactions.run((slices) => workOffAtOnce(views, slices)))) break
    }
  }
}
