import { isDeepStrictEqual } from 'node:util'
import type { DocumentPut, NewEvent, Store, ViewId } from 'madoguchi'

/** Documents and index entries of every view, as its commits left them. */
export type Documents = Map<string, Map<string, DocumentPut>>

const nameOf = ({ name, version }: ViewId): string => `${name}@${version}`

export interface WatchedStore extends Store {
  readonly documents: Documents
}

/**
 * The store that all processes share. Tells of every append at the moment in which it is in the log, and of one that is answered with
 * what somebody else has appended.
 */
export const watchedStore = (
  store: Store,
  onAppend: (stream: string, first: number, events: readonly NewEvent[]) => void,
  onForeign: (stream: string, first: number) => void = () => {},
): WatchedStore => {
  const documents: Documents = new Map()
  return {
    ...store,
    documents,
    events: {
      ...store.events,
      append: async (stream, expected, events, options) => {
        const result = await store.events.append(stream, expected, events, options)
        const first = result.revision - events.length + 1
        if (!result.replayed) onAppend(stream, first, events)
        else {
          const there = await store.events.read(stream, { from: first, limit: events.length })
          const isSame = events.every(({ data }, place) => isDeepStrictEqual(data, there[place]?.data))
          if (!isSame) onForeign(stream, first)
        }
        return result
      },
    },
    views: {
      ...store.views,
      commit: async (changes) => {
        await store.views.commit(changes)
        for (const { view, from, puts, deletes } of changes) {
          const kept = (from === undefined ? undefined : documents.get(nameOf(view))) ?? new Map<string, DocumentPut>()
          documents.set(nameOf(view), kept)
          for (const put of puts) kept.set(put.key, put)
          for (const key of deletes) kept.delete(key)
        }
      },
      drop: async (view) => {
        await store.views.drop(view)
        documents.delete(nameOf(view))
      },
    },
  }
}
