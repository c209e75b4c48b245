import type { Database } from './database.ts'

/** Where a stream ends. */
export interface Head {
  /** The stream's number in this file. */
  readonly stream: number
  readonly revision: number
  /** Number of its last event in the log. */
  readonly position: number
}

/** The last known ends of streams: right as long as nobody else has written. */
export interface Heads {
  /** Forgets everything if another connection has committed since the last call. */
  refresh(): void
  get(name: string): Head | undefined
  /** The end as it is in the file, if that is known without looking for it. Outside of transactions. */
  known(name: string): Head | undefined
  /** Looks for the end, so that it is known. Outside of transactions. */
  learn(name: string): void
  set(name: string, head: Head): void
  clear(): void
}

const KEPT = 16_384

const FIND = `
  select s.id as stream, e.revision, e.position
  from streams s join events e on e.stream = s.id
  where s.name = ? order by e.revision desc limit 1`

/** Reads the end of a stream from the file. */
export const findHead = (database: Database, name: string): Head | undefined => {
  const row = database.get(FIND, name)
  return row && { stream: Number(row['stream']), revision: Number(row['revision']), position: Number(row['position']) }
}

export const createHeads = (database: Database): Heads => {
  const known = new Map<string, Head>()
  let version: number | undefined
  const refresh = (): void => {
    const current = database.foreignVersion()
    if (current !== version) known.clear()
    version = current
  }
  const set = (name: string, head: Head): void => {
    if (known.size >= KEPT && !known.has(name)) known.delete(known.keys().next().value as string)
    known.set(name, head)
  }
  return {
    refresh,
    known: (name) => {
      if (!known.has(name)) return undefined
      refresh()
      return known.get(name)
    },
    learn: (name) => {
      // In this order: what others commit in between is noticed by the next look.
      refresh()
      const head = findHead(database, name)
      if (head) set(name, head)
    },
    get: (name) => {
      const head = known.get(name) ?? findHead(database, name)
      if (head) known.set(name, head)
      return head
    },
    set,
    clear: () => known.clear(),
  }
}
