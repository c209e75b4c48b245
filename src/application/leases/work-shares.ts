import type { Leases } from '../ports/leases.ts'
import { LastingTrouble } from '../lasting-trouble.ts'
import type { Log } from '../ports/log.ts'
import type { Runtime } from '../ports/runtime.ts'
import { isStoreError } from '../ports/store-errors.ts'
import { problemOf } from '../problem.ts'
import { jitter, pause } from '../time.ts'
import { partitionOf } from '../views/partition.ts'
import {
  decodeTable,
  encodeTable,
  NO_TABLE,
  piecesOf,
  renewed,
  type Work,
  without,
  type WorkTable,
} from './work-table.ts'

/** Where the table stands; the number is that of its shape. */
const NOTE = 'work/1'
/** Signs of life within the time after which a process counts as gone. */
const BEATS = 4
/** A process counts itself out earlier than others do by this part, in case clocks do not run at the same speed. */
const MARGIN = 0.2
/** How often a write is tried again at once when another process was first. */
const TRIES = 20

export interface WorkSharesOptions {
  readonly leases: Leases
  readonly log: Log
  readonly runtime: Runtime
  /** What this process does. */
  readonly does: readonly Work[]
  /** Milliseconds without a sign of life after which others take over. */
  readonly goneAfter: number
}

interface Held {
  /** When the sign of life began on which this stands: of the monotonic clock, and of the machine's. */
  readonly since: number
  readonly wall: number
  /** By piece of each kind of work. */
  readonly epochs: ReadonlyMap<Work, ReadonlyMap<number, number>>
}

const NOTHING: Held['epochs'] = new Map()

/**
 * This process's share of the work: some partitions of each kind, for as long as it gives signs of life.
 *
 * Processes share one table, which each changes by compare-and-set. Who has not changed its entry for `goneAfter` milliseconds,
 * measured by whoever looks from when it first saw the entry, is taken out and its partitions are free. A process that wakes up
 * after that finds, on its own clock and before it asks anybody, that it holds nothing. So no two machines need the same time.
 *
 * Shares save work. What must not happen twice is kept from it by exact revisions, whoever believes to hold what.
 */
export class WorkShares {
  /** This process, among those that share the work. */
  readonly member: string
  readonly #leases: Leases
  readonly #runtime: Runtime
  readonly #trouble: LastingTrouble
  readonly #does: readonly Work[]
  readonly #goneAfter: number
  readonly #seen = new Map<string, { readonly beat: number; readonly since: number }>()
  readonly #raised = new Map<string, number>()
  readonly #listeners = new Set<() => void>()
  #held: Held | undefined
  #presence = 0
  #stop: AbortController | undefined
  #running: Promise<void> | undefined
  #now = new AbortController()

  constructor({ leases, log, runtime, does, goneAfter }: WorkSharesOptions) {
    this.member = runtime.newId()
    this.#leases = leases
    this.#runtime = runtime
    this.#trouble = new LastingTrouble('renewing shares of the work', log, runtime)
    this.#does = does
    this.#goneAfter = goneAfter
  }

  /** Called when this process has come to hold more, or less. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The epoch under which this process does that work for whatever has this key; undefined: it is not its turn. */
  epochOf(work: Work, key: string): number | undefined {
    return this.#current().epochs.get(work)?.get(pieceOf(work, key))
  }

  holds(work: Work, key = ''): boolean {
    return this.epochOf(work, key) !== undefined
  }

  /**
   * Names the time since which nobody can have taken over from this process; undefined: somebody may have. Another one after
   * that means that it was taken out in between, whatever it holds now.
   */
  get presence(): number | undefined {
    return this.#current() === this.#held ? this.#presence : undefined
  }

