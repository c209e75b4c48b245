import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AccountHandle, CustomerHandle, GraphErrorName } from '../../src/simulator/index.ts'
import { DAY, type Reply, sample, send, stage, type Stage } from './harness.ts'

/** Which of the simulator's errors each sample of Meta's shows. */
const samples: Readonly<Record<string, GraphErrorName | 'bad-gateway'>> = {
  'error-1-unknown': 'unknown',
  'error-10-1893063-restricted': 'restricted',
  'error-10-2018278-window': 'window-closed-messenger',
  'error-10-2534022-window-fb': 'window-closed',
  'error-10-2534022-window-ig': 'window-closed',
  'error-10-2534077-link': 'link-broken',
  'error-10-permission': 'permission-missing',
  'error-100-2018001': 'no-such-user-messenger',
  'error-100-2018008-fetch': 'media-not-fetched',
  'error-100-2018047-media-type': 'media-type',
  'error-100-2018109-too-big': 'media-too-big',
  'error-100-2534014-no-user': 'no-such-user',
  'error-100-2534015-data': 'invalid-data',
  'error-100-2534025-private-reply': 'private-reply-invalid',
  'error-100-2534029-blocked-business': 'business-blocked',
  'error-100-2534037-thread-owner': 'not-thread-owner',
  'error-100-2534068-multi-image': 'single-image',
  'error-100-user-not-found': 'user-not-found',
  'error-17-user-limit': 'user-limit',
  'error-190-458-app-removed': 'app-removed',
  'error-190-459-checkpoint': 'checkpoint',
  'error-190-460-password': 'password-changed',
  'error-190-463-expired': 'token-expired',
  'error-190-igapi': 'token-invalid',
  'error-190-invalid': 'token-invalid',
  'error-2-transient': 'transient',
  'error-200-1545041': 'person-unavailable-200',
  'error-200-2534041-access-off': 'access-off',
  'error-200-advanced-access': 'no-advanced-access',
  'error-2018300-thread-owner': 'thread-owned',
  'error-230-consent': 'consent-missing',
  'error-32-page-limit': 'page-limit',
  'error-368-policy': 'policy-block',
  'error-4-app-limit': 'app-limit',
  'error-551-1545041': 'person-unavailable',
  'error-613-2534040-rate': 'rate-limit',
  'error-80002-buc': 'instagram-limit',
  'error-80006-buc': 'messenger-limit',
  'error-9000001-deleted': 'message-deleted',
  'error-9010-no-user': 'no-such-profile',
  'error-html-502': 'bad-gateway',
}

/** What counts of an answer: never its texts. */
const essence = ({ error }: any) => ({
  type: error.type,
  code: error.code,
  subcode: error.error_subcode,
  transient: error.is_transient,
})

describe('every error sample', () => {
  it('has its error here, but for the code exchange, which has an envelope of its own', () => {
    const files = readdirSync(new URL('../fixtures/payloads/', import.meta.url))
    const names = files.filter((name) => name.startsWith('error-')).map((name) => name.replace('.json', ''))
    expect(names.filter((name) => name !== 'error-oauth-code').toSorted()).toEqual(Object.keys(samples).toSorted())
  })

  it.each(Object.entries(samples))('%s is answered as it is', async (file, name) => {
    const { httpStatus, body, rawBody, contentType } = sample(`${file}.json`)
    await using set = await stage()
    const instagram = body?.error.type === 'IGApiException'
    const account = set.meta.addAccount({ flavour: instagram ? 'instagram-login' : 'facebook-login', username: 'acme' })
    account.failNext(name)
    const answer = await send(set, account.token, '900000000000001', 'hi')
    expect(answer.status).toBe(httpStatus)
    if (rawBody === undefined) expect(essence(answer.body)).toEqual(essence(body))
    else expect([answer.body, answer.headers.get('content-type')]).toEqual([rawBody, contentType])
  })
})

interface Scene {
  readonly set: Stage
  readonly account: AccountHandle
  readonly maria: CustomerHandle
}

