import type { Position } from '../../application/ports/event-store.ts'

/** The stretch of the cluster's log that was read last and has nothing of the desk: nobody reads it again. */
export interface Barren {
  /** The end of the stretch for a position within it, every other one as it is. */
  beyond(position: Position | undefined): Position | undefined
  /** Tells that nothing after `from` and up to `to` is the desk's. */
  add(from: Position | undefined, to: Position): void
}

export const createBarren = (): Barren => {
  let from: Position = ''
  let to: Position = ''
  return {
    beyond: (position = '') => {
      const end = position >= from && position < to ? to : position
      return end === '' ? undefined : end
    },
    add: (start = '', end) => {
      if (start <= to && end >= from) {
        from = start < from ? start : from
        to = end > to ? end : to
      } else if (end > to) {
        // Who follows the log is there; who comes from further back passes the other one once.
        from = start
        to = end
      }
    },
  }
}
