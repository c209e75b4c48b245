import type { Json } from './json.ts'
import type { Position } from './event-store.ts'

/** One part of an index entry. Within a part position all entries have the same kind; null sorts first. */
export type IndexPart = string | number | null

/** One build of a view: its name and its version. A new version is built beside the old one. */
export interface ViewId {
  readonly name: string
  readonly version: number
}

/** How far a view has read. Names the event it stands on, so that a restored or copied log is noticed. */
export interface Checkpoint {
  readonly position: Position
  readonly eventId: string
}

/** A document to keep. */
export interface DocumentPut {
  readonly key: string
  readonly document: Json
  /** Entries per declared index: one document may stand at several places of one index, or at none. */
  readonly entries: Readonly<Record<string, readonly (readonly IndexPart[])[]>>
}

/** All changes of one view since its former checkpoint. */
export interface ViewChanges {
  readonly view: ViewId
  /** The checkpoint this was computed from; undefined for a new build. */
  readonly from: Checkpoint | undefined
  readonly to: Checkpoint
  readonly puts: readonly DocumentPut[]
  readonly deletes: readonly string[]
  /**
   * With the first changes of a new build that is behind the log: nobody may read it before {@link Views.finish} was called. Until
   * then the engine may keep its index entries back, to write them in order.
   */
  readonly unfinished?: boolean
}

/** A build and where it stands. */
export interface BuildState {
  readonly view: ViewId
  readonly checkpoint: Checkpoint
  /** It was begun as such and {@link Views.finish} was not called since: a beginning of the log is all it shows. */
  readonly unfinished?: true
}

export interface IndexQuery {
  readonly index: string
  /** The leading parts that must be equal. */
  readonly prefix: readonly IndexPart[]
  /** Bounds on the part right after the prefix. */
  readonly from?: IndexPart
  /** Inclusive. */
  readonly to?: IndexPart
  /** Documents to give at most, 1 to 1,000. */
  readonly limit: number
  readonly backwards?: boolean
  /** Goes on after the entry of a former answer (exclusive), in the direction of the query. */
  readonly after?: string
}

/** Where a document stands in an index. */
export interface IndexPlace {
  readonly key: string
  /** Opaque, for {@link IndexQuery.after}; sorts like the index. */
  readonly cursor: string
  /** The parts of the entry. */
  readonly entry: readonly IndexPart[]
}

/** A place with its document. */
export interface IndexHit extends IndexPlace {
  readonly document: Json
}

/** Tells of commits as they come, of whichever process. It promises nothing: whoever waits looks from time to time all the same. */
export interface Commits {
  /** How many it has told of: taken before looking, so that one between looking and waiting is not missed. */
  rings(): number
  /** How far the last commit of exactly these views has come, if it was told; they may stand further by now. */
  reached(views: readonly ViewId[]): Position | undefined
  /** Resolves once it has told of more than `heard`, or the signal aborts. */
  after(heard: number, signal: AbortSignal): Promise<void>
}

/** Documents with declared indexes. Nothing here reads everything: each query walks one range of one index. */
export interface Views {
  /** However long a commit takes, no append waits for it. */
  readonly commitsAside?: true
  /** Index entries of unfinished builds are put into their places at the end: such a build is best written in large pieces. */
  readonly keepsEntriesBack?: true
  /** If the engine tells other processes of its commits. */
  readonly commits?: Commits
  checkpoint(view: ViewId): Promise<Checkpoint | undefined>
  /** Same order as the keys; undefined where there is none. */
  get(view: ViewId, keys: readonly string[]): Promise<readonly (Json | undefined)[]>
  query(view: ViewId, query: IndexQuery): Promise<readonly IndexHit[]>
  /** The same without the documents, for whoever looks at many places to choose a few: it reads the index alone. */
  places(view: ViewId, query: IndexQuery): Promise<readonly IndexPlace[]>
  /**
   * Documents, index entries and checkpoints of all given views in one commit.
   * @throws CheckpointMoved when one of them no longer stands at its `from`: nothing is changed then.
   * @throws DocumentsRefused (a TypeError) when the engine cannot keep some of the documents or entries, now or later. It names
   * what it found, and nothing is changed: the caller commits again without it.
   */
  commit(changes: readonly ViewChanges[]): Promise<void>
  /** Which builds exist, live or under way. */
  builds(): Promise<readonly BuildState[]>
  /**
   * These builds have caught up with the log: they are unfinished no more, in whatever process. First entries that were kept back
   * are put into their places, a part at a time that others can wait for. Goes on where a former process ended, and stops when the
   * signal aborts; commits may go on meanwhile.
   */
  finish(views: readonly ViewId[], options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Forgets one build entirely, a bounded part per write transaction. */
  drop(view: ViewId): Promise<void>
  close(): Promise<void>
}
