import type {
  Checkpoint,
  DocumentPut,
  IndexPlace,
  IndexQuery,
  ViewChanges,
  ViewId,
  Views,
} from '../../application/ports/views.ts'
import { CheckpointMoved, StoreClosed } from '../../application/ports/store-errors.ts'
import { decodePlace, encodePlace, indexPlace, placeRange, storableText } from '../index-key.ts'
import { documentText, encodedEntries, PutTexts } from '../document-text.ts'
import { sameCheckpoint } from '../same-checkpoint.ts'
import { createSortedTexts, type SortedTexts } from './sorted-texts.ts'

interface Kept {
  readonly text: string
  /** Index and place of each entry. */
  readonly places: readonly (readonly [index: string, place: string])[]
}

interface Build {
  readonly view: ViewId
  checkpoint: Checkpoint
  isUnfinished: boolean
  readonly documents: Map<string, Kept>
  readonly indexes: Map<string, SortedTexts>
}

const nameOf = (view: ViewId): string => JSON.stringify([view.name, view.version])

const remove = (build: Build, key: string): void => {
  for (const [index, place] of build.documents.get(key)?.places ?? []) build.indexes.get(index)?.remove(place)
  build.documents.delete(key)
}

const keep = (put: DocumentPut): Kept => ({
  text: documentText(put),
  places: encodedEntries(put).flatMap(([index, entries]) =>
    entries.map((entry) => [index, encodePlace({ entry, key: storableText(put.key) })] as const),
  ),
})

const put = (build: Build, key: string, kept: Kept): void => {
  remove(build, key)
  build.documents.set(key, kept)
  for (const [index, place] of kept.places) {
    const texts = build.indexes.get(index) ?? createSortedTexts()
    build.indexes.set(index, texts)
    texts.add(place)
  }
}

const placesOf = (build: Build | undefined, query: IndexQuery): readonly IndexPlace[] => {
  const { first, beyond } = placeRange(query)
  const texts = build?.indexes.get(query.index)
  const places: IndexPlace[] = []
  if (!texts) return places
  const whole = (place: { entry: string; key: string }): string => (place.key === '' ? place.entry : encodePlace(place))
  for (const cursor of texts.range(whole(first), whole(beyond), query.backwards === true)) {
    if (places.length >= query.limit) break
    places.push(indexPlace(decodePlace(cursor)))
  }
  return places
}

/** Documents as texts, each index as its sorted places. */
export const memoryViews = (): Views => {
  const builds = new Map<string, Build>()
  let closed: Promise<void> | undefined
  const find = (view: ViewId): Build | undefined => {
    if (closed) throw new StoreClosed()
    return builds.get(nameOf(view))
  }

  const apply = (changes: ViewChanges, puts: readonly (readonly [string, Kept])[]): void => {
    const { view, to, unfinished } = changes
    const build = builds.get(nameOf(view)) ?? {
      view: { ...view },
      checkpoint: to,
      isUnfinished: unfinished === true,
      documents: new Map(),
      indexes: new Map(),
    }
    build.checkpoint = { position: to.position, eventId: to.eventId }
    builds.set(nameOf(view), build)
    for (const [key, kept] of puts) put(build, key, kept)
    for (const key of changes.deletes) remove(build, key)
  }

  return {
    checkpoint: async (view) => {
      const found = find(view)
      return found && { ...found.checkpoint }
    },
    get: async (view, keys) => {
      const documents = find(view)?.documents
      return keys.map((key) => {
        const kept = documents?.get(key)
        return kept && JSON.parse(kept.text)
      })
    },
    query: async (view, query) => {
      const build = find(view)
      return placesOf(build, query).map(({ key, ...place }) => {
        return { key, document: JSON.parse(build?.documents.get(key)?.text ?? 'null'), ...place }
      })
    },
    places: async (view, query) => placesOf(find(view), query),
    commit: async (changes) => {
      // Everything that can fail comes first: what follows changes all or nothing.
      const texts = new PutTexts((one) => [one.key, keep(one)] as const)
      const puts = changes.map((change) => texts.of(change))
      texts.assertNoneRefused()
      for (const change of changes)
        if (!sameCheckpoint(find(change.view)?.checkpoint, change.from)) throw new CheckpointMoved(change.view.name)
      for (const [at, change] of changes.entries()) apply(change, puts[at] ?? [])
    },
    builds: async () => {
      if (closed) throw new StoreClosed()
      return [...builds.values()].map(({ view, checkpoint, isUnfinished }) => {
        return { view: { ...view }, checkpoint: { ...checkpoint }, ...(isUnfinished ? { unfinished: true } : {}) }
      })
    },
    finish: async (views) => {
      for (const view of views) {
        const build = find(view)
        if (build) build.isUnfinished = false
      }
    },
    drop: async (view) => {
      if (find(view)) builds.delete(nameOf(view))
    },
    close: () => (closed ??= Promise.resolve()),
  }
}
