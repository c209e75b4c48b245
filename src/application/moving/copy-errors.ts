/** The source has no event: it is no desk's store, or not the one that was meant. Opening a store makes what is not there. */
export class SourceHoldsNothing extends Error {
  override readonly name = 'SourceHoldsNothing'
  constructor() {
    super('the source holds no event, so there is nothing to copy: is its path or address the right one?')
  }
}

/** What a target has that no copy of the source has. */
export type OtherFind = 'another-event' | 'fewer-events' | 'another-key' | 'another-token' | 'another-file'

const said = (found: OtherFind, name: string, revision: number | undefined): string => {
  switch (found) {
    case 'another-event':
      return `stream ${name}, revision ${revision}: the target holds another event there than the source, or in another order`
    case 'fewer-events':
      return `stream ${name}, revision ${revision}: the target no longer holds what was copied`
    case 'another-key':
      return 'the target has a digest key of its own'
    case 'another-token':
      return `the target has a token of channel ${name} that is not the source's`
    case 'another-file':
      return `the target has a file ${name} that is not the source's`
  }
}

/** The target is no copy of the source, or no longer: it holds something else. The message names places, never content. */
export class TargetHoldsOther extends Error {
  override readonly name = 'TargetHoldsOther'
  readonly found: OtherFind
  /** The stream, for an event; the channel of a token; the id of a file; `''` for the key. */
  readonly place: string
  /** Of an event, in its stream. */
  readonly revision: number | undefined
  constructor(found: OtherFind, place: string, revision?: number, options?: ErrorOptions) {
    super(said(found, place, revision), options)
    this.found = found
    this.place = place
    this.revision = revision
  }
}

/** The target's engine refuses an event of the source, as too large or for its id. `cause` says why. */
export class TargetCannotTake extends Error {
  override readonly name = 'TargetCannotTake'
  readonly stream: string
  readonly revision: number
  constructor(stream: string, revision: number, options?: ErrorOptions) {
    super(`stream ${stream}, revision ${revision}: the target's engine does not take this event`, options)
    this.stream = stream
    this.revision = revision
  }
}
