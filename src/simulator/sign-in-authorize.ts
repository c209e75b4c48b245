import type { GraphRequest } from './graph-request.ts'
import { asString } from './json.ts'
import type { Platform } from './platform.ts'
import { consentPage, refusalPage } from './sign-in-page.ts'
import type { Account, Flavour, SignInCode } from './world.ts'

const HOUR = 3_600_000

/**
 * The page on which a person lets the app in: shown on GET, answered on POST with a redirect that carries a code, or
 * `error=access_denied` after Cancel.
 *
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
 *   (March 13, 2026)
 */
export const authorize = (platform: Platform, flavour: Flavour, { method, url, params }: GraphRequest): Response => {
  const query = (name: string): string => url.searchParams.get(name) ?? ''
  const { appId, instagramAppId } = platform.app
  const redirectUri = query('redirect_uri')
  if (query('client_id') !== (flavour === 'facebook-login' ? appId : instagramAppId)) {
    return refusalPage('Invalid app id.')
  }
  if (!URL.canParse(redirectUri)) return refusalPage('Invalid redirect_uri.')
  const scopes = query('scope')
    .split(/[\s,]+/)
    .filter((scope) => scope !== '')
  if (scopes.length === 0) return refusalPage('Invalid scope.')

  const accounts = instagramAccounts(platform)
  const [person] = platform.world.people.values()
  if (method !== 'POST') {
    return consentPage({
      title: flavour === 'facebook-login' ? 'Continue with Facebook' : 'Continue with Instagram',
      accounts:
        flavour === 'facebook-login'
          ? []
          : accounts.map(({ accountId, username }) => ({ value: accountId, label: `@${username}` })),
      pages:
        flavour === 'facebook-login'
          ? [...platform.world.pages.values()].map(({ pageId, name }) => ({ value: pageId, label: name }))
          : [],
      scopes,
    })
  }

  const back = new URL(redirectUri)
  if (query('state') !== '') back.searchParams.set('state', query('state'))
  if (params['action'] !== 'allow') {
    back.searchParams.set('error', 'access_denied')
    back.searchParams.set('error_reason', 'user_denied')
    back.searchParams.set('error_description', 'The user denied your request')
    return redirect(back.href)
  }
  const ticked = (name: string): readonly string[] => everyValue(params[name])
  const accountId = accounts.find((account) => account.accountId === params['account'])?.accountId
  if (flavour === 'instagram-login' && accountId === undefined) return refusalPage('There is no such account.')
  const code: SignInCode = {
    code: platform.ids.code(),
    flavour,
    redirectUri,
    issuedAt: platform.now(),
    scopes: scopes.filter((scope) => ticked('scope').includes(scope)),
    declined: scopes.filter((scope) => !ticked('scope').includes(scope)),
    ...(flavour === 'instagram-login'
      ? { accountId: accountId ?? '' }
      : { personId: person?.personId ?? '', pageIds: ticked('page') }),
  }
  platform.world.codes.set(code.code, code)
  back.searchParams.set('code', code.code)
  // Instagram appends `#_`, which does not belong to the code.
  return redirect(back.href + (flavour === 'instagram-login' ? '#_' : ''))
}

/** Takes a code: once, within an hour, and only with the redirect_uri it was made for. */
export const takeCode = (platform: Platform, flavour: Flavour, { params }: GraphRequest): SignInCode | undefined => {
  const code = platform.world.codes.get(asString(params['code']) ?? '')
  if (code?.flavour !== flavour || code.redirectUri !== params['redirect_uri']) return undefined
  platform.world.codes.delete(code.code)
  return platform.now() - code.issuedAt < HOUR ? code : undefined
}

const instagramAccounts = ({ world }: Platform): readonly Account[] =>
  [...world.accounts.values()].filter(({ flavour }) => flavour === 'instagram-login')

const everyValue = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : []

const redirect = (location: string): Response => new Response(null, { status: 302, headers: { location } })
