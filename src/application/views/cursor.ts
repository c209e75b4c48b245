import { refuse } from '../../domain/refusal.ts'

/** A cursor comes back from outside, and need not be the one that was given. */
export const refuseCursor = (): never =>
  refuse('invalid', { field: 'cursor', expected: 'a cursor of a former answer', given: 'another text' })

/** Where a list goes on, as a text that fits into an address. */
export const writeCursor = (place: object): string => encodeURIComponent(JSON.stringify(place))

/** The members of what {@link writeCursor} was given, whatever they are. @throws Refusal `invalid` */
export const readCursor = (cursor: string): Readonly<Record<string, unknown>> => {
  let place: unknown
  try {
    place = JSON.parse(decodeURIComponent(cursor))
  } catch {
    return refuseCursor()
  }
  return typeof place === 'object' && place !== null ? { ...place } : refuseCursor()
}