/** The errors that follow from what happened, without being planned. */
const causes: readonly (readonly [string, (scene: Scene) => void | Promise<unknown>, string])[] = [
  ['the app was removed', ({ account }) => account.revokeToken(), 'error-190-458-app-removed'],
  ['the password was changed', ({ account }) => account.revokeToken('password-changed'), 'error-190-460-password'],
  ['the token is over', ({ account }) => account.expireToken(), 'error-190-463-expired'],
  ['a checkpoint waits', ({ account }) => account.revokeToken('checkpoint'), 'error-190-459-checkpoint'],
  ['access is switched off', ({ account }) => account.switchOffAccess(), 'error-200-2534041-access-off'],
  ['the account is restricted', ({ account }) => account.restrict(), 'error-10-1893063-restricted'],
  ['the link to the Page broke', ({ account }) => account.set('link-broken', true), 'error-10-2534077-link'],
  ['the permission is gone', ({ account }) => account.set('permission-missing', true), 'error-10-permission'],
  ['review is missing', ({ account }) => account.set('no-advanced-access', true), 'error-200-advanced-access'],
  [
    'the business is blocked',
    ({ account }) => account.set('blocked-business', true),
    'error-100-2534029-blocked-business',
  ],
  ['a policy block is on', ({ account }) => account.set('policy-block', true), 'error-368-policy'],
  [
    'another app owns the thread',
    ({ account, maria }) => void account.passThread(maria.customerId),
    'error-100-2534037-thread-owner',
  ],
  ['the customer blocked the business', ({ maria }) => maria.blocksBusiness(), 'error-551-1545041'],
  ['the window is over', ({ set }) => set.clock.advance(DAY), 'error-10-2534022-window-fb'],
]

describe('a refusal follows from what happened', () => {
  it.each(causes)('%s', async (_name, cause, file) => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const maria = account.customer({ name: 'Maria' })
    maria.says('hi')
    await cause({ set, account, maria })
    const answer = await send(set, account.token, maria.customerId, 'hello')
    const { httpStatus, body } = sample(`${file}.json`)
    expect([answer.status, essence(answer.body)]).toEqual([httpStatus, essence(body)])
    expect(maria.phone().messages).toHaveLength(1)
    expect(set.meta.ledger.calls).toMatchObject([{ outcome: 'refused', code: body.error.code }])
    expect(set.meta.ledger.sends).toEqual([])
  })

  it('is gone with its cause', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const maria = account.customer({ name: 'Maria' })
    maria.says('hi')
    account.restrict()
    account.switchOffAccess()
    account.revokeToken()
    account.unrestrict()
    account.switchOnAccess()
    account.issueToken()
    expect(await send(set, account.token, maria.customerId, 'hello')).toMatchObject({ status: 200 })
  })

  it('names an unknown person in the words of each flavour', async () => {
    await using set = await stage()
    for (const [flavour, file] of [
      ['facebook-login', 'error-100-2534014-no-user'],
      ['instagram-login', 'error-100-user-not-found'],
    ] as const) {
      const account = set.meta.addAccount({ flavour, username: 'acme' })
      const answer = await send(set, account.token, account.accountId, 'hello')
      expect(essence(answer.body)).toEqual(essence(sample(`${file}.json`).body))
    }
  })

  it('is the Instagram form of the window error on Instagram Login', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'instagram-login', username: 'acme' })
    const maria = account.customer({ name: 'Maria' })
    const answer = await send(set, account.token, maria.customerId, 'hello')
    const { httpStatus, body } = sample('error-10-2534022-window-ig.json')
    expect([answer.status, essence(answer.body)]).toEqual([httpStatus, essence(body)])
  })

  it('refuses a token that nobody issued, and one of the other flavour', async () => {
    await using set = await stage()
    const instagram = set.meta.addAccount({ flavour: 'instagram-login', username: 'acme' })
    const path = '/graph.facebook.com/v25.0/me'
    const replies: readonly Reply[] = [
      await set.call('/v25.0/me', { token: 'EAArubbish' }),
      await set.call(path, { token: instagram.token }),
      await set.call('/v25.0/me'),
    ]
    for (const { body } of replies) expect(essence(body)).toEqual(essence(sample('error-190-invalid.json').body))
  })
})

describe('rates', () => {
  it('refuses the 11th video of a second, with usage headers, and does not send it', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'instagram-login', username: 'acme' })
    const maria = account.customer({ name: 'Maria' })
    maria.says('hi')
    const body = {
      recipient: { id: maria.customerId },
      message: { attachment: { type: 'video', payload: { url: 'https://shop.example.com/a.mp4' } } },
    }
    const replies = await Promise.all(
      Array.from({ length: 11 }, () => set.call('/me/messages', { method: 'POST', token: account.token, body })),
    )
    const refused = replies.filter(({ status }) => status !== 200)
    expect(refused).toHaveLength(1)
    expect(refused[0]?.body.error).toMatchObject({ code: 613, error_subcode: 2534040 })
    const usage = JSON.parse(refused[0]?.headers.get('x-business-use-case-usage') ?? '{}')
    expect(usage[account.accountId][0]).toMatchObject({ type: 'instagram', estimated_time_to_regain_access: 1 })
    expect(set.meta.ledger.sends).toHaveLength(10)
  })
})
