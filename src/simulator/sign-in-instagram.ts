import { tokenOf } from './access.ts'
import { GraphRefusal } from './graph-error.ts'
import type { GraphRequest } from './graph-request.ts'
import { accountOf, type Platform } from './platform.ts'
import { takeCode } from './sign-in-authorize.ts'
import { issue, LONG_LIFE_SECONDS, SHORT_LIFE_SECONDS } from './tokens.ts'
import { change, type Token } from './world.ts'

const DAY = 86_400_000

/**
 * `POST api.instagram.com/oauth/access_token`: a code for a token of one hour.
 *
 * Two forms of the answer are about: wrapped in `data` with the permissions as text (Meta's page), and flat with a list
 * and the id as a number above 2^53 (seen by integrations). The simulator answers with either, by its seed. Errors have
 * another envelope than everywhere else.
 */
export const instagramCode = (platform: Platform, call: GraphRequest): Response => {
  const { app, chance } = platform
  const { params } = call
  const known = params['client_id'] === app.instagramAppId && params['client_secret'] === app.instagramAppSecret
  const code =
    known && params['grant_type'] === 'authorization_code' ? takeCode(platform, 'instagram-login', call) : undefined
  if (code?.accountId === undefined) {
    const error_message = known ? 'Matching code was not found or was already used' : 'Invalid platform app'
    return Response.json({ error_type: 'OAuthException', code: 400, error_message }, { status: 400 })
  }
  const { accountId, scopes } = code
  const { value } = issue(
    platform,
    { kind: 'instagram-user', accountId, longLived: false, scopes, declined: code.declined },
    SHORT_LIFE_SECONDS,
  )
  const { appScopedId } = accountOf(platform, accountId)
  if (chance.happens(0.5, 'wrapped', code.code)) {
    return Response.json({ data: [{ access_token: value, user_id: appScopedId, permissions: scopes.join(',') }] })
  }
  const flat = `{"access_token":"${value}","user_id":${appScopedId},"permissions":${JSON.stringify(scopes)}}`
  return new Response(flat, { headers: { 'content-type': 'application/json' } })
}

/** `GET /access_token?grant_type=ig_exchange_token`: a short-lived token for one of about 60 days. */
export const instagramExchange = (platform: Platform, call: GraphRequest): Response => {
  const { params } = call
  if (params['grant_type'] !== 'ig_exchange_token' || params['client_secret'] !== platform.app.instagramAppSecret) {
    throw new GraphRefusal('bad-parameter', 'grant_type or client_secret')
  }
  const short = tokenOf(platform, call)
  if (short.longLived) throw new GraphRefusal('token-invalid')
  return longLived(platform, short)
}

/**
 * `GET /refresh_access_token`: another 60 days for a long-lived token that is a day old and not yet expired.
 *
 * @see https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token
 */
export const instagramRefresh = (platform: Platform, call: GraphRequest): Response => {
  if (call.params['grant_type'] !== 'ig_refresh_token') throw new GraphRefusal('bad-parameter', 'grant_type')
  const token = tokenOf(platform, call)
  if (!token.longLived || platform.now() - token.issuedAt < DAY) {
    throw new GraphRefusal('bad-parameter', 'the token must be long-lived and at least 24 hours old')
  }
  if (!token.scopes.includes('instagram_business_basic')) throw new GraphRefusal('permission-missing')
  return longLived(platform, token)
}

const longLived = (platform: Platform, { accountId = '', kind, scopes, declined }: Token): Response => {
  const token = issue(
    platform,
    { kind, accountId, scopes, longLived: true, ...(declined && { declined }) },
    LONG_LIFE_SECONDS,
  )
  change(platform.world.accounts, accountId, (account) => ({ ...account, token: token.value }))
  return Response.json({ access_token: token.value, token_type: 'bearer', expires_in: LONG_LIFE_SECONDS })
}
