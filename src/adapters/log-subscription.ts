import type { Delivery, EventStore, LogFilter, LogPage, Position } from '../application/ports/event-store.ts'
import type { Runtime } from '../application/ports/runtime.ts'
import { isDamage, isStoreError } from '../application/ports/store-errors.ts'
import type { Bell } from './bell.ts'

/** Events per page: what a subscription holds at most. */
const PAGE = 500
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 5_000

export interface LogSource {
  readonly readAll: EventStore['readAll']
  readonly bell: Bell
  readonly runtime: Runtime
  /** Aborts when the store closes. */
  readonly closed: AbortSignal
  /** Rejects the first `next` when the store is closed already. */
  readonly assertOpen: () => void
}

/** Waits for half to all of that time, so that processes do not come back together. Keeps no process alive. */
const rest = (runtime: Runtime, milliseconds: number, stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const chance = (runtime.randomBytes(1)[0] ?? 0) / 256
    const end = (): void => {
      cancel()
      stop.removeEventListener('abort', end)
      resolve()
    }
    const cancel = runtime.schedule(milliseconds * (0.5 + chance / 2), end, { unref: true })
    stop.addEventListener('abort', end)
  })

type SubscribeOptions = { readonly after?: Position; readonly signal?: AbortSignal } & LogFilter

/** Pages until the end of the log, then waits for the bell. Pulled: nothing is read before the last page was taken. */
async function* deliveries(source: LogSource, options: SubscribeOptions, stop: AbortSignal): AsyncGenerator<Delivery> {
  let at = options.after
  let live = false
  let pause = FIRST_PAUSE
  while (!stop.aborted) {
    const heard = source.bell.rings()
    let page: LogPage
    try {
      page = await source.readAll({
        ...(options.streamPrefixes && { streamPrefixes: options.streamPrefixes }),
        ...(options.types && { types: options.types }),
        ...(at !== undefined && { after: at }),
        limit: PAGE,
        signal: stop,
      })
    } catch (error) {
      if (stop.aborted) return
      if (isStoreError(error, 'StoreClosed')) return
      if (!isStoreError(error, 'StoreUnavailable') || isDamage(error)) throw error
      await rest(source.runtime, pause, stop)
      pause = Math.min(pause * 2, LONGEST_PAUSE)
      continue
    }
    pause = FIRST_PAUSE
    const last = page.events.at(-1)?.position
    if (last !== undefined) {
      at = last
      yield { kind: 'events', events: page.events }
    }
    if (page.lookedTo !== undefined && page.lookedTo !== last) {
      at = page.lookedTo
      yield { kind: 'progress', position: page.lookedTo }
    }
    if (!page.atEnd) {
      live = false
      await source.runtime.turn()
      continue
    }
    if (!live) {
      live = true
      yield { kind: 'caught-up', position: at }
    }
    await source.bell.after(heard, stop)
  }
}

/** A subscription over {@link EventStore.readAll}: ends by `break`, by its signal, with the store, or where the log is damaged. */
export const subscribeTo = (source: LogSource, options: SubscribeOptions): AsyncIterable<Delivery> => ({
  [Symbol.asyncIterator]: () => {
    const stop = new AbortController()
    const end = (): void => {
      options.signal?.removeEventListener('abort', end)
      source.closed.removeEventListener('abort', end)
      stop.abort()
    }
    let inner: AsyncGenerator<Delivery> | undefined
    const start = (): AsyncGenerator<Delivery> => {
      source.assertOpen()
      options.signal?.addEventListener('abort', end)
      source.closed.addEventListener('abort', end)
      if (options.signal?.aborted === true) end()
      return deliveries(source, options, stop.signal)
    }
    return {
      next: async () => {
        inner ??= start()
        const result = stop.signal.aborted ? undefined : await inner.next()
        if (result?.done === false && !stop.signal.aborted) return result
        end()
        await inner.return(undefined)
        return { done: true, value: undefined }
      },
      // Ends a pending `next` too, which a bare generator would leave waiting.
      return: async () => {
        end()
        await inner?.return(undefined)
        return { done: true, value: undefined }
      },
    }
  },
})
