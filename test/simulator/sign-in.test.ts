import { describe, expect, it } from 'vitest'
import { APP_SECRET, DAY, HOUR, sample, send, shape, stage, type Stage } from './harness.ts'

const REDIRECT = 'https://desk.example.com/instagram/callback'
const APP = '1110000000000002'

const address = (path: string, query: Record<string, string>): string =>
  `${path}?${new URLSearchParams(query).toString()}`

/** Opens the page, ticks what is given, presses a button, and follows nothing. */
const consent = async (set: Stage, path: string, scope: string, form: string): Promise<URL> => {
  const query = { client_id: APP, redirect_uri: REDIRECT, response_type: 'code', scope, state: 's-1' }
  const page = await set.call(address(path, query))
  expect(page.status).toBe(200)
  expect(page.body).toContain('Allow')
  const answer = await fetch(`${set.url}${address(path, query)}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
  })
  expect(answer.status).toBe(302)
  return new URL(answer.headers.get('location') ?? '')
}

describe('Instagram Login', () => {
  const scope = 'instagram_business_basic,instagram_business_manage_messages'
  const ticked = 'scope=instagram_business_basic&scope=instagram_business_manage_messages'
  const page = '/www.instagram.com/oauth/authorize'

  const exchange = (set: Stage, code: string) =>
    set.call('/api.instagram.com/oauth/access_token', {
      method: 'POST',
      form: {
        client_id: APP,
        client_secret: APP_SECRET,
        grant_type: 'authorization_code',
        redirect_uri: REDIRECT,
        code,
      },
    })

  it('goes from the page to a token that sends, and is refreshed after a day', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'instagram-login', username: 'acme', subscribed: false })
    const back = await consent(set, page, scope, `action=allow&account=${account.accountId}&${ticked}`)
    expect(back.href.endsWith('#_')).toBe(true)
    expect(back.searchParams.get('state')).toBe('s-1')
    const { body } = await exchange(set, back.searchParams.get('code') ?? '')
    const short = body.data?.[0]?.access_token ?? body.access_token

    const long = await set.call(
      `/graph.instagram.com/access_token?grant_type=ig_exchange_token&client_secret=${APP_SECRET}&access_token=${short}`,
    )
    expect(shape(long.body)).toEqual(shape(sample('api-oauth-long-lived.json')))
    const token = long.body.access_token
    const me = await set.call('/graph.instagram.com/v25.0/me?fields=user_id', { token })
    expect(me.body.user_id).toBe(account.accountId)
    const maria = account.customer({})
    maria.says('hi')
    expect((await send(set, token, maria.customerId, 'hello')).status).toBe(200)

    const refresh = () =>
      set.call(`/graph.instagram.com/refresh_access_token?grant_type=ig_refresh_token&access_token=${token}`)
    set.clock.advance(DAY - 1)
    expect((await refresh()).status).toBe(400)
    set.clock.advance(1)
    expect((await refresh()).body.expires_in).toBe(5_183_944)
    expect(account.token).not.toBe(token)
    set.clock.advance(60 * DAY)
    expect((await refresh()).body.error).toMatchObject({ code: 190, error_subcode: 463 })
  })

  it('answers the exchange in both forms that are about, by the seed', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'instagram-login', username: 'acme' })
    const forms = new Set<string>()
    for (let n = 0; n < 12; n++) {
      const back = await consent(set, page, scope, `action=allow&account=${account.accountId}&${ticked}`)
      const { body } = await exchange(set, back.searchParams.get('code') ?? '')
      const name = 'data' in body ? 'api-oauth-code-exchange.json' : 'api-oauth-code-exchange-flat.json'
      expect(shape(body)).toEqual(shape(sample(name)))
      forms.add(name)
    }
    expect(forms.size).toBe(2)
  })

  it('takes a code once, within an hour, and refuses in an envelope of its own', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'instagram-login', username: 'acme' })
    const allow = () => consent(set, page, scope, `action=allow&account=${account.accountId}&${ticked}`)
    const { httpStatus, body } = sample('error-oauth-code.json')
    const used = (await allow()).searchParams.get('code') ?? ''
    await exchange(set, used)
    expect((await exchange(set, used)).body).toEqual(body)
    const late = (await allow()).searchParams.get('code') ?? ''
    set.clock.advance(HOUR)
    for (const code of [used, late, 'rubbish']) {
      const refused = await exchange(set, code)
      expect([refused.status, refused.body]).toEqual([httpStatus, body])
    }
  })

  it('gives a token that may not send where messages were declined', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'instagram-login', username: 'acme' })
    const maria = account.customer({})
    maria.says('hi')
    const form = `action=allow&account=${account.accountId}&scope=instagram_business_basic`
    const back = await consent(set, page, scope, form)
    const { body } = await exchange(set, back.searchParams.get('code') ?? '')
    const token = body.data?.[0]?.access_token ?? body.access_token
    expect((await send(set, token, maria.customerId, 'hello')).body.error).toMatchObject({ code: 10 })
  })

  it('comes back with access_denied after Cancel', async () => {
    await using set = await stage()
    set.meta.addAccount({ flavour: 'instagram-login', username: 'acme' })
    const back = await consent(set, page, scope, 'action=cancel')
    expect(Object.fromEntries(back.searchParams)).toEqual({
      state: 's-1',
      error: 'access_denied',
      error_reason: 'user_denied',
      error_description: 'The user denied your request',
    })
  })

  it('does not begin for another app, without a redirect_uri, or without scopes', async () => {
    await using set = await stage()
    const good = { client_id: APP, redirect_uri: REDIRECT, scope }
    for (const bad of [{ client_id: '1' }, { redirect_uri: 'x' }, { scope: '' }]) {
      expect((await set.call(address(page, { ...good, ...bad }))).status).toBe(400)
    }
  })
})

describe('Facebook Login', () => {
  const scope = 'instagram_basic,instagram_manage_messages'
  const ticked = 'scope=instagram_basic&scope=instagram_manage_messages'
  const page = '/www.facebook.com/v25.0/dialog/oauth'
  const token = (set: Stage, query: Record<string, string>) =>
    set.call(
      address('/graph.facebook.com/v25.0/oauth/access_token', { client_id: APP, client_secret: APP_SECRET, ...query }),
    )

  it('goes from the page to a Page token without an end; a Page without Instagram is listed without it', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const bare = set.meta.addPage({ name: 'Acme without Instagram' })
    const back = await consent(set, page, scope, `action=allow&page=${account.pageId}&page=${bare}&${ticked}`)
    const short = await token(set, { redirect_uri: REDIRECT, code: back.searchParams.get('code') ?? '' })
    expect(short.body).toMatchObject({ token_type: 'bearer', expires_in: 3_600 })
    const long = await token(set, {
      grant_type: 'fb_exchange_token',
      fb_exchange_token: short.body.access_token,
    })
    const fields = 'id,name,access_token,tasks,instagram_business_account'
    const { body } = await set.call(`/graph.facebook.com/v25.0/me/accounts?fields=${fields}`, {
      token: long.body.access_token,
    })
    const [linked, unlinked] = body.data
    expect(linked).toMatchObject({ id: account.pageId, instagram_business_account: { id: account.accountId } })
    expect(unlinked).toMatchObject({ id: bare, tasks: ['MANAGE'] })
    expect(unlinked).not.toHaveProperty('instagram_business_account')

    const maria = account.customer({})
    set.clock.advance(90 * DAY)
    maria.says('hi')
    expect((await send(set, linked.access_token, maria.customerId, 'hello')).status).toBe(200)
    const debug = await set.call(
      address('/debug_token', { input_token: linked.access_token, access_token: `${APP}|${APP_SECRET}` }),
    )
    expect(shape(debug.body)).toEqual(shape(sample('api-debug-token-page.json')))
    expect(debug.body.data).toMatchObject({ expires_at: 0, is_valid: true })
  })

  it('gives a Page token of one hour with a short-lived user token, and only the Pages that were ticked', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    set.meta.addAccount({ flavour: 'facebook-login', username: 'other' })
    const back = await consent(set, page, scope, `action=allow&page=${account.pageId}&${ticked}`)
    const short = await token(set, { redirect_uri: REDIRECT, code: back.searchParams.get('code') ?? '' })
    const { body } = await set.call('/me/accounts', { token: short.body.access_token })
    expect(body.data).toHaveLength(1)
    const maria = account.customer({})
    set.clock.advance(HOUR)
    maria.says('hi')
    const answer = await send(set, body.data[0].access_token, maria.customerId, 'hello')
    expect(answer.body.error).toMatchObject({ code: 190, error_subcode: 463 })
  })

  it('names what was declined', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const form = `action=allow&page=${account.pageId}&scope=instagram_basic`
    const back = await consent(set, page, scope, form)
    const short = await token(set, { redirect_uri: REDIRECT, code: back.searchParams.get('code') ?? '' })
    const { body } = await set.call('/me/permissions', { token: short.body.access_token })
    expect(body.data).toEqual([
      { permission: 'instagram_basic', status: 'granted' },
      { permission: 'instagram_manage_messages', status: 'declined' },
    ])
  })

  it('refuses a code with another redirect_uri and a wrong secret', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const back = await consent(set, page, scope, `action=allow&page=${account.pageId}&${ticked}`)
    const code = back.searchParams.get('code') ?? ''
    expect((await token(set, { redirect_uri: `${REDIRECT}/`, code })).status).toBe(400)
    expect((await token(set, { redirect_uri: REDIRECT, code, client_secret: 'x' })).status).toBe(400)
    expect((await token(set, { redirect_uri: REDIRECT, code })).status).toBe(200)
  })
})
