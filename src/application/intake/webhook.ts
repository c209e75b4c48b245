import { AppendUnknown, type Moment } from '../commands/streams.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { ParsedEvent, Platform } from '../ports/platform.ts'
import type { Runtime } from '../ports/runtime.ts'
import { type Problem, problemOf } from '../problem.ts'
import { type Balance, Tally } from './balance.ts'
import type { Intake } from './intake.ts'
import type { ItemOutcome } from './outcome.ts'
import { MAX_BODY_BYTES, readBody } from './read-body.ts'

export interface WebhookOptions {
  readonly platform: Platform
  readonly intake: Intake
  readonly balance: Balance
  readonly clock: Clock
  readonly runtime: Runtime
  readonly log: Log
  /** Milliseconds after which what is not durable is given back to Meta. Meta waits 5 s. */
  readonly answerWithin?: number
}

type Settled =
  | { readonly kind: 'settled'; readonly outcome: ItemOutcome }
  | { readonly kind: 'failed'; readonly error: unknown }
  | undefined

const answer = (status: number): Response => new Response(null, { status })

/**
 * Meta's webhook: the handshake, the signature over the raw bytes, the reading, the decisions, and only then 200.
 *
 * 401 without a valid signature (nothing recorded), 413 above 16 MiB, 503 for what could not be made durable in time:
 * Meta delivers the whole body again, and what was durable is known by then.
 */
export const webhook = (options: WebhookOptions): ((request: Request) => Promise<Response>) => {
  const { platform, intake, balance, clock, runtime, log, answerWithin = 4_000 } = options
  const receive = async (parsed: readonly ParsedEvent[], since: Moment, limit: TimeLimit): Promise<Response> => {
    const tally = new Tally()
    const outcomes = intake.take(parsed, { receivedAt: clock.now(), since, occasion: 'delivery' })
    const settled = await settledIn(limit, outcomes)
    let failures = 0
    let problem: unknown
    for (const [index, { accountId }] of parsed.entries()) {
      const result = settled[index]
      if (result?.kind === 'settled') {
        count(tally, accountId, result.outcome)
        continue
      }
      failures++
      problem ??= result?.error
      if (result?.error instanceof AppendUnknown) balance.noteUnless(result.error.place, unanswered(accountId))
      else tally.merge(unanswered(accountId))
    }
    if (failures > 0) {
      log.error('a webhook could not be made durable in time; Meta will deliver it again', {
        events: parsed.length,
        unanswered: failures,
        ...(problem === undefined ? TOO_SLOW : problemOf(problem)),
      })
      balance.note(tally)
      parsed.forEach(({ accountId }, index) => {
        if (settled[index] !== undefined) return
        outcomes[index]?.then(
          (late) => balance.note(moved(accountId, late)),
          (error: unknown) => {
            if (!(error instanceof AppendUnknown)) return
            balance.note(unanswered(accountId, -1))
            balance.noteUnless(error.place, unanswered(accountId))
          },
        )
      })
      return answer(503)
    }
    if (tally.isEmpty()) {
      balance.catchUp()
      return answer(200)
    }
    try {
      if (!(await limit.meets(balance.write(tally)))) throw new TooSlow()
    } catch (error) {
      log.error('the balance of a webhook could not be made durable; Meta will deliver it again', {
        events: parsed.length,
        ...(error instanceof TooSlow ? TOO_SLOW : problemOf(error)),
      })
      return answer(503)
    }
    return answer(200)
  }

  return async (request) => {
    if (request.method === 'GET') {
      const challenge = platform.handshake(new URL(request.url))
      return challenge === undefined
        ? answer(403)
        : new Response(challenge, { status: 200, headers: { 'content-type': 'text/plain' } })
    }
    if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'GET, POST' } })
    const since = intake.moment()
    const body = await readBody(request)
    if (body === undefined) {
      log.warn('a webhook body is larger than the limit', { limit: MAX_BODY_BYTES })
      return answer(413)
    }
    if (!platform.verify(request.headers.get('x-hub-signature-256'), body)) {
      log.warn('a webhook came without a valid signature', { bytes: body.byteLength })
      return answer(401)
    }
    const limit = timeLimit(runtime, answerWithin)
    try {
      return await receive(platform.parse(body), since, limit)
    } finally {
      limit.end()
    }
  }
}

const count = (tally: Tally, accountId: string, outcome: ItemOutcome): void => {
  if ('isCounted' in outcome) return
  tally.add(accountId, 'received')
  if (outcome.kind === 'ignored') tally.ignore(accountId, outcome.reason)
  else tally.add(accountId, outcome.kind)
}

const unanswered = (accountId: string, by = 1): Tally => {
  const tally = new Tally()
  tally.add(accountId, 'received', by)
  tally.add(accountId, 'unanswered', by)
  return tally
}

const nothing = (): void => {}

/** What became durable after its answer had to leave: it is known when Meta delivers it again. */
const moved = (accountId: string, late: ItemOutcome): Tally => {
  const tally = unanswered(accountId, -1)
  count(tally, accountId, late)
  return tally
}

const TOO_SLOW: Problem = {
  problem: 'too-slow',
  remedy: 'the store took too long: look at its load, its disk and the network to it',
}

class TooSlow extends Error {
  override readonly name = 'TooSlow'
}

/** The time that one request has, with one timer for all that is waited for in it. */
interface TimeLimit {
  /** Whether it is done in time; rejects with it. One thing at a time. */
  meets(done: Promise<unknown>): Promise<boolean>
  end(): void
}

const timeLimit = (runtime: Runtime, milliseconds: number): TimeLimit => {
  let isOver = false
  let late = nothing
  const cancel = runtime.schedule(milliseconds, () => {
    isOver = true
    late()
  })
  return {
    meets: (done) =>
      new Promise((resolve, reject) => {
        done.then(() => resolve(true), reject)
        late = () => resolve(false)
        if (isOver) late()
      }),
    end: cancel,
  }
}

/** What is settled in time, in the order given; what is not is undefined. */
const settledIn = async (limit: TimeLimit, outcomes: readonly Promise<ItemOutcome>[]): Promise<readonly Settled[]> => {
  const settled: Settled[] = outcomes.map(() => undefined)
  const all = outcomes.map((outcome, index) =>
    outcome.then(
      (value) => void (settled[index] = { kind: 'settled', outcome: value }),
      (error: unknown) => void (settled[index] = { kind: 'failed', error }),
    ),
  )
  await limit.meets(all.length === 1 ? all[0]! : Promise.all(all))
  return [...settled]
}
