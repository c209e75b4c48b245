import type { Position } from '../../application/ports/event-store.ts'
import type { LogPosition } from './client.ts'

const DIGITS = 16
/** Servers before 22.6 give the largest number where a stream, and not `$all`, is read. */
const LARGEST = 2n ** 63n

const toDigits = (number: bigint): string => number.toString(16).padStart(DIGITS, '0')

/** Whether the server told a position. */
export const isTold = (position: LogPosition | undefined): position is LogPosition =>
  position !== undefined && position.commit < LARGEST && position.prepare < LARGEST

/**
 * Commit and prepare as text that sorts like `$all`.
 * @throws Error when the server has not told the position
 */
export const toPosition = (position: LogPosition | undefined): Position => {
  if (!isTold(position))
    throw new Error('the server tells no positions of events in a stream: it must be of version 22.6 or newer')
  return `${toDigits(position.commit)}-${toDigits(position.prepare)}`
}

/** @throws TypeError when the text is no position of such a log. */
export const fromPosition = (position: Position): LogPosition => {
  const [, commit, prepare] = /^([0-9a-f]{16})-([0-9a-f]{16})$/.exec(position) ?? []
  if (commit === undefined || prepare === undefined)
    throw new TypeError(`not a position of this log: ${JSON.stringify(position)}`)
  return { commit: BigInt(`0x${commit}`), prepare: BigInt(`0x${prepare}`) }
}
