/** A moment of business time: milliseconds since 1970-01-01T00:00:00Z. Never a local time, never a calendar day. */
export type Instant = number

export const SECOND = 1_000
export const MINUTE: number = 60 * SECOND
export const HOUR: number = 60 * MINUTE
export const DAY: number = 24 * HOUR
