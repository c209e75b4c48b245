import { CALL, isAnswer, readError } from './calls.ts'
import type { LogPosition, ReceivedEvent, StreamFilter } from './client.ts'
import type { Clients } from './clients.ts'
import { within } from '../within.ts'

/** What a filtered subscription says on its way to the end of the log. */
export type Step =
  | { readonly kind: 'event'; readonly event: ReceivedEvent }
  /** Nothing up to here is left that passes the filter. */
  | { readonly kind: 'looked'; readonly position: LogPosition }

/** Reads what passes a filter, from after a position until the server says that there is nothing more. */
export type Follow = (from: LogPosition | 'start', signal: AbortSignal) => AsyncGenerator<Step>

const nothing = (): void => undefined

/**
 * A subscription that is left when it has caught up.
 *
 * Unlike a filtered read it tells how far the server has looked while nothing passes: so a server that looks through much of
 * others can be told from one that is frozen. Every sign of life has the deadline.
 */
export const createFollow = (parts: {
  readonly clients: Clients
  readonly filter: StreamFilter
  readonly deadline: number
}): Follow =>
  async function* (from, signal) {
    const { clients, filter, deadline } = parts
    let looked: LogPosition | undefined
    let isCaughtUp = false
    let failure: { readonly error: unknown } | undefined
    let wake = nothing
    const fail = (error?: unknown): void => {
      failure ??= { error }
      wake()
    }
    const subscription = clients.current().subscribeToAll({
      ...CALL,
      fromPosition: from,
      filter: {
        ...filter,
        checkpointReached: (_, position) => {
          looked = position
          wake()
        },
      },
    })
    // Before anything else: without a listener an error ends the process.
    subscription.on('error', fail)
    subscription.on('end', () => fail())
    subscription.on('close', () => fail())
    subscription.on('confirmation', () => wake())
    subscription.on('readable', () => wake())
    subscription.on('caughtUp', () => {
      isCaughtUp = true
      wake()
    })
    const sign = (): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve
      })
    try {
      for (;;) {
        // Events first: what else was said came after those that are still here.
        const resolved = subscription.read()
        if (resolved !== null) {
          if (resolved.event) yield { kind: 'event', event: resolved.event }
        } else if (looked !== undefined) {
          const position = looked
          looked = undefined
          yield { kind: 'looked', position }
        } else if (isCaughtUp) return
        else if (failure !== undefined) throw failure.error
        else {
          await within(deadline, sign, signal)
          clients.went('follow', true)
        }
        signal.throwIfAborted()
      }
    } catch (error) {
      if (signal.aborted && error === signal.reason) throw error
      clients.went('follow', isAnswer(error))
      throw readError(error)
    } finally {
      subscription.unsubscribe().catch(nothing)
      // The clients tell an error and leave the stream as it is.
      subscription.destroy()
    }
  }
