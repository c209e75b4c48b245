import { setTimeout } from 'node:timers/promises'
import type { EventStore, ExpectedRevision, NewEvent, StreamAppend } from '../application/ports/event-store.ts'
import type { Store } from '../application/ports/store.ts'
import { StoreUnavailable } from '../application/ports/store-errors.ts'
import type { ViewChanges, Views } from '../application/ports/views.ts'

/** A write that is about to be made; `n` counts those of its kind from 1. */
export type Write =
  | {
      readonly kind: 'append'
      readonly n: number
      readonly stream: string
      readonly expected: ExpectedRevision
      readonly events: readonly NewEvent[]
    }
  | { readonly kind: 'append-all'; readonly n: number; readonly appends: readonly StreamAppend[] }
  | { readonly kind: 'commit'; readonly n: number; readonly changes: readonly ViewChanges[] }

/**
 * What happens to a write.
 *
 * `fail`: not applied, StoreUnavailable('not-applied'). `lose-request`: not applied, and the caller cannot know.
 * `lose-reply`: applied, and the caller cannot know. `error` throws as it is, before or after the write; so a test can
 * end the process there. `wait` delays the write by so many milliseconds, `hold` until a promise of the test resolves.
 */
export type Fault =
  | { readonly kind: 'fail' }
  | { readonly kind: 'lose-request' }
  | { readonly kind: 'lose-reply' }
  | { readonly kind: 'error'; readonly error: Error; readonly when: 'before' | 'after' }
  | { readonly kind: 'wait'; readonly milliseconds: number }
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }

export interface FaultyStore extends Store {
  /** Decides about each write from now on; undefined lets it pass. */
  onWrite(decide: (write: Write) => Fault | undefined): void
  /** Lets everything pass again. */
  heal(): void
}

const suffer = async <T>(fault: Fault | undefined, write: () => Promise<T>): Promise<T> => {
  switch (fault?.kind) {
    case undefined:
      return write()
    case 'fail':
      throw new StoreUnavailable('not-applied')
    case 'lose-request':
      throw new StoreUnavailable('unknown')
    case 'lose-reply':
      await write()
      throw new StoreUnavailable('unknown')
    case 'error':
      if (fault.when === 'after') await write()
      throw fault.error
    case 'wait':
      await setTimeout(fault.milliseconds)
      return write()
    case 'hold':
      await fault.until
      return write()
  }
}

/** A store whose appends and view commits fail where a test wants them to; everything else passes through. */
export const faultyStore = (store: Store): FaultyStore => {
  let decide: (write: Write) => Fault | undefined = () => undefined
  let appends = 0
  let appendAlls = 0
  let commits = 0
  const { appendAll } = store.events
  const events: EventStore = {
    ...(store.events.checksPremises === undefined ? {} : { checksPremises: store.events.checksPremises }),
    append: async (stream, expected, batch, options) => {
      appends += 1
      const fault = decide({ kind: 'append', n: appends, stream, expected, events: batch })
      return suffer(fault, () => store.events.append(stream, expected, batch, options))
    },
    ...(appendAll && {
      appendAll: async (batch) => {
        appendAlls += 1
        return suffer(decide({ kind: 'append-all', n: appendAlls, appends: batch }), () => appendAll(batch))
      },
    }),
    read: (stream, options) => store.events.read(stream, options),
    head: (stream) => store.events.head(stream),
    readAll: (options) => store.events.readAll(options),
    subscribe: (options) => store.events.subscribe(options),
    close: () => store.events.close(),
  }
  const views: Views = {
    ...(store.views.commitsAside === undefined ? {} : { commitsAside: store.views.commitsAside }),
    ...(store.views.keepsEntriesBack === undefined ? {} : { keepsEntriesBack: store.views.keepsEntriesBack }),
    ...(store.views.commits === undefined ? {} : { commits: store.views.commits }),
    checkpoint: (view) => store.views.checkpoint(view),
    get: (view, keys) => store.views.get(view, keys),
    query: (view, query) => store.views.query(view, query),
    places: (view, query) => store.views.places(view, query),
    commit: async (changes) => {
      commits += 1
      return suffer(decide({ kind: 'commit', n: commits, changes }), () => store.views.commit(changes))
    },
    builds: () => store.views.builds(),
    finish: (views, options) => store.views.finish(views, options),
    drop: (view) => store.views.drop(view),
    close: () => store.views.close(),
  }
  return {
    events,
    views,
    snapshots: store.snapshots,
    leases: store.leases,
    keys: store.keys,
    tokens: store.tokens,
    blobs: store.blobs,
    close: () => store.close(),
    onWrite: (next) => {
      decide = next
    },
    heal: () => {
      decide = () => undefined
    },
  }
}
