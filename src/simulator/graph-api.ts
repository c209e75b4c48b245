import { withDefaults } from './check-options.ts'
import { accountOfToken, checkScopes, flavourOf, sendsAs, tokenOf } from './access.ts'
import { badGateway, graphErrorResponse, graphErrors, GraphRefusal, type GraphErrorName } from './graph-error.ts'
import type { GraphRequest } from './graph-request.ts'
import { asObject, asString } from './json.ts'
import { lostAnswer } from './lost-answer.ts'
import type { Platform } from './platform.ts'
import { type RateLimits, publishedLimits, type RateMeter, usageHeaders } from './rate-limit.ts'
import { readApi } from './read-api.ts'
import { sendApi, uploadApi } from './send-api.ts'
import { subscriptionApi } from './subscription-api.ts'
import { threadControlApi } from './thread-control-api.ts'
import type { Account } from './world.ts'

/** What the Graph API needs beside the platform. */
export interface GraphPorts {
  readonly meter: RateMeter
  /** Replaces the published limits. */
  readonly limits: () => Partial<RateLimits>
}

/** Answers one call of the Graph API; what goes wrong becomes an error in Meta's envelope. */
export const graphApi = async (platform: Platform, ports: GraphPorts, call: GraphRequest): Promise<Response> => {
  let account: Account | undefined
  const fail = (name: GraphErrorName, options: { detail?: string | undefined; fill?: number } = {}): Response => {
    const flavour = account?.flavour ?? flavourOf(platform, call)
    const { fill = 0, detail } = options
    note(platform, call, account, graphErrors[name])
    return graphErrorResponse(name, flavour, {
      traceId: traceId(platform),
      detail,
      headers: account ? usageHeaders(account.accountId, flavour, fill) : {},
    })
  }
  try {
    const early = earlyFault(platform, call)
    if (early !== undefined) return early === 'bad-gateway' ? noted(platform, call, badGateway()) : fail(early)
    const token = tokenOf(platform, call)
    if (token.accountId === undefined) return readApi(platform, token, call)
    account = accountOfToken(platform, token)
    const planned = takePlanned(platform, account.accountId, recipientOf(call))
    if (planned === 'bad-gateway') return noted(platform, call, badGateway(), account)
    if (planned === 'no-answer') return noted(platform, call, lostAnswer(), account)
    if (planned !== undefined) {
      return fail(planned, {
        fill: throttles.has(planned) ? 2 : 0,
        ...(planned === 'unsupported-request' && { detail: call.method.toLowerCase() }),
      })
    }
    const throttle = throttled(platform, call, account)
    if (throttle !== undefined) return fail(throttle, { fill: 2 })
    const fill = meter(ports, call, account)
    if (fill > 1) return fail('rate-limit', { fill })
    checkScopes(platform, token, call.path[1])
    const response = await route(platform, call, account)
    for (const [name, value] of Object.entries(usageHeaders(account.accountId, account.flavour, fill))) {
      response.headers.set(name, value)
    }
    return response
  } catch (error) {
    if (error instanceof GraphRefusal) return fail(error.reason, { detail: error.detail })
    throw error
  } finally {
    platform.changed()
  }
}

const route = async (platform: Platform, call: GraphRequest, account: Account): Promise<Response> => {
  const [node, edge] = call.path
  if (edge !== undefined && sendsAs(account, node)) {
    if (call.method === 'POST' && edge === 'messages') return sendApi(platform, account, call.params)
    if (call.method === 'POST' && edge === 'message_attachments') return uploadApi(platform, account, call.params)
    if (edge === 'subscribed_apps') return subscriptionApi(platform, account, call)
    if (edge.endsWith('_thread_control') || edge === 'thread_owner') return threadControlApi(platform, account, call)
  }
  const token = tokenOf(platform, call)
  return readApi(platform, token, call)
}

const isSend = ({ method, path, params }: GraphRequest): boolean =>
  method === 'POST' && path[1] === 'messages' && params['sender_action'] === undefined

const throttles: ReadonlySet<string> = new Set([
  'app-limit',
  'user-limit',
  'page-limit',
  'rate-limit',
  'instagram-limit',
  'messenger-limit',
  'application-limit',
  'page-use-limit',
])