  /** The part of all work of that kind that this process does: 0 to 1. */
  partOf(work: Work): number {
    return (this.#current().epochs.get(work)?.size ?? 0) / piecesOf(work)
  }

  /** An epoch of that partition was seen that is not below this process's own: if it still holds the partition, its epoch becomes higher. */
  raise(work: Work, key: string, above: number): void {
    const name = `${work}/${pieceOf(work, key)}`
    this.#raised.set(name, Math.max(above, this.#raised.get(name) ?? -1))
    this.#now.abort()
  }

  start(): void {
    if (this.#running !== undefined) return
    this.#stop = new AbortController()
    this.#running = this.#run(this.#stop.signal)
  }

  /** Gives up everything, so that others need not wait. */
  async stop(): Promise<void> {
    if (this.#running === undefined) return
    this.#stop?.abort()
    await this.#running
    this.#running = undefined
    this.#held = undefined
    try {
      await this.#change((table) => without(table, new Set([this.member])))
    } catch {
      // The others notice by themselves.
    }
  }

  #current(): Held | { readonly epochs: Held['epochs'] } {
    const held = this.#held
    if (held === undefined) return { epochs: NOTHING }
    // The monotonic clock stands still while a machine sleeps, the other one does not.
    const age = Math.max(this.#runtime.monotonic() - held.since, Math.abs(this.#runtime.wallTime() - held.wall))
    return age < this.#goneAfter * (1 - MARGIN) ? held : { epochs: NOTHING }
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      this.#now = new AbortController()
      try {
        await this.#beat()
        failures = 0
        this.#trouble.isOver()
      } catch (error) {
        if (isStoreError(error, 'StoreClosed')) return
        failures++
        // Once is nothing to wake anybody for.
        if (failures >= BEATS) this.#trouble.goesOn(problemOf(error))
      }
      await pause(this.#runtime, this.#goneAfter / BEATS, AbortSignal.any([signal, this.#now.signal]))
    }
  }

  async #beat(): Promise<void> {
    const raised = [...this.#raised]
    let since = 0
    let wall = 0
    const table = await this.#change((before, beat) => {
      since = this.#runtime.monotonic()
      wall = this.#runtime.wallTime()
      const above = (work: Work, piece: number): number => this.#raised.get(`${work}/${piece}`) ?? -1
      return renewed(without(before, this.#gone(before)), { me: this.member, does: this.#does, beat }, above)
    })
    for (const [name, above] of raised) if (this.#raised.get(name) === above) this.#raised.delete(name)
    if (this.presence === undefined) this.#presence++
    const before = this.#current().epochs
    const epochs = new Map(this.#does.map((work) => [work, this.#mine(table, work)]))
    this.#held = { since, wall, epochs }
    if (this.#does.some((work) => !isSame(before.get(work), epochs.get(work))))
      for (const listener of this.#listeners) listener()
  }

  #mine({ holds }: WorkTable, work: Work): ReadonlyMap<number, number> {
    const pieces = holds.get(work) ?? []
    return new Map(pieces.flatMap(({ owner, epoch }, piece) => (owner === this.member ? [[piece, epoch]] : [])))
  }

  /** The members that have given no sign of life for as long as this process has been looking, if that is long enough. */
  #gone({ members }: WorkTable): ReadonlySet<string> {
    const now = this.#runtime.monotonic()
    const gone = new Set<string>()
    for (const [name, { beat }] of members) {
      const seen = this.#seen.get(name)
      if (seen?.beat !== beat) this.#seen.set(name, { beat, since: now })
      else if (name !== this.member && now - seen.since >= this.#goneAfter) gone.add(name)
    }
    for (const name of this.#seen.keys()) if (!members.has(name)) this.#seen.delete(name)
    return gone
  }

  /** Changes the table; the number given is one that no writing ever had. */
  async #change(change: (table: WorkTable, writing: number) => WorkTable): Promise<WorkTable> {
    for (let tried = 0; tried < TRIES; tried++) {
      const note = await this.#leases.read(NOTE)
      const table = change(note === undefined ? NO_TABLE : decodeTable(note.value), (note?.revision ?? -1) + 1)
      if (await this.#leases.write(NOTE, note?.revision, encodeTable(table))) return table
      // So that two processes do not meet again and again.
      await pause(this.#runtime, (this.#goneAfter / BEATS / TRIES) * jitter(this.#runtime))
    }
    throw new Error('other processes were always first')
  }
}

const NONE: ReadonlyMap<number, number> = new Map()

const isSame = (one = NONE, other = NONE): boolean =>
  one.size === other.size && [...one].every(([piece, epoch]) => other.get(piece) === epoch)

const pieceOf = (work: Work, key: string): number => partitionOf(key) % piecesOf(work)
