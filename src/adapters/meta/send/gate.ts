import type { SendFailure } from '../../../application/ports/messenger.ts'
import type { Runtime } from '../../../application/ports/runtime.ts'
import type { ConnectedAccount } from '../../../domain/channel/events.ts'
import { type Bucket, bucket, type Lane, publishedRate } from './rates.ts'

/** Keeps the calls of this process within Meta's rates, and from calling at all while Meta has said to wait. */
export interface Gate {
  /** Waits for a turn. Gives why not, if the wait would be too long or was aborted: nothing was sent then. */
  enter(
    account: ConnectedAccount,
    lane: Lane,
    signal?: AbortSignal,
    /** The longest wait in milliseconds, where it is another one than for others. */
    atMost?: number,
  ): Promise<SendFailure | undefined>
  /** The clock of the gate, in milliseconds. */
  now(): number
  /** Meta has limited the account or the app, as the answer to a call that left then: nobody calls until access is regained. */
  hold(accountId: string, failure: Extract<SendFailure, { kind: 'throttled' }>, leftAt: number): void
  /** A call went through: the next limit starts with a short wait again. */
  relax(accountId: string): void
  /** The part of what this desk may use that is this process's from now on, above 0 and at most 1. */
  use(part: number): void
}

export interface GateOptions {
  /** The part of Meta's rates that this desk may use. */
  readonly share: number
  /** The longest wait for a turn in milliseconds. */
  readonly maxWaitMs: number
  readonly runtime: Runtime
}

/** The holds when Meta does not say how long: they double up to five minutes, since calls made while limited prolong it. */
const SHORTEST_HOLD = 1_000
const LONGEST_HOLD = 300_000
const APP = 'app'
/** More accounts than one process serves; the ones unused for longest are forgotten. */
const REMEMBERED = 10_000

interface Held {
  readonly until: number
  readonly strikes: number
}

export const gate = ({ share, maxWaitMs, runtime }: GateOptions): Gate => {
  const now = (): number => runtime.monotonic()
  const buckets = new Map<string, Bucket>()
  const holds = new Map<string, Held>()
  let part = 1

  const bucketOf = ({ accountId, flavour }: ConnectedAccount, lane: Lane): Bucket => {
    const key = `${lane} ${accountId}`
    const found = buckets.get(key) ?? bucket(() => publishedRate(lane, flavour) * share * part, now)
    remember(buckets, key, found)
    return found
  }

  const refused = (accountId: string): SendFailure | undefined => {
    for (const scope of ['account', 'app'] as const) {
      const left = (holds.get(scope === 'app' ? APP : `account ${accountId}`)?.until ?? 0) - now()
      if (left > 0) return { kind: 'throttled', code: 'held', retryAfter: Math.ceil(left), scope }
    }
    return undefined
  }

  return {
    enter: async (account, lane, signal, atMost = maxWaitMs) => {
      if (signal?.aborted) return { kind: 'no-connection' }
      const held = refused(account.accountId)
      if (held !== undefined || lane === 'other') return held
      const wait = bucketOf(account, lane).take(atMost)
      if (wait === undefined) return { kind: 'throttled', code: 'own-rate', retryAfter: atMost, scope: 'account' }
      if (wait === 0) return undefined
      if (!(await sleep(runtime, wait, signal))) return { kind: 'no-connection' }
      // Meta may have limited the account while this call waited.
      return refused(account.accountId)
    },
    now,
    hold: (accountId, { scope, retryAfter }, leftAt) => {
      const key = scope === 'app' ? APP : `account ${accountId}`
      const held = holds.get(key) ?? { until: 0, strikes: 0 }
      // Only a call that left after the last wait shows that it was too short: the others meet the limit that is known.
      const strikes = leftAt < held.until ? held.strikes : held.strikes + 1
      const ms = retryAfter ?? Math.min(LONGEST_HOLD, SHORTEST_HOLD * 2 ** (strikes - 1))
      remember(holds, key, { until: Math.max(held.until, now() + ms), strikes })
    },
    relax: (accountId) => {
      for (const key of [APP, `account ${accountId}`]) {
        // A call that was on its way when the limit came proves nothing about it.
        if ((holds.get(key)?.until ?? Number.POSITIVE_INFINITY) <= now()) holds.delete(key)
      }
    },
    use: (next) => {
      part = next
    },
  }
}

const remember = <Value>(map: Map<string, Value>, key: string, value: Value): void => {
  map.delete(key)
  map.set(key, value)
  if (map.size <= REMEMBERED) return
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
}

/** Whether the time passed; false if it was aborted. */
const sleep = (runtime: Runtime, ms: number, signal?: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const finish = (passed: boolean) => (): void => {
      cancel()
      signal?.removeEventListener('abort', aborted)
      resolve(passed)
    }
    const cancel = runtime.schedule(ms, () => finish(true)())
    const aborted = finish(false)
    signal?.addEventListener('abort', aborted, { once: true })
  })
