import type { Position } from '../../application/ports/event-store.ts'

/** The range of the cluster's log that was read last and has nothing of the desk: nobody reads it again. */
export interface SkippedRange {
  /** The end of the range for a position within it, every other one as it is. */
  beyond(position: Position | undefined): Position | undefined
  /** The same for readers that go backwards. */
  before(position: Position | undefined): Position | undefined
  /**
   * Nothing after `from` and up to `to` is the desk's. `first` is the first position after `from` that is known: a reader that
   * goes backwards needs one, to find what is at `from`.
   */
  add(from: Position | undefined, first: Position, to: Position): void
}

export const createSkippedRange = (): SkippedRange => {
  let from: Position = ''
  let first: Position = ''
  let to: Position = ''
  return {
    beyond: (position = '') => {
      const end = position >= from && position < to ? to : position
      return end === '' ? undefined : end
    },
    before: (position) => (position !== undefined && position > first && position <= to ? first : position),
    add: (start = '', firstAfter, end) => {
      if (end <= start) return
      if (start <= to && end >= from) {
        if (start < from || first === '') first = firstAfter
        from = start < from ? start : from
        to = end > to ? end : to
      } else if (end > to) {
        // Readers that follow the log are there; one that comes from further back passes the other range once.
        from = start
        first = firstAfter
        to = end
      }
    },
  }
}
