import type { AccountId, ChannelId } from '../../domain/ids.ts'
import { AppendUnknown, type Moment } from '../commands/streams.ts'
import { LastingTrouble } from '../lasting-trouble.ts'
import type { Notices } from '../notices.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { ParsedEvent, Platform } from '../ports/platform.ts'
import type { Runtime } from '../ports/runtime.ts'
import { type Problem, problemOf } from '../problem.ts'
import { type Balance, Tally } from './balance.ts'
import type { Intake } from './intake.ts'
import type { ItemOutcome } from './outcome.ts'
import {
  BODY_ALREADY_READ,
  BODY_TOO_LARGE,
  BODY_TOO_SLOW,
  BODY_WITHOUT_ROOM,
  HANDSHAKE_REFUSED,
  NO_REQUEST,
  NO_SIGNATURE,
  QUARANTINED,
  WRONG_ACCOUNT_ID,
  WRITTEN_AGAIN,
  WRONG_SIGNATURE,
} from './intake-notices.ts'
import { BodyAlreadyRead, leave, MAX_BODY_BYTES, READ_WITHIN, readBody } from './read-body.ts'
import { MAX_BYTES_BEING_READ, ReadingRoom } from './reading-room.ts'

export interface WebhookOptions {
  readonly platform: Platform
  readonly intake: Intake
  readonly balance: Balance
  readonly clock: Clock
  readonly runtime: Runtime
  readonly log: Log
  readonly notices: Notices
  /** The live channel that was made with another id of this account. Never throws. */
  readonly mistakenChannelOf: (accountId: AccountId) => Promise<ChannelId | undefined>
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
 * 401 without a valid signature (nothing recorded; without one at all nothing is read), 408 for a body that does not arrive, 413 above
 * 16 MiB, 503 for what could not be made durable in time, and for the largest of more than 64 MiB of bodies that arrive at the same
 * time: Meta delivers the whole body again, and what was durable is known by then.
 * Never throws.
 */
export const webhook = (options: WebhookOptions): ((request: Request) => Promise<Response>) => {
  const { platform, intake, balance, clock, runtime, log, notices, mistakenChannelOf, answerWithin = 4_000 } = options
  const trouble = new LastingTrouble('taking in webhooks', log, runtime, TROUBLE_LASTS)
  const room = new ReadingRoom()
  const receive = async (parsed: readonly ParsedEvent[], since: Moment, limit: TimeLimit): Promise<Response> => {
    const tally = new Tally()
    const outcomes = intake.take(parsed, { receivedAt: clock.now(), since, occasion: 'delivery' })
    const settled = await settledIn(limit, outcomes)
    const mistaken = new Map<AccountId, Promise<ChannelId | undefined>>()
    let failures = 0
    let problem: unknown
    for (const [index, { accountId }] of parsed.entries()) {
      const result = settled[index]
      if (result?.kind === 'settled') {
        notice(accountId, result.outcome, mistaken).catch(nothing)
        count(tally, accountId, result.outcome)
        continue
      }
      failures++
      problem ??= result?.error
      if (result?.error instanceof AppendUnknown) balance.noteUnless(result.error.place, unanswered(accountId))
      else tally.merge(unanswered(accountId))
    }
    if (failures > 0) {
      trouble.goesOn({
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
      trouble.isOver()
      return answer(200)
    }
    try {
      if (!(await limit.meets(balance.write(tally)))) throw new TooSlow()
    } catch (error) {
      trouble.goesOn({
        events: parsed.length,
        ...(error instanceof TooSlow ? TOO_SLOW : problemOf(error)),
      })
      return answer(503)
    }
    trouble.isOver()
    return answer(200)
  }

  /** One line for one event, which no answer waits for. `mistaken`: what was asked for the same body. */
  const notice = async (
    accountId: AccountId,
    outcome: ItemOutcome,
    mistaken: Map<AccountId, Promise<ChannelId | undefined>>,
  ): Promise<void> => {
    if (outcome.kind !== 'quarantined') return
    const { reason, detail } = outcome
    let channelId: ChannelId | undefined
    if (reason === 'account-of-no-live-channel') {
      const asked = mistaken.get(accountId) ?? mistakenChannelOf(accountId)
      mistaken.set(accountId, asked)
      channelId = await asked
    }
    if (channelId === undefined) notices.warn(QUARANTINED[reason], { accountId, reason, detail })
    else notices.warn(WRONG_ACCOUNT_ID, { accountId, channelId, reason, detail })
  }

  /** The body of a signed request, or the answer to one that is not taken in. */
  const signedBody = async (request: Request): Promise<Uint8Array | Response> => {
    const signature = request.headers.get('x-hub-signature-256')
    if (!platform.isSignature(signature)) {
      leave(request)
      notices.warn(NO_SIGNATURE)
      return answer(401)
    }
    let body: Awaited<ReturnType<typeof readBody>>
    try {
      body = await readBody(request, { room, runtime })
    } catch (error) {
      // A sender that hangs up is no trouble of ours; nobody reads this answer.
      if (error instanceof BodyAlreadyRead) notices.warn(BODY_ALREADY_READ)
      return answer(503)
    }
    if (body === 'too-large') {
      notices.warn(BODY_TOO_LARGE, { limit: MAX_BODY_BYTES })
      return answer(413)
    }
    if (body === 'too-slow') {
      notices.warn(BODY_TOO_SLOW)
      return answer(408)
    }
    if (body === 'no-room') {
      notices.warn(BODY_WITHOUT_ROOM, { limit: MAX_BYTES_BEING_READ })
      // By then every body that is being read now has ended.
      return new Response(null, { status: 503, headers: { 'retry-after': String(READ_WITHIN / 1_000) } })
    }
    if (platform.verify(signature, body)) return body
    if (body.byteLength === 0) {
      // Meta signs no empty body: what it sent was read, and only the headers were handed on.
      notices.warn(BODY_ALREADY_READ)
      return answer(401)
    }
    const isWrittenAgain = !notices.isFull(WRITTEN_AGAIN) && platform.isWrittenAgain(signature, body)
    notices.warn(isWrittenAgain ? WRITTEN_AGAIN : WRONG_SIGNATURE, { bytes: body.byteLength })
    return answer(401)
  }

  const take = async (request: Request): Promise<Response> => {
    if (!isRequest(request)) {
      notices.warn(NO_REQUEST)
      return answer(503)
    }
    if (request.method === 'GET') {
      const challenge = platform.handshake(new URL(request.url))
      if (challenge !== undefined)
        return new Response(challenge, { status: 200, headers: { 'content-type': 'text/plain' } })
      notices.warn(HANDSHAKE_REFUSED)
      return answer(403)
    }
    if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'GET, POST' } })
    const since = intake.moment()
    const body = await signedBody(request)
    if (body instanceof Response) return body
    const limit = timeLimit(runtime, answerWithin)
    try {
      return await receive(platform.parse(body), since, limit)
    } finally {
      limit.end()
    }
  }

  return async (request) => {
    try {
      return await take(request)
    } catch (error) {
      trouble.goesOn(problemOf(error))
      return answer(503)
    }
  }
}

/** Milliseconds without a failure after which a success ends a trouble: requests fail and succeed side by side. */
const TROUBLE_LASTS = 10_000

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

/** Also of another copy of the class. */
const isRequest = (given: Partial<Request> | null | undefined): boolean =>
  typeof given?.method === 'string' && typeof given.url === 'string' && URL.canParse(given.url) && hasGet(given.headers)

const hasGet = (headers: Partial<Headers> | null | undefined): boolean => typeof headers?.get === 'function'

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