const traceId = ({ chance, world }: Platform): string => {
  const n = (world.counters.get('trace') ?? 0) + 1
  world.counters.set('trace', n)
  return `A${chance.text(20, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-', 'trace', n)}`
}

const recipientOf = ({ params }: GraphRequest): string => asString(asObject(params['recipient'])?.['id']) ?? ''

/** A planned failure for any account, or a fault that happens before the call is looked at. */
const earlyFault = (platform: Platform, call: GraphRequest): GraphErrorName | 'bad-gateway' | undefined => {
  const probability = platform.faults().serverError
  if (probability === 0) return undefined
  const key = ['server-error', call.token, recipientOf(call), attemptNumber(platform, call, 'server-error')]
  if (!platform.chance.happens(probability, ...key)) return undefined
  return platform.chance.pick(['transient', 'unknown', 'bad-gateway'], ...key, 'kind')
}

const throttled = (platform: Platform, call: GraphRequest, account: Account): GraphErrorName | undefined => {
  const probability = platform.faults().throttle
  if (probability === 0) return undefined
  const key = ['throttle', account.accountId, recipientOf(call), attemptNumber(platform, call, 'throttle')]
  if (!platform.chance.happens(probability, ...key)) return undefined
  const business = account.flavour === 'facebook-login' ? 'messenger-limit' : 'instagram-limit'
  return platform.chance.pick(['rate-limit', business, 'app-limit'], ...key, 'kind')
}

/** The how-manieth call of this kind for this recipient it is; the choice depends on that, not on the moment. */
const attemptNumber = (platform: Platform, call: GraphRequest, what: string): number => {
  const token = platform.world.tokens.get(call.token ?? '')
  return countCalls(platform, `${what}/${token?.accountId ?? ''}/${recipientOf(call)}`)
}

const countCalls = ({ world }: Platform, key: string): number => {
  const n = (world.counters.get(`calls/${key}`) ?? 0) + 1
  world.counters.set(`calls/${key}`, n)
  return n
}

const takePlanned = (
  { planned }: Platform,
  accountId: string,
  recipientId: string,
): Platform['planned'][number]['error'] | undefined => {
  const at = planned.findIndex(
    (failure) => (failure.accountId ?? accountId) === accountId && (failure.recipientId ?? recipientId) === recipientId,
  )
  const failure = planned[at]
  if (failure === undefined) return undefined
  failure.left--
  if (failure.left <= 0) planned.splice(at, 1)
  return failure.error
}

const meter = ({ meter: rates, limits }: GraphPorts, call: GraphRequest, account: Account): number => {
  const allowed = withDefaults(publishedLimits(account.flavour), limits())
  if (call.method === 'POST' && call.path[1] === 'messages') {
    const type = asString(asObject(asObject(call.params['message'])?.['attachment'])?.['type'])
    const bucket = type === 'audio' || type === 'video' ? 'media' : 'text'
    return rates.fill(`${account.accountId}/${bucket}`, allowed[bucket])
  }
  if (call.path[1] === 'conversations' || call.path[0]?.startsWith('aWdfZAG0')) {
    return rates.fill(`${account.accountId}/conversations`, allowed.conversations)
  }
  return 0
}

/** Writes a call that sent nothing into the ledger. */
const note = (
  platform: Platform,
  call: GraphRequest,
  account: Account | undefined,
  { status, code, subcode }: { readonly status: number; readonly code?: number; readonly subcode?: number },
): void => {
  if (!isSend(call)) return
  platform.ledger.addCall({
    accountId: account?.accountId ?? platform.world.tokens.get(call.token ?? '')?.accountId ?? '',
    recipientId: recipientOf(call),
    at: platform.now(),
    outcome: status >= 500 ? 'failed' : 'refused',
    status,
    ...(code !== undefined && { code }),
    ...(subcode !== undefined && { subcode }),
  })
}

const noted = (platform: Platform, call: GraphRequest, response: Response, account?: Account): Response => {
  note(platform, call, account, { status: response.status >= 500 ? response.status : 502 })
  return response
}
