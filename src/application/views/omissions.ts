import { derivedId } from '../identity.ts'
import type { Position } from '../ports/event-store.ts'
import type { Json } from '../ports/json.ts'
import type { Log } from '../ports/log.ts'
import type { RefusedDocument } from '../ports/store-errors.ts'
import type { DocumentPut, ViewId, Views } from '../ports/views.ts'

/** What a view lacks: an event that its fold could not take, or a document or index entry that the engine refused. */
export interface ViewOmission {
  /**
   * `event`: the fold failed, so the view's documents are as they were before the event. `document`: the engine refused it, so it is as
   * it was before the event. `index`: the document is there, but in no list of this index.
   */
  readonly what: 'event' | 'document' | 'index'
  /** The document; long keys are cut. Absent for an event of which not even that is known. */
  readonly key?: string
  /** Which index, for `index`. */
  readonly index?: string
  /** The event. */
  readonly stream: string
  readonly revision: number
  readonly position: Position
  /** An error name; never content. */
  readonly problem: string
}

/** Most that are told apart; there may be more. */
export const MAX_OMISSIONS = 1_000
const LONGEST_KEY = 200

/** The index of a view in which its omissions stand, by position. */
const INDEX = 'omissions'

/** Of one document, in one respect, the newest omission counts; of an event without a known document, that of its stream. */
export const omissionKey = ({
  what,
  key,
  index = '',
  stream = '',
}: Pick<ViewOmission, 'what' | 'key' | 'index'> & { readonly stream?: string }): string =>
  `\u0000omission/${key === undefined ? derivedId('omission', what, stream) : derivedId('omission', what, key, index)}`

/** The same, as a document of the view: it comes and goes with the build. */
export const omissionPut = (omission: ViewOmission): DocumentPut => {
  const { key } = omission
  const shown = key === undefined ? omission : { ...omission, key: key.slice(0, LONGEST_KEY) }
  return { key: omissionKey(omission), document: shown as unknown as Json, entries: { [INDEX]: [[omission.position]] } }
}

/** The newest omissions of a view, by the key of their document; {@link MAX_OMISSIONS} at most. */
export const readOmissions = async (views: Views, view: ViewId): Promise<ReadonlyMap<string, ViewOmission>> => {
  const hits = await views.query(view, { index: INDEX, prefix: [], limit: MAX_OMISSIONS, backwards: true })
  return new Map(hits.map(({ key, document }) => [key, document as unknown as ViewOmission]))
}

/** Which documents, and which indexes of others, are left out of a commit. */
export class LeftOut {
  readonly #left = new Map<string, Set<string | undefined>>()

  /** False if it was left out already. */
  add({ view, key, index }: RefusedDocument): boolean {
    const name = nameOf(view, key)
    const left = this.#left.get(name) ?? new Set()
    this.#left.set(name, left)
    if (left.has(undefined) || left.has(index)) return false
    left.add(index)
    return true
  }

  /** The document as far as it is not left out. */
  of(view: ViewId, put: DocumentPut): DocumentPut | undefined {
    const left = this.#left.get(nameOf(view, put.key))
    if (left === undefined) return put
    if (left.has(undefined)) return undefined
    return { ...put, entries: Object.fromEntries(Object.entries(put.entries).filter(([index]) => !left.has(index))) }
  }

  /** What is left out of a document: undefined stands for all of it. */
  indexes(view: ViewId, key: string): Iterable<string | undefined> {
    const left = this.#left.get(nameOf(view, key))
    return left?.has(undefined) === true ? [undefined] : (left ?? [])
  }
}

/** What the views of this process lack, as far as it knows. */
export class Omissions {
  readonly #views: Views
  readonly #log: Log
  readonly #known = new Map<string, ReadonlyMap<string, ViewOmission>>()

  constructor(views: Views, log: Log) {
    this.#views = views
    this.#log = log
  }

  of({ name }: { readonly name: string }): ReadonlyMap<string, ViewOmission> {
    return this.#known.get(name) ?? NONE
  }

  /** Reads what these views lack, also what other processes folded. */
  async load(projections: readonly ViewId[]): Promise<void> {
    for (const { name, version } of projections)
      this.#known.set(name, await readOmissions(this.#views, { name, version }))
  }

  /** The view is built from the beginning. */
  forget({ name }: { readonly name: string }): void {
    this.#known.delete(name)
  }

  /** A commit of this process has changed what the view lacks. What is new goes to the log. */
  changed({ name, version }: ViewId, added: readonly ViewOmission[], mended: readonly string[]): void {
    if (added.length === 0 && mended.length === 0) return
    const before = this.of({ name })
    const known = new Map(before)
    for (const key of mended) known.delete(key)
    for (const omission of added) known.set(omissionKey(omission), omission)
    this.#known.set(name, known)
    const [first, ...others] = added.filter((omission) => !before.has(omissionKey(omission)))
    if (first === undefined) return
    const { key: _, ...facts } = first
    this.#log.error('a view goes on without what it could not take; its progress names it', {
      view: name,
      version,
      ...facts,
      ...(others.length === 0 ? {} : { others: others.length }),
    })
  }
}

const NONE: ReadonlyMap<string, ViewOmission> = new Map()

const nameOf = ({ name, version }: ViewId, key: string): string => `${name}@${version} ${key}`
