import type { Position } from '../application/ports/event-store.ts'

const DIGITS = 16

/** The n-th place of a numbered log as text that sorts like the number. */
export const toPosition = (number: number): Position => String(number).padStart(DIGITS, '0')

/** @throws TypeError when the text is no position of a numbered log. */
export const fromPosition = (position: Position): number => {
  if (!/^\d{16}$/.test(position)) throw new TypeError(`not a position of this log: ${JSON.stringify(position)}`)
  return Number(position)
}
