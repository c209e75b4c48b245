import { describe, expect, it } from 'vitest'
import { DAY, HOUR, NOON, stage, type Stage } from './harness.ts'

// The sign-in of both flavours, page by page and call by call: whole pages, and every refusal.

const REDIRECT = 'https://desk.example/back?x=1'
const apps = { appId: '111', appSecret: 'app-secret', instagramAppId: '222', instagramAppSecret: 'instagram-secret' }
type Query = Readonly<Record<string, string>>
const address = (path: string, query: Query) => `${path}?${new URLSearchParams(query).toString()}`
const flavours = {
  'facebook-login': { page: '/dialog/oauth', app: '111', other: '222', secret: 'app-secret' },
  'instagram-login': { page: '/oauth/authorize', app: '222', other: '111', secret: 'instagram-secret' },
} as const
type Flavour = keyof typeof flavours

const opened = async () => {
  const set = await stage(apps)
  const instagram = set.meta.addAccount({ flavour: 'instagram-login', username: 'a&b', accountId: '17' })
  set.meta.addAccount({ flavour: 'instagram-login', username: 'second', accountId: '18' })
  const facebook = set.meta.addAccount({
    flavour: 'facebook-login',
    username: 'third',
    name: `<"Shop's">`,
    pageId: '5',
  })
  return Object.assign(set, { instagram, facebook })
}
const post = (set: Stage, path: string, form: string) =>
  fetch(`${set.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
  })
/** Signs in and returns the code. */
const codeOf = async (set: Stage, flavour: Flavour, form: string, redirect_uri = REDIRECT): Promise<string> => {
  const { page, app } = flavours[flavour]
  const query = { client_id: app, redirect_uri, scope: 'one,two' }
  const answer = await post(set, address(page, query), `action=allow&scope=one&${form}`)
  return new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
}
const html = (
  title: string,
  body: string,
) => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body{font:16px system-ui;max-width:30rem;margin:3rem auto;padding:0 1rem}fieldset{margin:1rem 0}</style>
<h1>${title}</h1>
<p>This page belongs to a simulator. No account of anybody is involved.</p>
${body}</html>`
const box = (type: string, name: string, value: string, label: string, checked = ' checked') =>
  `<label><input type="${type}" name="${name}" value="${value}"${checked}> ${label}</label>`
const scopes = `<fieldset><legend>What may the app do?</legend>${box('checkbox', 'scope', 'one', 'one')}<br>${box('checkbox', 'scope', '&lt;two&gt;', '&lt;two&gt;')}</fieldset>
<p><button name="action" value="allow">Allow</button> <button name="action" value="cancel">Cancel</button></p>
</form>`

describe('The sign-in page', () => {
  const query = { redirect_uri: REDIRECT, scope: ' one,,<two> ' }

  it('of Instagram Login offers its accounts, one of which is chosen', async () => {
    await using set = await opened()
    const page = await set.call(address('/oauth/authorize', { ...query, client_id: '222' }))
    const accounts = `<fieldset><legend>Continue as</legend>${box('radio', 'account', '17', '@a&amp;b')}<br>${box('radio', 'account', '18', '@second', '')}</fieldset>`
    expect(page.body).toBe(html('Continue with Instagram', `<form method="post">\n${accounts}\n\n${scopes}`))
    expect([page.status, page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-store',
    ])
  })

  it('of Facebook Login offers Pages, any of which are chosen', async () => {
    await using set = await opened()
    set.meta.addPage({ name: 'Bare' })
    const page = await set.call(address('/dialog/oauth', { ...query, client_id: '111' }))
    const bare = /value="(\d+)" checked> Bare/.exec(page.body)?.[1] ?? ''
    const pages = `<fieldset><legend>Which Pages may the app use?</legend>${box('checkbox', 'page', '5', '&lt;&quot;Shop&#39;s&quot;&gt;')}<br>${box('checkbox', 'page', bare, 'Bare')}</fieldset>`
    expect(page.body).toBe(html('Continue with Facebook', `<form method="post">\n\n${pages}\n${scopes}`))
  })

  it.each<[Flavour, Query, string]>(
    (['facebook-login', 'instagram-login'] as const).flatMap((flavour): [Flavour, Query, string][] => [
      [flavour, { ...query, client_id: flavours[flavour].other }, 'Invalid app id.'],
      [flavour, query, 'Invalid app id.'],
      [flavour, { client_id: flavours[flavour].app, scope: 'one' }, 'Invalid redirect_uri.'],
      [flavour, { ...query, client_id: flavours[flavour].app, redirect_uri: '/back' }, 'Invalid redirect_uri.'],
      [flavour, { redirect_uri: REDIRECT, client_id: flavours[flavour].app }, 'Invalid scope.'],
      [flavour, { ...query, client_id: flavours[flavour].app, scope: ' , ' }, 'Invalid scope.'],
    ]),
  )('of %s does not begin with %j', async (flavour, wrong, reason) => {
    await using set = await opened()
    for (const method of ['GET', 'POST']) {
      const page = await set.call(address(flavours[flavour].page, wrong), { method })
      expect([page.status, page.body]).toEqual([400, html('Sorry, something went wrong', `<p>${reason}</p>`)])
    }
  })

  it('leads back with a code, with the state if there was one, and Instagram adds #_', async () => {
    await using set = await opened()
    const back = async (flavour: Flavour, form: string, more: Query = {}) => {
      const { page, app } = flavours[flavour]
      const answer = await post(set, address(page, { ...query, client_id: app, ...more }), form)
      const { href, origin, pathname, hash, searchParams } = new URL(answer.headers.get('location') ?? '')
      const found = Object.fromEntries(searchParams)
      expect([answer.status, origin, pathname]).toEqual([302, 'https://desk.example', '/back'])
      expect(href).toContain('?x=1')
      return { ...found, ...(found['code'] !== undefined && { code: found['code'].slice(0, 2) }), hash }
    }
    expect(await back('instagram-login', 'action=allow&account=18')).toEqual({ x: '1', code: 'AQ', hash: '#_' })
    expect(await back('facebook-login', 'action=allow', { state: 's' })).toEqual({
      x: '1',
      state: 's',
      code: 'AQ',
      hash: '',
    })
    const denied = {
      error: 'access_denied',
      error_reason: 'user_denied',
      error_description: 'The user denied your request',
    }
    for (const flavour of ['facebook-login', 'instagram-login'] as const)
      for (const form of ['action=cancel', '', 'action=yes'])
        expect(await back(flavour, form, { state: 's' })).toEqual({ x: '1', state: 's', ...denied, hash: '' })
  })

  it.each(['', 'account=99', 'account=third'])('of Instagram Login needs one of its accounts: %j', async (form) => {
    await using set = await opened()
    const answer = await post(set, address('/oauth/authorize', { ...query, client_id: '222' }), `action=allow&${form}`)
    expect([answer.status, await answer.text()]).toEqual([
      400,
      html('Sorry, something went wrong', '<p>There is no such account.</p>'),
    ])
  })
})

describe('A code', () => {
  const exchanged = (set: Stage, flavour: Flavour, code: string, more: Query = {}) => {
    const { app, secret } = flavours[flavour]
    const given = { client_id: app, client_secret: secret, redirect_uri: REDIRECT, code, ...more }
    return flavour === 'facebook-login'
      ? set.call(address('/oauth/access_token', given))
      : set.call('/oauth/access_token', { method: 'POST', form: { grant_type: 'authorization_code', ...given } })
  }

  it.each([
    ['facebook-login', 'page=5'],
    ['instagram-login', 'account=17'],
  ] as const)('of %s is taken once, in time, by its own app and for its own address', async (flavour, form) => {
    await using set = await opened()
    const code = await codeOf(set, flavour, form)
    const { app, other, secret } = flavours[flavour]
    const wrong = [
      { client_id: other },
      { client_secret: secret === 'app-secret' ? 'instagram-secret' : 'app-secret' },
      { redirect_uri: 'https://desk.example/back' },
      { code: 'AQx' },
    ]
    for (const each of wrong) expect((await exchanged(set, flavour, code, each)).status).toBe(400)
    const otherFlavour = flavour === 'facebook-login' ? 'instagram-login' : 'facebook-login'
    expect((await exchanged(set, otherFlavour, code)).status).toBe(400)
    expect((await exchanged(set, flavour, code, { client_id: app })).status).toBe(200)
    expect((await exchanged(set, flavour, code)).status).toBe(400)
    const late = await codeOf(set, flavour, form)
    const inTime = await codeOf(set, flavour, form)
    set.clock.advance(HOUR - 1)
    expect((await exchanged(set, flavour, inTime)).status).toBe(200)
    set.clock.advance(1)
    expect((await exchanged(set, flavour, late)).status).toBe(400)
  })

  it('of Instagram Login is refused in an envelope of its own', async () => {
    await using set = await opened()
    const code = await codeOf(set, 'instagram-login', 'account=17')
    const refused = async (more: Query) => (await exchanged(set, 'instagram-login', code, more)).body
    const envelope = { error_type: 'OAuthException', code: 400 }
    expect(await refused({ client_secret: 'x' })).toEqual({ ...envelope, error_message: 'Invalid platform app' })
    expect(await refused({ client_id: 'x' })).toEqual({ ...envelope, error_message: 'Invalid platform app' })
    for (const wrong of [{ grant_type: 'x' }, { code: 'x' }])
      expect(await refused(wrong)).toEqual({
        ...envelope,
        error_message: 'Matching code was not found or was already used',
      })
  })

  it('of Facebook Login is refused in the envelope of the Graph API', async () => {
    await using set = await opened()
    const refused = async (more: Query) => (await exchanged(set, 'facebook-login', 'x', more)).body.error
    expect(await refused({})).toMatchObject({
      code: 100,
      message: expect.stringContaining('This authorization code has been used or is invalid.'),
      fbtrace_id: 'AsignIn',
    })
    expect(await refused({ client_secret: 'x' })).toMatchObject({
      code: 100,
      message: expect.stringContaining('Error validating client secret.'),
    })
  })

  it('gives a token for what was ticked, and no more', async () => {
    await using set = await opened()
    const code = await codeOf(set, 'facebook-login', 'page=5')
    const { body } = await exchanged(set, 'facebook-login', code)
    expect(body).toEqual({ access_token: expect.stringMatching(/^EAA/), token_type: 'bearer', expires_in: 3_600 })
    expect((await set.call('/me/permissions', { token: body.access_token })).body.data).toEqual([
      { permission: 'one', status: 'granted' },
      { permission: 'two', status: 'declined' },
    ])
  })
})

describe('A token', () => {
  const shortOf = async (set: Stage, flavour: Flavour): Promise<string> => {
    const { app, secret } = flavours[flavour]
    const code = await codeOf(set, flavour, flavour === 'facebook-login' ? 'page=5' : 'account=17')
    const given = { client_id: app, client_secret: secret, redirect_uri: REDIRECT, code }
    const { body } = await (flavour === 'facebook-login'
      ? set.call(address('/oauth/access_token', given))
      : set.call('/oauth/access_token', { method: 'POST', form: { grant_type: 'authorization_code', ...given } }))
    return body.access_token ?? body.data[0].access_token
  }

  it('of a Facebook user becomes one of 60 days while it lives, and only that', async () => {
    await using set = await opened()
    const short = await shortOf(set, 'facebook-login')
    const longOf = (fb_exchange_token: string) =>
      set.call(
        address('/oauth/access_token', {
          grant_type: 'fb_exchange_token',
          client_id: '111',
          client_secret: 'app-secret',
          fb_exchange_token,
        }),
      )
    const { body } = await longOf(short)
    expect(body).toEqual({ access_token: expect.stringMatching(/^EAA/), token_type: 'bearer', expires_in: 5_183_944 })
    for (const wrong of ['', 'x', set.facebook.token, set.instagram.token])
      expect((await longOf(wrong)).body.error).toMatchObject({ code: 190 })
    const permissions = async (token: string) => (await set.call('/me/permissions', { token })).body.data
    expect(await permissions(body.access_token)).toEqual(await permissions(short))
    set.clock.advance(HOUR - 1)
    expect((await longOf(short)).status).toBe(200)
    set.clock.advance(1)
    expect((await longOf(short)).body.error).toMatchObject({ code: 190 })
  })

  it('of Instagram becomes one of 60 days while it lives, once', async () => {
    await using set = await opened()
    const short = await shortOf(set, 'instagram-login')
    const longOf = (token: string, more: Query = {}) =>
      set.call(
        address('/access_token', {
          grant_type: 'ig_exchange_token',
          client_secret: 'instagram-secret',
          access_token: token,
          ...more,
        }),
      )
    const { body } = await longOf(short)
    expect(body).toEqual({ access_token: expect.stringMatching(/^IGAA/), token_type: 'bearer', expires_in: 5_183_944 })
    expect(set.instagram.token).toBe(body.access_token)
    for (const wrong of [{ grant_type: 'x' }, { client_secret: 'app-secret' }])
      expect((await longOf(short, wrong)).body.error).toMatchObject({
        code: 100,
        message: expect.stringContaining('grant_type or client_secret'),
      })
    expect((await longOf(body.access_token)).body.error).toMatchObject({ code: 190 })
    expect((await longOf('IGAAx')).body.error).toMatchObject({ code: 190, type: 'IGApiException' })
    set.clock.advance(HOUR)
    expect((await longOf(short)).body.error).toMatchObject({ code: 190, error_subcode: 463 })
  })

  it('of Instagram is refreshed from a day on, if it is long-lived and may read the account', async () => {
    await using set = await opened()
    const refreshed = (token: string, grant_type = 'ig_refresh_token') =>
      set.call(address('/refresh_access_token', { grant_type, access_token: token }))
    const short = await shortOf(set, 'instagram-login')
    const { body: long } = await set.call(
      address('/access_token', {
        grant_type: 'ig_exchange_token',
        client_secret: 'instagram-secret',
        access_token: short,
      }),
    )
    const tooEarly = {
      code: 100,
      message: expect.stringContaining('the token must be long-lived and at least 24 hours old'),
    }
    const { token } = set.instagram
    set.clock.advance(DAY - 1)
    expect((await refreshed(set.meta.account('18').token)).body.error).toMatchObject(tooEarly)
    set.clock.advance(1)
    expect((await refreshed(token, 'x')).body.error).toMatchObject({
      code: 100,
      message: expect.stringContaining('grant_type'),
    })
    // Of this one `instagram_business_basic` was never asked for.
    expect((await refreshed(long.access_token)).body.error).toMatchObject({ code: 10 })
    const { body } = await refreshed(set.meta.account('18').token)
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: 5_183_944 })
    expect(set.meta.account('18').token).toBe(body.access_token)
    expect((await refreshed(body.access_token)).body.error).toMatchObject(tooEarly)
  })

  it('of a Facebook user ends, with those of the Pages, when the app is removed', async () => {
    await using set = await opened()
    const short = await shortOf(set, 'facebook-login')
    const me = await set.call('/me', { token: short })
    expect(me.body).toEqual({ id: expect.stringMatching(/^24/), name: 'Alex Owner' })
    const pages = await set.call(`/${me.body.id}/accounts`, { token: short })
    expect(pages.body).toEqual({
      data: [
        {
          id: '5',
          name: `<"Shop's">`,
          access_token: expect.stringMatching(/^EAA/),
          tasks: ['MESSAGING', 'MODERATE', 'MANAGE'],
        },
      ],
    })
    const [page] = pages.body.data
    expect(set.facebook.token).toBe(page.access_token)
    // Asked again it is the same, until it ends.
    expect((await set.call('/me/accounts', { token: short })).body).toEqual(pages.body)
    for (const path of ['/nobody', '/me/feed', '/5/accounts'])
      expect((await set.call(path, { token: short })).body.error).toMatchObject({ code: 100, error_subcode: 33 })
    const remove = () => set.call('/me/permissions', { method: 'DELETE', token: short })
    expect((await remove()).body).toEqual({ success: true })
    expect((await remove()).body.error).toMatchObject({ code: 190, error_subcode: 458 })
    const removed = await set.call('/me', { token: page.access_token })
    expect(removed.body.error).toMatchObject({ code: 190, error_subcode: 458 })
    // Who signs in with Instagram has nothing to do with it.
    expect((await set.call('/me', { token: set.instagram.token })).status).toBe(200)
  })

  it('is described to the app that issued it, but for one of Instagram', async () => {
    await using set = await opened()
    const described = (input_token: string, access_token = '111|app-secret') =>
      set.call(address('/debug_token', { input_token, access_token }))
    const short = await shortOf(set, 'facebook-login')
    const about = {
      app_id: '111',
      application: 'Helpdesk',
      data_access_expires_at: NOON / 1_000 + 90 * 86_400,
      user_id: expect.stringMatching(/^24/),
    }
    expect((await described(short)).body.data).toEqual({
      ...about,
      type: 'USER',
      expires_at: NOON / 1_000 + 3_600,
      is_valid: true,
      scopes: ['one'],
    })
    expect((await described(set.facebook.token)).body.data).toMatchObject({
      ...about,
      type: 'PAGE',
      expires_at: 0,
      is_valid: true,
      profile_id: '5',
    })
    for (const [input, access] of [
      [short, '111|x'],
      [short, '222|app-secret'],
      ['x', undefined],
      ['', undefined],
      [set.instagram.token, undefined],
    ] as const)
      expect((await described(input, access)).body.error).toMatchObject({ code: 190 })
    set.clock.advance(HOUR - 1)
    expect((await described(short)).body.data.is_valid).toBe(true)
    set.clock.advance(1)
    expect((await described(short)).body.data.is_valid).toBe(false)
    set.facebook.revokeToken('password-changed')
    expect((await described(set.facebook.token)).body.data.is_valid).toBe(false)
  })
})
