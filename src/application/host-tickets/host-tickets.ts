import type { TicketEvent } from '../../domain/ticket/index.ts'
import { BackOff } from '../back-off.ts'
import { toDomainEvent } from '../codec.ts'
import { tickets } from '../commands/aggregates.ts'
import type { DeskContext } from '../desk/context.ts'
import type { RecordedEvent } from '../ports/event-store.ts'
import type { Runtime } from '../ports/runtime.ts'
import { isStoreError } from '../ports/store-errors.ts'
import type { Tickets } from '../ports/tickets.ts'
import type { Checkpoint } from '../ports/views.ts'
import { type Problem, problemOf } from '../problem.ts'
import { once, pause } from '../time.ts'
import { Worker } from '../worker.ts'
import { checkpointOf } from '../views/stock.ts'
import { Told, type Held } from './told.ts'

/** Events told between two checkpoints: so many at most are told again after a crash. */
const AT_ONCE = 32
/** Stands for this work where it is shared out: one process does it. */
const WORK = 'host-tickets'
/** Milliseconds after which a host that does not answer counts as failed. */
const ANSWER_WITHIN = 30_000

/**
 * Tells a host that owns its tickets of every ticket event: at least once, always with the same id, and in order per ticket.
 *
 * How far it has come is durable, also where the views are not; after a crash the newest events are told again. A ticket whose event
 * the host refuses waits, with all that follows on it, and is tried again later and later, for ever; other tickets go on meanwhile. Of
 * several processes one tells; when another takes over, the same event may be told by both: the id tells that it is the same.
 */
export const hostTicketsWorker = (context: DeskContext, host: Tickets): Worker => {
  const { store, log, runtime, shares } = context
  const told = new Told(store, log)
  const backOff = new BackOff(runtime)
  let hasTurn = false

  /** Tells the events of one ticket in order. Answers the one that failed; undefined: all are told. */
  const tell = async (events: readonly RecordedEvent[], signal: AbortSignal): Promise<RecordedEvent | undefined> => {
    for (const event of events) {
      const isTold = await hears(runtime, host, event, signal)
      if (signal.aborted) throw new Error('stopped')
      if (isTold === undefined) continue
      const again = backOff.failed(event.stream)
      log.error('the host did not take a ticket event; it is told again', { eventId: event.id, ...isTold, again })
      return event
    }
    return undefined
  }

  /** What had failed, up to the checkpoint: what comes after it is told in its turn. */
  const retry = async (held: Held, checkpoint: Checkpoint, signal: AbortSignal): Promise<void> => {
    if (backOff.left(held.stream) > 0) return
    let failed: RecordedEvent | undefined
    for (let from = held.from; failed === undefined;) {
      const events = await store.events.read(held.stream, { from, limit: AT_ONCE })
      const due = events.filter(({ position }) => position <= checkpoint.position)
      failed = await tell(due, signal)
      if (due.length < AT_ONCE) break
      from += AT_ONCE
    }
    if (failed === undefined) backOff.succeeded(held.stream)
    else if (failed.revision === held.from) return
    await told.commit(checkpoint, checkpoint, {
      puts: failed === undefined ? [] : [{ stream: held.stream, from: failed.revision }],
      deletes: failed === undefined ? [held.stream] : [],
    })
  }

  const pass = async (signal: AbortSignal): Promise<number> => {
    let checkpoint = await told.checkpoint()
    if (checkpoint !== undefined) {
      for await (const held of told.held()) await retry(held, checkpoint, signal)
    }
    while (!signal.aborted) {
      const { events } = await told.next(checkpoint, `${tickets.name}-`, AT_ONCE, signal)
      const last = events.at(-1)
      if (last === undefined) break
      const byTicket = Map.groupBy(events, ({ stream }) => stream)
      const waiting = await told.heldOf([...byTicket.keys()])
      const failed = await Promise.all(
        [...byTicket].filter(([stream]) => !waiting.has(stream)).map(([, ofTicket]) => tell(ofTicket, signal)),
      )
      const puts = failed.flatMap((event) =>
        event === undefined ? [] : [{ stream: event.stream, from: event.revision }],
      )
      const to = checkpointOf(last)
      await told.commit(checkpoint, to, { puts, deletes: [] })
      checkpoint = to
    }
    if (checkpoint !== undefined && !signal.aborted) await told.note(checkpoint)
    return 1_000
  }

  return new Worker(
    'telling the host of tickets',
    async (signal) => {
      try {
        const hadTurn = hasTurn
        hasTurn = shares.holds('deadlines', WORK)
        if (!hasTurn) return 1_000
        if (!hadTurn) await told.takeOver()
        return await pass(signal)
      } catch (error) {
        hasTurn = false
        // Another process was first: it has told them.
        if (isStoreError(error, 'CheckpointMoved')) return 0
        throw error
      }
    },
    context,
  )
}

/** Undefined: the host took it; otherwise what went wrong. */
const hears = async (
  runtime: Runtime,
  host: Tickets,
  event: RecordedEvent,
  signal: AbortSignal,
): Promise<Problem | undefined> => {
  const over = new AbortController()
  try {
    return await Promise.race([
      host.receive(toDomainEvent<TicketEvent>(event), event.id).then(() => undefined),
      once(signal).then(() => ({ problem: 'stopped' })),
      pause(runtime, ANSWER_WITHIN, over.signal).then(() => ({ problem: 'no-answer' })),
    ])
  } catch (error) {
    return problemOf(error)
  } finally {
    over.abort()
  }
}
