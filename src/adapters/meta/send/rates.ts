import type { Flavour } from '../../../domain/channel/events.ts'

/** The kinds of calls that Meta limits apart from each other. */
export type Lane = 'message' | 'audio-video' | 'conversations' | 'other'

/**
 * Calls per second and account.
 *
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting ("Rate Limits", read 2026-09)
 */
export const publishedRate = (lane: Lane, flavour: Flavour): number => {
  switch (lane) {
    case 'message':
      return flavour === 'facebook-login' ? 300 : 100
    case 'audio-video':
      return 10
    case 'conversations':
      return 2
    case 'other':
      return Number.POSITIVE_INFINITY
  }
}

/** Gives out turns so that no second ever holds more than the rate. */
export interface Bucket {
  /** Takes the next turn and says in how many milliseconds it is; undefined, and nothing taken, if that is above `atMost`. */
  take(atMost: number): number | undefined
}

/**
 * @param rate turns per second; it may change from one turn to the next
 * @param now monotonic milliseconds: rates never follow business time
 */
export const bucket = (rate: () => number, now: () => number): Bucket => {
  let next = Number.NEGATIVE_INFINITY
  return {
    take: (atMost) => {
      const at = now()
      const perSecond = rate()
      // A burst of a tenth; what remains flows in over the second, so that burst and flow together stay below the rate.
      const burst = Math.max(1, Math.floor(perSecond / 10))
      const interval = 1_000 / (perSecond >= 2 ? perSecond - burst : perSecond / 2)
      const turn = Math.max(next, at - (burst - 1) * interval)
      // A timer knows no fractions of a millisecond, and sums of intervals are not exact.
      const wait = turn - at < 0.001 ? 0 : turn - at
      if (wait > atMost) return undefined
      next = turn + interval
      return wait
    },
  }
}
