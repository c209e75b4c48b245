import type { Flavour } from './world.ts'
import type { SimulatorRuntime } from './runtime.ts'

/** Calls per second that one account may make. */
export interface RateLimits {
  /** Text, links, reactions, pictures. Default 300 (Facebook Login) and 100 (Instagram Login). */
  readonly text: number
  /** Audio and video. Default 10. */
  readonly media: number
  /** Conversations API. Default 2. */
  readonly conversations: number
}

/**
 * The published limits.
 *
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting ("Instagram Messaging", undated)
 */
export const publishedLimits = (flavour: Flavour): RateLimits => ({
  text: flavour === 'facebook-login' ? 300 : 100,
  media: 10,
  conversations: 2,
})

/** Counts calls over the last second of real time. */
export interface RateMeter {
  /** Notes a call and says how full the second is: 1 is the limit, above 1 the call is refused. */
  fill(key: string, limit: number): number
}

/** Rates follow monotonic time, never business time. */
export const rateMeter = (runtime: SimulatorRuntime): RateMeter => {
  const calls = new Map<string, number[]>()
  return {
    // Refused calls count as well: calling while limited lengthens the block.
    fill: (key, limit) => {
      const now = runtime.monotonic()
      const recent = (calls.get(key) ?? []).filter((at) => now - at < 1000)
      recent.push(now)
      calls.set(key, recent)
      return recent.length / limit
    },
  }
}

/** The usage headers, sent once there is something to say. @param fill 1 is the limit */
export const usageHeaders = (accountId: string, flavour: Flavour, fill: number): Record<string, string> => {
  if (fill < 0.75) return {}
  const percent = Math.min(100, Math.round(fill * 100))
  const usage = {
    type: flavour === 'facebook-login' ? 'messenger' : 'instagram',
    call_count: percent,
    total_cputime: 25,
    total_time: 25,
    // In whole minutes, by Meta's page.
    estimated_time_to_regain_access: fill > 1 ? 1 : 0,
  }
  return {
    'x-business-use-case-usage': JSON.stringify({ [accountId]: [usage] }),
    'x-app-usage': JSON.stringify({ call_count: Math.min(28, percent), total_time: 25, total_cputime: 25 }),
  }
}
