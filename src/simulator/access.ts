import type { GraphRequest } from './graph-request.ts'
import { GraphRefusal, type GraphErrorName } from './graph-error.ts'
import { accountOf, type Platform } from './platform.ts'
import type { Account, AccountCondition, Flavour, Token, TokenState } from './world.ts'

const tokenErrors: Readonly<Record<Exclude<TokenState, 'live'>, GraphErrorName>> = {
  expired: 'token-expired',
  'password-changed': 'password-changed',
  'app-removed': 'app-removed',
  checkpoint: 'checkpoint',
  invalid: 'token-invalid',
}

/** The flavour of an error when nothing better is known: the host's, else the token's. */
export const flavourOf = (platform: Platform, { host, token }: GraphRequest): Flavour => {
  if (host === 'graph.instagram.com' || host === 'api.instagram.com') return 'instagram-login'
  if (host === 'graph.facebook.com') return 'facebook-login'
  const kind = platform.world.tokens.get(token ?? '')?.kind
  return kind === 'instagram-user' || token?.startsWith('IGAA') ? 'instagram-login' : 'facebook-login'
}

/** The live token of a call, or the 190 that fits. A token of one flavour is rubbish to the other's host. */
export const tokenOf = (platform: Platform, call: GraphRequest): Token => {
  const token = platform.world.tokens.get(call.token ?? '')
  if (token === undefined) throw new GraphRefusal('token-invalid')
  const instagram = token.kind === 'instagram-user'
  if (call.host !== undefined && instagram !== (call.host === 'graph.instagram.com')) {
    throw new GraphRefusal('token-invalid')
  }
  const expired = token.expiresAt !== undefined && platform.now() >= token.expiresAt
  const state = token.state === 'live' && expired ? 'expired' : token.state
  if (state !== 'live') throw new GraphRefusal(tokenErrors[state])
  return token
}

/** The account for which a token speaks. A Facebook user's token speaks for none. */
export const accountOfToken = (platform: Platform, token: Token): Account => {
  if (token.accountId === undefined) throw new GraphRefusal('permission-missing')
  return accountOf(platform, token.accountId)
}

/** Whether a path's first part names the account of the token: `me`, the Page (Facebook Login), the account's id. */
export const names = (account: Account, node: string | undefined): boolean =>
  node === 'me' || node === account.accountId || (account.pageId !== undefined && node === account.pageId)

/** Whether a path's first part is one to send from: with Facebook Login the Page, not the Instagram account. */
export const sendsAs = ({ accountId, pageId }: Account, node: string | undefined): boolean =>
  node === 'me' || node === (pageId ?? accountId)

const blocking: readonly (readonly [AccountCondition, GraphErrorName])[] = [
  ['permission-missing', 'permission-missing'],
  ['link-broken', 'link-broken'],
  ['access-off', 'access-off'],
]
const sendingOnly: readonly (readonly [AccountCondition, GraphErrorName])[] = [
  ['restricted', 'restricted'],
  ['blocked-business', 'business-blocked'],
  ['policy-block', 'policy-block'],
  ['no-advanced-access', 'no-advanced-access'],
]

/** Refuses for what the owner or Meta has done to the account. */
export const checkConditions = ({ conditions }: Account, purpose: 'read' | 'send'): void => {
  if (conditions.includes('no-role')) {
    throw new GraphRefusal('unsupported-request', purpose === 'send' ? 'post' : 'get')
  }
  const rules = purpose === 'send' ? [...blocking, ...sendingOnly] : blocking
  const rule = rules.find(([condition]) => conditions.includes(condition))
  if (rule !== undefined) throw new GraphRefusal(rule[1])
}

/** Messaging needs its permission, and webhooks of a Page the task MODERATE. */
export const checkScopes = ({ world }: Platform, token: Token, edge: string | undefined): void => {
  const messaging = token.kind === 'instagram-user' ? 'instagram_business_manage_messages' : 'instagram_manage_messages'
  if (['messages', 'message_attachments', 'conversations'].includes(edge ?? '') && !token.scopes.includes(messaging)) {
    throw new GraphRefusal('permission-missing')
  }
  const tasks = world.pages.get(token.pageId ?? '')?.tasks
  const needed = edge === 'subscribed_apps' ? 'MODERATE' : edge === 'messages' ? 'MESSAGING' : undefined
  if (needed !== undefined && tasks !== undefined && !tasks.includes(needed)) {
    throw new GraphRefusal('permission-missing', `task ${needed}`)
  }
}
