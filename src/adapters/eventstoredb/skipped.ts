import type { Position } from '../../application/ports/event-store.ts'

/** Ranges of the cluster's log that were read and have nothing of the desk: nobody reads them again. */
export interface SkippedRanges {
  /** The end of the range for a position within one, every other one as it is. */
  beyond(position: Position | undefined): Position | undefined
  /** The same for readers that go backwards. */
  before(position: Position | undefined): Position | undefined
  /**
   * Nothing after `from` and up to `to` is the desk's. `first` is the first position after `from` that is known: a reader that
   * goes backwards needs one, to find what is at `from`.
   */
  add(from: Position | undefined, first: Position, to: Position): void
}

interface Range {
  readonly from: Position
  readonly first: Position
  readonly to: Position
}

/** The newest ranges serve readers at the end, the oldest those that start over: these are kept, those between forgotten. */
const MOST = 64

export const createSkippedRanges = (): SkippedRanges => {
  /** In the order of the log, none touching another. */
  let ranges: readonly Range[] = []
  return {
    beyond: (position = '') => {
      const end = ranges.find(({ from, to }) => position >= from && position < to)?.to ?? position
      return end === '' ? undefined : end
    },
    before: (position) => {
      if (position === undefined) return undefined
      return ranges.find(({ first, to }) => position > first && position <= to)?.first ?? position
    },
    add: (start = '', first, end) => {
      if (end <= start) return
      const touching = ranges.filter(({ from, to }) => start <= to && end >= from)
      const lowest = [{ from: start, first, to: end }, ...touching].reduce((one, other) =>
        other.from < one.from || (other.from === one.from && other.first < one.first) ? other : one,
      )
      const to = touching.reduce((highest, range) => (range.to > highest ? range.to : highest), end)
      const others = ranges.filter((range) => !touching.includes(range))
      ranges = [...others, { from: lowest.from, first: lowest.first, to }].toSorted((one, other) =>
        one.from < other.from ? -1 : 1,
      )
      if (ranges.length > MOST) ranges = ranges.toSpliced(MOST / 2, 1)
    },
  }
}
