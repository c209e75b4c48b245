import type { EventStore, RecordedEvent, Position } from '../ports/event-store.ts'
import type { Log } from '../ports/log.ts'
import type { Checkpoint, ViewId, Views } from '../ports/views.ts'

/** Kept like a view: documents and checkpoint in one commit. */
const VIEW: ViewId = { name: 'host-tickets', version: 1 }
/** Tickets that wait, read at once. */
const HELD_AT_ONCE = 100

/** A ticket that waits because the host did not take one of its events. */
export interface Held {
  readonly stream: string
  /** The first revision that is not told. */
  readonly from: number
}

/** Names the event, so that a log that does not hold it is noticed. */
export const checkpointOf = ({ position, revision, id, stream }: RecordedEvent): Checkpoint => ({
  position,
  eventId: `${revision} ${id} ${stream}`,
})

/** How far the host has been told, and which tickets it did not take. Durable. */
export class Told {
  readonly #events: EventStore
  readonly #views: Views
  readonly #log: Log
  #isProven = false
  #lookedTo: Position | undefined

  constructor({ events, views }: { readonly events: EventStore; readonly views: Views }, log: Log) {
    this.#events = events
    this.#views = views
    this.#log = log
  }

  /** Undefined: nothing was told yet, or the log is another one than it was (restored, copied): then everything is told again. */
  async checkpoint(): Promise<Checkpoint | undefined> {
    const checkpoint = await this.#views.checkpoint(VIEW)
    if (checkpoint === undefined || this.#isProven) return checkpoint
    const [revision = '', , ...stream] = checkpoint.eventId.split(' ')
    const [found] = await this.#events.read(stream.join(' '), { from: Number(revision), limit: 1 })
    this.#isProven = true
    if (found !== undefined && checkpointOf(found).eventId === checkpoint.eventId) return checkpoint
    this.#log.warn('the host was told of a ticket that the log does not have; it is told of all tickets again', {})
    await this.#views.drop(VIEW)
    return undefined
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
  ): Promise<{ readonly events: readonly RecordedEvent[] }> {
    const from = checkpoint?.position ?? ''
    const looked = this.#lookedTo ?? ''
    const after = from > looked ? from : looked
    const { events, lookedTo } = await this.#events.readAll({
      limit,
      streamPrefixes: [prefix],
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
