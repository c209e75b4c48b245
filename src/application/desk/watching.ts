import type { ViewChange } from '../views/foreign-changes.ts'
import { ChangedKeys, endsAtOnce } from '../views/changes.ts'
import type { ViewRunner } from '../views/view-runner.ts'

/** A watch of something that changes. */
export interface Watch<Item> {
  /** @throws Refusal where the actor may not watch */
  readonly check: () => Promise<unknown>
  /** What of a change is watched. */
  readonly keysOf: (change: ViewChange) => Iterable<string>
  readonly items: (changed: ChangedKeys, signal: AbortSignal) => AsyncGenerator<Item, void, undefined>
}

/**
 * Live items from this call on. They end with the signal, with `return()` or `break`, when the reader may not watch, and when the desk
 * stops; then nothing listens any more, also if nobody has ever asked for an item.
 * @throws at the first item: Refusal `not-started`, StoreClosed, what the check throws; later WatchFellBehind
 */
export const watching = <Item>(
  views: ViewRunner,
  until: AbortSignal | undefined,
  { check, keysOf, items }: Watch<Item>,
): AsyncIterableIterator<Item, void, undefined> => {
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, views.ended, ...(until === undefined ? [] : [until])])
  const unlisten = views.listen((change) => changed.add(keysOf(change)))
  const changed = new ChangedKeys(unlisten)
  if (signal.aborted) unlisten()
  else signal.addEventListener('abort', unlisten, { once: true })
  const checked = async (): Promise<void> => {
    views.assertRunning()
    if (!signal.aborted) await check()
  }
  // Begun at once and not with the first item, so that what happens in between is not missed.
  const mayWatch = checked()
  mayWatch.catch(() => stop.abort())
  const isOpenedLate = views.ended.aborted
  const watched = async function* (): AsyncGenerator<Item, void, undefined> {
    try {
      await mayWatch
      yield* items(changed, signal)
    } catch (error) {
      // What fails because the end came in between is the end.
      if (isOpenedLate || !(views.ended.aborted || until?.aborted === true)) throw error
    }
  }
  return endsAtOnce(watched(), () => stop.abort())
}
