import type { EventStore, RecordedEvent, Position } from '../ports/event-store.ts'
import type { Leases } from '../ports/leases.ts'
import type { Log } from '../ports/log.ts'
import type { Store } from '../ports/store.ts'
import type { Checkpoint, ViewId, Views } from '../ports/views.ts'
import { isInLog } from '../views/stock.ts'

/** Kept like a view: documents and checkpoint in one commit. */
const VIEW: ViewId = { name: 'host-tickets', version: 1 }
/** The lease under which is noted how far everything was told. */
const NOTE = 'host-tickets'
/** Tickets that wait, read at once. */
const HELD_AT_ONCE = 100

/** A ticket that waits because the host did not take one of its events. */
export interface Held {
  readonly stream: string
  /** The first revision that is not told. */
  readonly from: number
}

/** How far the host has been told, and which tickets it did not take. Durable. */
export class Told {
  readonly #events: EventStore
  readonly #views: Views
  readonly #leases: Leases
  readonly #log: Log
  #isProven = false
  #lookedTo: Position | undefined
  /** The event up to which all is known to be noted as told. */
  #notedTo: string | undefined

  constructor({ events, views, leases }: Pick<Store, 'events' | 'views' | 'leases'>, log: Log) {
    this.#events = events
    this.#views = views
    this.#leases = leases
    this.#log = log
  }

  /** Undefined: nothing was told yet, or the log is another one than it was (restored, copied): then everything is told again. */
  async checkpoint(): Promise<Checkpoint | undefined> {
    const checkpoint = await this.#views.checkpoint(VIEW)
    if (checkpoint === undefined || this.#isProven) return checkpoint
    this.#isProven = true
    if (await isInLog(this.#events, checkpoint)) return checkpoint
    this.#log.warn('the host was told of a ticket that the log does not have; it is told of all tickets again', {})
    await this.#views.drop(VIEW)
    return undefined
  }

  /**
   * Notes that everything up to here was told, unless something waits. Views may be lost, or be of this process alone: whoever
   * tells without them begins after this note.
   */
  async note(checkpoint: Checkpoint): Promise<void> {
    if (checkpoint.eventId === this.#notedTo) return
    for await (const _ of this.held()) return
    const { revision, noted } = await this.#noted()
    if (noted === undefined || noted.position < checkpoint.position)
      await this.#leases.write(NOTE, revision, { position: checkpoint.position, eventId: checkpoint.eventId })
    this.#notedTo = checkpoint.eventId
  }

  /** To be called before this process tells the first event of its turn: it goes on from the note, if others have told more. */
  async takeOver(): Promise<void> {
    const { noted } = await this.#noted()
    const checkpoint = await this.checkpoint()
    if (noted === undefined || (checkpoint !== undefined && checkpoint.position >= noted.position)) return
    // What waits here has been told since.
    if (checkpoint !== undefined) await this.#views.drop(VIEW)
    await this.commit(undefined, noted, { puts: [], deletes: [] })
  }

  async #noted(): Promise<{ readonly revision: number | undefined; readonly noted: Checkpoint | undefined }> {
    const note = await this.#leases.read(NOTE)
    const { position, eventId } = note?.value ?? {}
    const isNoted = typeof position === 'string' && typeof eventId === 'string'
    const noted = isNoted && (await isInLog(this.#events, { position, eventId })) ? { position, eventId } : undefined
    return { revision: note?.revision, noted }
  }

  async *held(): AsyncIterable<Held> {
    for (let after: string | undefined; ;) {
      const page = { limit: HELD_AT_ONCE, ...(after === undefined ? {} : { after }) }
      const hits = await this.#views.query(VIEW, { index: 'held', prefix: [], ...page })
      for (const { document } of hits) yield document as unknown as Held
      after = hits.at(-1)?.cursor
      if (hits.length < HELD_AT_ONCE) return
    }
  }

  async heldOf(streams: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.#views.get(VIEW, streams)
    return new Set(streams.filter((_, index) => found[index] !== undefined))
  }

  /** The next ticket events after the checkpoint. What lies between them is looked through once. */
  async next(
    checkpoint: Checkpoint | undefined,
    prefix: string,
    limit: number,
    signal: AbortSignal,
  ): Promise<{ readonly events: readonly RecordedEvent[] }> {
    const from = checkpoint?.position ?? ''
    const looked = this.#lookedTo ?? ''
    const after = from > looked ? from : looked
    const { events, lookedTo } = await this.#events.readAll({
      limit,
      streamPrefixes: [prefix],
      signal,
      ...(after === '' ? {} : { after }),
    })
    if (events.length === 0 && lookedTo !== undefined) this.#lookedTo = lookedTo
    return { events }
  }

  /** @throws CheckpointMoved if another process was first */
  async commit(
    from: Checkpoint | undefined,
    to: Checkpoint,
    { puts, deletes }: { readonly puts: readonly Held[]; readonly deletes: readonly string[] },
  ): Promise<void> {
    await this.#views.commit([
      {
        view: VIEW,
        from,
        to,
        puts: puts.map(({ stream, from: first }) => ({
          key: stream,
          document: { stream, from: first },
          entries: { held: [[stream]] },
        })),
        deletes,
      },
    ])
  }
}
