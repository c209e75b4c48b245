import { GraphRefusal } from './graph-error.ts'
import type { GraphRequest } from './graph-request.ts'
import { asString } from './json.ts'
import type { Platform } from './platform.ts'
import { takeCode } from './sign-in-authorize.ts'
import { issue, LONG_LIFE_SECONDS, SHORT_LIFE_SECONDS } from './tokens.ts'

/**
 * `GET /oauth/access_token`: a code for a short-lived user token, or a user token for one of about 60 days.
 *
 * @see https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived
 */
export const facebookToken = (platform: Platform, call: GraphRequest): Response => {
  const { app, now, world } = platform
  const { params } = call
  if (params['client_id'] !== app.appId || params['client_secret'] !== app.appSecret) {
    throw new GraphRefusal('bad-parameter', 'Error validating client secret.')
  }
  if (params['grant_type'] === 'fb_exchange_token') {
    const short = world.tokens.get(asString(params['fb_exchange_token']) ?? '')
    const alive = short?.state === 'live' && (short.expiresAt ?? Infinity) > now()
    if (short?.kind !== 'facebook-user' || !alive) throw new GraphRefusal('token-invalid')
    const { kind, personId = '', pageIds = [], scopes, declined = [] } = short
    const long = issue(platform, { kind, personId, pageIds, scopes, declined, longLived: true }, LONG_LIFE_SECONDS)
    return answer(long.value, LONG_LIFE_SECONDS)
  }
  const code = takeCode(platform, 'facebook-login', call)
  if (code === undefined)
    throw new GraphRefusal('bad-parameter', 'This authorization code has been used or is invalid.')
  const token = issue(
    platform,
    {
      kind: 'facebook-user',
      personId: code.personId ?? '',
      pageIds: code.pageIds ?? [],
      longLived: false,
      scopes: code.scopes,
      declined: code.declined,
    },
    SHORT_LIFE_SECONDS,
  )
  return answer(token.value, SHORT_LIFE_SECONDS)
}

/** `GET /debug_token`, asked with `<app id>|<app secret>`: what a token is and until when. */
export const debugToken = ({ app, now, world }: Platform, { params }: GraphRequest): Response => {
  if (params['access_token'] !== `${app.appId}|${app.appSecret}`) throw new GraphRefusal('token-invalid')
  const token = world.tokens.get(asString(params['input_token']) ?? '')
  if (token === undefined || token.kind === 'instagram-user') throw new GraphRefusal('token-invalid')
  const { kind, expiresAt, issuedAt, personId, pageId, scopes, state } = token
  return Response.json({
    data: {
      app_id: app.appId,
      type: kind === 'page' ? 'PAGE' : 'USER',
      application: 'Helpdesk',
      expires_at: expiresAt === undefined ? 0 : seconds(expiresAt),
      data_access_expires_at: seconds(issuedAt) + 90 * 86_400,
      is_valid: state === 'live' && (expiresAt ?? Infinity) > now(),
      scopes,
      user_id: personId ?? [...world.people.keys()][0] ?? '',
      ...(pageId !== undefined && { profile_id: pageId }),
    },
  })
}

const answer = (token: string, seconds: number): Response =>
  Response.json({ access_token: token, token_type: 'bearer', expires_in: seconds })

const seconds = (ms: number): number => Math.floor(ms / 1000)
