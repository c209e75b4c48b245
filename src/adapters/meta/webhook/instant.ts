import type { Json } from '../../../application/ports/json.ts'
import type { Instant } from '../../../domain/instant.ts'

/** Below this a time is in seconds: as milliseconds it would lie in March 1973. */
const SECONDS_BELOW = 100_000_000_000
const LATEST = 8_640_000_000_000_000
const DIGITS = /^\d{1,16}$/

/**
 * Meta's time in epoch milliseconds: a number or a text of digits, in milliseconds or (dashboard tests, comments) seconds.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/webhook (Jun 26, 2026)
 */
export const asInstant = (value: Json | undefined): Instant | undefined => {
  const time = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value
  if (typeof time !== 'number' || !(time > 0 && time <= LATEST)) return undefined
  return Math.trunc(time < SECONDS_BELOW ? time * 1_000 : time)
}
