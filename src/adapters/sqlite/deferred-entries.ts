import { setImmediate } from 'node:timers/promises'
import type { ViewId } from '../../application/ports/views.ts'
import { type Build, lastDocument } from './builds.ts'
import type { Database } from './database.ts'
import { ADD_ENTRY, linesOf, readLine } from './entry-lines.ts'
import type { Journal } from './journal.ts'
import type { Writer } from './writer.ts'

/** Documents whose entries are sorted together: the more, the more of them go to one page. */
const SORTED_TOGETHER = 16_384
/** As many as one transaction can take: where others keep changing what is being sorted, it is done in one. */
const AT_ONCE = 128
/** How many small pieces follow when others were in the way. */
const AFTER_CONFLICT = 32
const READ_AT_ONCE = 1_024
/** Milliseconds of writing per transaction, its commit not counted. */
const LONGEST_SLICE = 9

interface Entry {
  readonly index: number
  readonly entry: string
  readonly document: number
}

interface Window {
  readonly builds: readonly Build[]
  /** Documents beyond `from`, up to `to`. */
  readonly from: number
  readonly to: number
}

const inOrder = (one: Entry, other: Entry): number =>
  one.index - other.index ||
  (one.entry < other.entry ? -1 : one.entry > other.entry ? 1 : one.document - other.document)

/**
 * Puts the entries of builds that keep them back into their places: those of many documents at a time, sorted, in
 * transactions of some milliseconds.
 *
 * `indexed` moves when a window is done. Meanwhile `indexing` tells commits that entries in the window may be in place, so
 * that they see to those themselves; a window in which one has done so is read again.
 */
export const deferredEntries = ({
  database,
  writer,
  journal,
  findBuild,
}: {
  readonly database: Database
  readonly writer: Writer
  readonly journal: Journal
  readonly findBuild: (view: ViewId) => Build | undefined
}): ((views: readonly ViewId[], signal: AbortSignal | undefined) => Promise<void>) => {
  const inTransaction = <T>(run: () => T): Promise<T> => writer.write({ bytes: 0, run })

  const unfinished = (views: readonly ViewId[]): readonly Build[] =>
    views.flatMap((view) => {
      const build = findBuild(view)
      return build?.indexed === undefined ? [] : [build]
    })

  const mark = (builds: readonly Build[], column: 'indexed' | 'indexing', to: number | null): void => {
    for (const { id } of builds) database.run(`update builds set ${column} = ? where id = ?`, to, id)
  }

  /** The next window; undefined when all documents are done. */
  const open = (views: readonly ViewId[], size: number): Window | 'unsettled' | undefined => {
    const builds = unfinished(views)
    if (builds.length === 0) return undefined
    if (builds.some(({ run }) => run !== undefined)) return 'unsettled'
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

  const read = ({ builds, to }: Window, from: number): readonly Entry[] => {
    const since = new Map(builds.map(({ id, indexed = 0 }) => [id, indexed]))
    const rows = database.all('select id, build, entries from documents where id > ? and id <= ?', from, to)
    return rows.flatMap((row) => {
      const document = row['id'] as number
      const indexed = since.get(row['build'] as number)
      if (indexed === undefined || document <= indexed) return []
      return linesOf(row['entries'] as string).map((line) => ({ ...readLine(line), document }))
    })
  }

  /** Whether nobody has committed to these builds, dropped them or put their entries into place since the window was opened. */
  const stands = ({ builds }: Window): boolean =>
    builds.every(({ id, indexed, checkpoint: { position } }) => {
      const row = database.get('select position, indexed, run from builds where id = ? and dropped = 0', id)
      return row?.['position'] === position && row['indexed'] === indexed && row['run'] === null
    })

  /** Adds entries from this place on for some milliseconds; how far it came. */
  const add = (entries: readonly Entry[], from: number): number => {
    const end = performance.now() + LONGEST_SLICE
    let at = from
    for (; at < entries.length; at += 1) {
      if (at % 32 === 31 && performance.now() > end) break
      const { index, entry, document } = entries[at] as Entry
      database.run(ADD_ENTRY, index, entry, document)
    }
    return at
  }

  const close = ({ builds, to }: Window): void =>
    mark(
      builds.filter(({ indexed = 0 }) => indexed < to),
      'indexed',
      to,
    )

  /** False when others have changed these builds meanwhile. */
  const workOff = async (window: Window, signal: AbortSignal | undefined): Promise<boolean> => {
    const entries: Entry[] = []
    for (let from = window.from; from < window.to; from += READ_AT_ONCE) {
      const part = { ...window, to: Math.min(from + READ_AT_ONCE, window.to) }
      for (const entry of await database.reading(() => read(part, from))) entries.push(entry)
      await setImmediate()
    }
    entries.sort(inOrder)
    for (let at = 0; at <= entries.length;) {
      if (signal?.aborted === true) return true
      const next = await inTransaction(() => {
        if (!stands(window)) return -1
        const reached = add(entries, at)
        if (reached < entries.length) return reached
        close(window)
        return entries.length + 1
      })
      if (next < 0) return false
      at = next
    }
    return true
  }

  /** Opened and worked off in one transaction. False at the end. */
  const workOffAtOnce = (views: readonly ViewId[]): boolean => {
    const window = open(views, AT_ONCE)
    if (window === undefined || window === 'unsettled') return false
    for (const { index, entry, document } of read(window, window.from).toSorted(inOrder))
      database.run(ADD_ENTRY, index, entry, document)
    close(window)
    return true
  }

  /** First what has been written for these builds is moved to its place, or forgotten where it never came to count. */
  const settle = async (views: readonly ViewId[]): Promise<void> => {
    const builds = await database.reading(() => unfinished(views))
    for (const run of new Set(builds.flatMap(({ run: open }) => open ?? []))) await journal.settle(run)
  }

  return async (views, signal) => {
    while (signal?.aborted !== true) {
      await settle(views)
      const builds = await database.reading(() => unfinished(views))
      const window = await inTransaction(() => open(views, SORTED_TOGETHER))
      if (window === undefined) {
        for (const { id } of builds) await journal.forget('build', id)
        return
      }
      if (window === 'unsettled' || (await workOff(window, signal))) continue
      for (let piece = 0; piece < AFTER_CONFLICT; piece += 1)
        if (!(await inTransaction(() => workOffAtOnce(views)))) break
    }
  }
}
