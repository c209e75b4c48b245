import type { SendFailure, Sender } from '../../../application/ports/messenger.ts'
import type { Runtime } from '../../../application/ports/runtime.ts'
import { classify, isErrorBody } from '../errors/classify.ts'
import { classifyFetchError } from '../errors/connection.ts'
import { regainAfter } from '../errors/regain.ts'
import { parseJson } from '../webhook/json.ts'
import { readBounded } from './read-bounded.ts'
import type { Gate } from './gate.ts'
import type { GraphPath } from './graph-path.ts'
import type { Lane } from './rates.ts'

/** One call of the Graph API. */
export interface GraphCall {
  readonly method: 'GET' | 'POST'
  /** Below host and version; undefined: it would have named something that Meta cannot have, and nothing is called. */
  readonly path: GraphPath | undefined
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly lane: Lane
  readonly tagged?: boolean
  /** It ends what another call has begun, and waits for its turn however late that is. */
  readonly goesOn?: boolean
  readonly signal?: AbortSignal
  /** Asked when everything else is done; if not, nothing leaves. */
  readonly mayLeave?: () => boolean
}

export type GraphAnswer = { readonly kind: 'answered'; readonly body: unknown } | SendFailure

/** Calls Meta and never throws: everything that can go wrong is a classified failure without texts. */
export type Graph = (sender: Sender, call: GraphCall) => Promise<GraphAnswer>

export interface GraphOptions {
  readonly version: string
  readonly hosts: { readonly facebook: string; readonly instagram: string }
  readonly fetch: typeof globalThis.fetch
  readonly timeoutMs: number
  readonly runtime: Runtime
  readonly gate: Gate
}

const SENDABLE_TOKEN = /^[\x21-\x7e]+$/

export const graph =
  ({ version, hosts, fetch, timeoutMs, runtime, gate }: GraphOptions): Graph =>
  async (sender, call) => {
    const { account, token } = sender
    // Said here and not by fetch, whose message would quote the token.
    if (!SENDABLE_TOKEN.test(token)) return { kind: 'authorization-lost', code: 'malformed-token', about: 'token' }
    if (call.path === undefined) return { kind: 'give-up', code: 'malformed-id', why: 'message-refused' }
    const refused = await gate.enter(
      account,
      call.lane,
      call.signal,
      call.goesOn === true ? Number.POSITIVE_INFINITY : undefined,
    )
    if (refused !== undefined) return refused

    const host = account.flavour === 'facebook-login' ? hosts.facebook : hosts.instagram
    const query = new URLSearchParams(call.query)
    const headers = new Headers({ accept: 'application/json' })
    if (account.flavour === 'facebook-login') query.set('access_token', token)
    else headers.set('authorization', `Bearer ${token}`)
    if (call.body !== undefined) headers.set('content-type', 'application/json')
    const path = `${version}/${call.path}`
    const search = query.size > 0 ? `?${query.toString()}` : ''
    if (call.mayLeave?.() === false) return { kind: 'no-connection' }
    const leftAt = gate.now()
    const answer = await within(runtime, timeoutMs, call.signal, async (signal): Promise<Answer | SendFailure> => {
      let response: Response
      try {
        response = await fetch(`${host}/${path}${search}`, {
          method: call.method,
          headers,
          ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
          // To follow would repeat the call, and hand the token to another address.
          redirect: 'manual',
          signal,
        })
      } catch (error) {
        return classifyFetchError(error)
      }
      try {
        return { kind: 'read', response, text: await readBounded(response) }
      } catch {
        return { kind: 'outcome-unknown' }
      }
    })
    if (answer.kind !== 'read') return answer

    const { response } = answer
    const body = jsonOf(answer.text)
    if (response.ok && body !== undefined && !isErrorBody(body)) {
      gate.relax(account.accountId)
      return { kind: 'answered', body }
    }
    const retryAfter = regainAfter(response.headers)
    const failure = classify({
      status: response.status,
      body,
      ...(retryAfter !== undefined && { retryAfter }),
      ...(call.tagged && { tagged: true }),
    })
    if (failure.kind === 'throttled') gate.hold(account.accountId, failure, leftAt)
    return failure
  }

interface Answer {
  readonly kind: 'read'
  readonly response: Response
  readonly text: string
}

/** Gives a call a signal that aborts after that many milliseconds, or with another one. */
const within = async <Result>(
  runtime: Runtime,
  milliseconds: number,
  other: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const timeout = new AbortController()
  const cancel = runtime.schedule(milliseconds, () => timeout.abort(), { unref: true })
  try {
    return await call(other === undefined ? timeout.signal : AbortSignal.any([other, timeout.signal]))
  } finally {
    cancel()
  }
}

const jsonOf = (text: string): unknown => {
  try {
    // Ids above 2^53 stay exact.
    return parseJson(text)
  } catch {
    return undefined
  }
}
