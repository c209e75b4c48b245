import * as fc from 'fast-check'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { InvalidMetaOption, metaMessenger, type MetaMessengerOptions } from '../../../src/adapters/meta/index.ts'
import type { Messenger, OutgoingMessage, Sender } from '../../../src/application/ports/messenger.ts'
import { graphPath } from '../../../src/adapters/meta/send/graph-path.ts'
import { type GraphServer, graphServer } from './graph-server.ts'
import { holds, tells } from '../../holds.ts'
import { sample } from './samples.ts'

const TOKEN = 'EAAB-very-secret-token'
const CUSTOMER = '900000000000001'
const TEXT = 'a very personal text'
const facebook: Sender = {
  account: { accountId: '17841499000000001', flavour: 'facebook-login', pageId: '100000000000001' },
  token: TOKEN,
}
const instagram: Sender = { account: { accountId: '17841499000000002', flavour: 'instagram-login' }, token: TOKEN }
const message = (more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  customerId: CUSTOMER,
  text: TEXT,
  tag: 'none',
  ...more,
})
const picture = { kind: 'image', url: 'https://desk.example/p.png' } as const

let server: GraphServer
let messenger: Messenger
const messengerOf = (options: MetaMessengerOptions = {}) =>
  metaMessenger({ hosts: { facebook: `${server.url}/fb`, instagram: `${server.url}/ig/` }, ...options })
beforeEach(async () => {
  server = await graphServer()
  messenger = messengerOf()
})
afterEach(() => server[Symbol.asyncDispose]())
const lastBody = () => server.received.at(-1)?.body

describe('A send', () => {
  it('goes to the Page with the token in the query for Facebook Login', async () => {
    expect(await messenger.send(facebook, message())).toEqual({ kind: 'sent', mid: 'mid-1' })
    expect(server.received).toMatchObject([
      {
        method: 'POST',
        path: '/fb/v25.0/100000000000001/messages',
        query: { access_token: TOKEN },
        authorization: undefined,
        body: { recipient: { id: CUSTOMER }, message: { text: TEXT }, messaging_type: 'RESPONSE' },
      },
    ])
  })

  it('goes to the account with a bearer token for Instagram Login', async () => {
    await messenger.send(instagram, message())
    expect(server.received).toMatchObject([
      { path: '/ig/v25.0/17841499000000002/messages', query: {}, authorization: `Bearer ${TOKEN}` },
    ])
  })

  it('takes the version from the options, and the Page of the token where no page id is known', async () => {
    const { pageId: _, ...account } = facebook.account
    await messengerOf({ version: 'v26.0' }).send({ account, token: TOKEN }, message())
    expect(server.received[0]?.path).toBe('/fb/v26.0/me/messages')
  })

  it('carries the HUMAN_AGENT tag only when asked to', async () => {
    await messenger.send(facebook, message({ tag: 'human-agent' }))
    expect(lastBody()).toMatchObject({ messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' })
    await messenger.send(facebook, message())
    expect(lastBody()).not.toHaveProperty('tag')
  })

  it('puts the quoted message beside the message', async () => {
    await messenger.send(facebook, message({ replyToMid: 'mid-0' }))
    expect(lastBody()).toMatchObject({ message: { text: TEXT }, reply_to: { mid: 'mid-0' } })
  })

  it('sends one medium as attachment and several pictures as attachments', async () => {
    const attachment = { type: 'image', payload: { url: picture.url } }
    await messenger.send(facebook, { customerId: CUSTOMER, tag: 'none', media: [picture] })
    expect(lastBody()).toMatchObject({ message: { attachment } })
    await messenger.send(facebook, { customerId: CUSTOMER, tag: 'none', media: [picture, picture] })
    expect(lastBody()).toMatchObject({ message: { attachments: [attachment, attachment] } })
  })

  it.each<Partial<OutgoingMessage>>([
    { media: [picture] },
    { text: '' },
    { text: '', media: [picture, { kind: 'video', url: 'https://desk.example/v.mp4' }] },
  ])('of what Meta takes in no single message is refused without a call: %j', async (more) => {
    expect(await messenger.send(facebook, message(more))).toMatchObject({ kind: 'give-up', why: 'message-refused' })
    expect(server.received).toEqual([])
  })

  it('keeps NUL and characters of every plane', async () => {
    const text = 'a\0b \u{1f44b} "\\/ \u2028'
    await messenger.send(instagram, message({ text }))
    expect(lastBody()).toMatchObject({ message: { text } })
  })

  it.each([
    { recipient_id: CUSTOMER },
    { message_id: '' },
    { message_id: 5 },
    { message_id: 'é'.repeat(257) },
    [],
    null,
    'sent',
  ])('answered with 200 and %j has an unknown outcome', async (body) => {
    server.answer = () => ({ text: JSON.stringify(body) })
    expect(await messenger.send(facebook, message())).toMatchObject({ kind: 'outcome-unknown' })
  })

  it('takes the documented answers', async () => {
    for (const file of ['send-response.json', 'send-response-with-attachment-id.json']) {
      const body = sample<{ message_id: string }>(file)
      server.answer = () => ({ body })
      expect(await messenger.send(facebook, message())).toEqual({ kind: 'sent', mid: body.message_id })
    }
  })
})

describe('A connection', () => {
  it('that is refused is certain: nothing was delivered', async () => {
    const { url } = server
    await server[Symbol.asyncDispose]()
    expect(await metaMessenger({ hosts: { facebook: url } }).send(facebook, message())).toEqual({
      kind: 'no-connection',
    })
    server = await graphServer()
  })

  it('to a host that does not exist is certain', async () => {
    const nowhere = metaMessenger({ hosts: { facebook: 'http://graph.nowhere.invalid' } })
    expect(await nowhere.send(facebook, message())).toEqual({ kind: 'no-connection' })
  })

  it('whose TLS fails before a byte was sent is certain', async () => {
    const plain = messengerOf({ hosts: { facebook: server.url.replace('http:', 'https:') } })
    expect(await plain.send(facebook, message())).toEqual({ kind: 'no-connection' })
    expect(server.received).toEqual([])
  })

  it.each(['before the answer', 'within the answer'])('that breaks %s leaves the outcome unknown', async (when) => {
    server.answer = (_, response) => {
      if (when === 'within the answer') response.writeHead(200, { 'content-length': '500' }).write('{"message_id":"mi')
      setTimeout(() => response.destroy(), 20)
      return undefined
    }
    expect(await messenger.send(facebook, message())).toMatchObject({ kind: 'outcome-unknown' })
    expect(server.received).toHaveLength(1)
  })

  it('that is reset once the request is on it leaves the outcome unknown', async () => {
    const resetting = createServer((socket) =>
      socket.on('error', () => {}).once('data', () => socket.resetAndDestroy()),
    )
    await new Promise<void>((resolve) => resetting.listen(0, '127.0.0.1', resolve))
    const { port } = resetting.address() as AddressInfo
    const result = await metaMessenger({ hosts: { facebook: `http://127.0.0.1:${port}` } }).send(facebook, message())
    expect(result).toEqual({ kind: 'outcome-unknown' })
    resetting.close()
  })

  it.each(['before the answer', 'within the answer'])(
    'that is too slow %s leaves the outcome unknown',
    async (when) => {
      server.answer = (_, response) => {
        if (when === 'within the answer') response.writeHead(200).write('{')
        return undefined
      }
      expect(await messengerOf({ timeoutMs: 50 }).send(facebook, message())).toEqual({ kind: 'outcome-unknown' })
    },
  )

  it('that is aborted leaves the outcome unknown, but an abort before it is certain', async () => {
    server.answer = () => undefined
    const controller = new AbortController()
    const sending = messenger.send(facebook, message(), { signal: controller.signal })
    await expect.poll(() => server.received.length).toBe(1)
    controller.abort()
    expect(await sending).toEqual({ kind: 'outcome-unknown' })
    expect(await messenger.send(facebook, message(), { signal: controller.signal })).toEqual({ kind: 'no-connection' })
    expect(server.received).toHaveLength(1)
  })

  it('asks whether it may leave after it has waited for its turn, and sends nothing if not', async () => {
    const patient = messengerOf({ share: 0.04 })
    // The next turn is a third of a second after the first, however long the first send takes.
    const began = performance.now()
    await patient.send(instagram, message())
    const asked: number[] = []
    const mayLeave = (): boolean => {
      asked.push(performance.now() - began)
      return false
    }
    expect(await patient.send(instagram, message(), { mayLeave })).toEqual({ kind: 'no-connection' })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toBeGreaterThan(330)
    expect(server.received).toHaveLength(1)
  })

  it('is not sent elsewhere by a redirect', async () => {
    server.answer = () => ({ status: 307, headers: { location: `${server.url}/elsewhere` } })
    expect(await messenger.send(facebook, message())).toEqual({ kind: 'outcome-unknown', code: 'http-307' })
    expect(server.received).toHaveLength(1)
  })

  it('that answers without end is left', async () => {
    server.answer = () => ({ text: `{"message_id":"${'x'.repeat(5_000_000)}"}` })
    expect(await messenger.send(facebook, message())).toEqual({ kind: 'outcome-unknown' })
  })
})

describe('Reactions, typing and seen', () => {
  it('are sender actions to the same edge, alone in their request', async () => {
    server.answer = () => ({ body: sample('send-response-reaction.json') })
    const done = { kind: 'done' }
    const to = { customerId: CUSTOMER, mid: 'mid-7' }
    expect(await messenger.react(facebook, { ...to, action: 'react', emoji: '❤️' })).toEqual(done)
    expect(await messenger.react(instagram, { ...to, action: 'react', emoji: '🎉' })).toEqual(done)
    expect(await messenger.react(instagram, { ...to, action: 'unreact' })).toEqual(done)
    expect(await messenger.signal(facebook, { customerId: CUSTOMER, action: 'typing-on' })).toEqual(done)
    expect(await messenger.signal(facebook, { customerId: CUSTOMER, action: 'typing-off' })).toEqual(done)
    expect(await messenger.signal(facebook, { customerId: CUSTOMER, action: 'seen' })).toEqual(done)
    const recipient = { id: CUSTOMER }
    expect(server.received.map(({ body }) => body)).toEqual([
      { recipient, sender_action: 'react', payload: { message_id: 'mid-7', reaction: 'love' } },
      { recipient, sender_action: 'react', payload: { message_id: 'mid-7', reaction: '🎉' } },
      { recipient, sender_action: 'unreact', payload: { message_id: 'mid-7' } },
      { recipient, sender_action: 'typing_on' },
      { recipient, sender_action: 'typing_off' },
      { recipient, sender_action: 'mark_seen' },
    ])
  })
})

describe('A profile', () => {
  it('has what Meta gives', async () => {
    server.answer = () => ({ body: sample('api-profile.json') })
    expect(await messenger.profile(facebook, CUSTOMER)).toEqual({
      kind: 'found',
      name: 'Maria Example',
      username: 'maria.example',
      pictureUrl: 'https://scontent.example.com/p1.jpg?oe=EXAMPLE',
    })
    expect(server.received[0]).toMatchObject({
      method: 'GET',
      path: `/fb/v25.0/${CUSTOMER}`,
      query: { fields: 'name,username,profile_pic' },
    })
  })

  it('may lack name and picture, or have null there', async () => {
    server.answer = () => ({ body: sample('api-profile-minimal.json') })
    expect(await messenger.profile(instagram, CUSTOMER)).toEqual({ kind: 'found', username: 'maria.example' })
    server.answer = () => ({ body: { name: null, username: 'm', profile_pic: null } })
    expect(await messenger.profile(instagram, CUSTOMER)).toEqual({ kind: 'found', username: 'm' })
    server.answer = () => ({ body: { name: 'n'.repeat(1_025), username: 'é'.repeat(512), profile_pic: ['x'] } })
    expect(await messenger.profile(instagram, CUSTOMER)).toEqual({ kind: 'found', username: 'é'.repeat(512) })
  })

  it.each(['error-230-consent.json', 'error-9010-no-user.json', 'error-100-2534014-no-user.json'])(
    'is unavailable after %s',
    async (file) => {
      const { httpStatus, body } = sample<{ httpStatus: number; body: unknown }>(file)
      server.answer = () => ({ status: httpStatus, body })
      const consent = file.includes('consent') ? { why: 'consent-missing' } : {}
      expect(await messenger.profile(facebook, CUSTOMER)).toEqual({ kind: 'unavailable', ...consent })
    },
  )

  it('does not hide that the token is dead', async () => {
    server.answer = () => ({ status: 401, body: sample<{ body: unknown }>('error-190-invalid.json').body })
    expect(await messenger.profile(facebook, CUSTOMER)).toMatchObject({ kind: 'authorization-lost' })
  })
})

describe('History', () => {
  it('finds the thread by the customer and gives its messages, newest first', async () => {
    const [text, media] = [sample<object>('api-message-detail.json'), sample<object>('api-message-detail-media.json')]
    const own = { ...text, id: 'own', created_time: 1_788_860_000, from: { id: '17841499000000001' }, message: 'ours' }
    server.answer = ({ path }) =>
      path.endsWith('/conversations')
        ? { body: sample('api-conversations.json') }
        : {
            body: {
              id: 't',
              messages: { data: [text, media, own, { id: 'old', created_time: '2026-01-01T00:00:00+0000' }] },
            },
          }
    expect(await messenger.history(facebook, CUSTOMER)).toEqual({
      kind: 'found',
      messages: [
        {
          mid: 'own',
          at: 1_788_860_000_000,
          from: 'business',
          content: { kind: 'text', text: 'ours', attachments: [] },
        },
        {
          mid: expect.any(String),
          at: Date.parse('2026-09-08T09:21:00Z'),
          from: 'customer',
          content: {
            kind: 'image',
            attachments: [{ kind: 'image', url: expect.stringMatching(/^https:\/\/lookaside/) }],
          },
          reactions: [{ by: 'business', reaction: 'love' }],
        },
        {
          mid: expect.any(String),
          at: Date.parse('2026-09-08T09:20:00Z'),
          from: 'customer',
          content: { kind: 'text', text: 'Hello, do you ship to Cordoba?', attachments: [] },
        },
      ],
    })
    expect(server.received.map(({ path }) => path)).toEqual([
      '/fb/v25.0/100000000000001/conversations',
      '/fb/v25.0/aWdfZAG06MTpJR01lc3NhZA2VUaHJlYWQ6EXAMPLE1',
    ])
    expect(server.received[0]?.query).toMatchObject({ platform: 'instagram', user_id: CUSTOMER })
  })

  it('without a thread is empty', async () => {
    server.answer = () => ({ body: { data: [] } })
    expect(await messenger.history(instagram, CUSTOMER)).toEqual({ kind: 'found', messages: [] })
  })

  it('that cannot be read is no finding', async () => {
    server.answer = () => ({ body: { nothing: true } })
    expect(await messenger.history(instagram, CUSTOMER)).toMatchObject({ kind: 'outcome-unknown' })
  })
})

describe('An id in a path', () => {
  it.each(['..', '.', '../me', 'a/b', '', ' ', '%2e%2e', 'a?b', 'a#b', 'ä', '1\n'])(
    'that is none of Meta’s leads nowhere: %j',
    async (id) => {
      expect(await messenger.profile(instagram, id)).toEqual({ kind: 'unavailable' })
      const account = { ...instagram.account, accountId: id }
      expect(await messenger.send({ ...instagram, account }, message())).toMatchObject({ code: 'malformed-id' })
      expect(await messenger.history({ ...instagram, account }, CUSTOMER)).toMatchObject({ code: 'malformed-id' })
      expect(server.received).toEqual([])
    },
  )

  it('that Meta’s own answer names is held to the same', async () => {
    server.answer = () => ({ body: { data: [{ id: '../me' }] } })
    expect(await messenger.history(instagram, CUSTOMER)).toMatchObject({ code: 'malformed-id' })
    expect(server.received).toHaveLength(1)
  })

  it('is made in one place for all calls', () => {
    const segment = fc.oneof(fc.stringMatching(/^[0-9A-Za-z_-]{1,20}$/), fc.string({ unit: 'binary' }))
    holds(
      fc.property(segment, segment, (one, other) => {
        const path = graphPath(one, other)
        if (path === undefined) return
        tells(true)
        expect(new URL(`https://graph.instagram.com/v25.0/${path}?x=1`).pathname).toBe(`/v25.0/${one}/${other}`)
      }),
      { floor: 0.1 },
    )
    expect(graphPath()).toBeUndefined()
    expect(graphPath('17841499000000001', 'messages')).toBe('17841499000000001/messages')
  })
})

describe('An account', () => {
  it('is shown by the token that speaks for it, and by no other', async () => {
    const { accountId } = instagram.account
    const shows = async (sender: Sender, body: object) => {
      server.answer = () => ({ body })
      return messenger.showsAccount?.(sender)
    }
    expect(await shows(instagram, { user_id: accountId, id: '2' })).toEqual({ kind: 'shown' })
    expect(await shows(instagram, { data: [{ user_id: accountId }] })).toEqual({ kind: 'shown' })
    // The app-scoped id is not the account's.
    expect(await shows(instagram, { user_id: '2', id: accountId })).toEqual({ kind: 'another', accountId: '2' })
    expect(await shows(instagram, { user_id: '2', id: '3' })).toEqual({ kind: 'another' })
    const page = { id: accountId, instagram_business_account: { id: facebook.account.accountId } }
    expect(await shows(facebook, page)).toEqual({ kind: 'shown' })
    expect(await shows(facebook, { id: facebook.account.accountId })).toEqual({ kind: 'another' })
    // Nor is that of its Page.
    const other = { id: facebook.account.accountId, instagram_business_account: { id: '2' } }
    expect(await shows(facebook, other)).toEqual({ kind: 'another', accountId: '2' })
    server.answer = () => ({ status: 401, body: sample<{ body: unknown }>('error-190-invalid.json').body })
    expect(await messenger.showsAccount?.(instagram)).toMatchObject({ kind: 'authorization-lost' })
  })
})

describe('Tokens, texts and addresses', () => {
  const leaks = (value: unknown): boolean =>
    [JSON.stringify(value) ?? '', inspect(value, { depth: 20, showHidden: true })].some((it) =>
      [TOKEN, TEXT, 'access_token', 'Bearer', server.url].some((secret) => it.includes(secret)),
    )

  it('are in no result, whatever fails', async () => {
    const answers: readonly GraphServer['answer'][] = [
      () => ({ status: 400, body: { error: { code: 100, message: `${TEXT} ${TOKEN}`, error_user_msg: TEXT } } }),
      () => ({ status: 500, text: `<html>${TOKEN} ${TEXT}</html>` }),
      () => ({ body: { error: TEXT, token: TOKEN } }),
      (_, response) => void response.destroy(),
    ]
    for (const answer of answers) {
      server.answer = answer
      const results = await Promise.all([
        messenger.send(facebook, message()),
        messenger.react(instagram, { customerId: CUSTOMER, mid: 'm', action: 'react' }),
        messenger.profile(facebook, CUSTOMER),
        messenger.history(instagram, CUSTOMER),
      ])
      expect(leaks(results)).toBe(false)
    }
  })

  it('are in no result when fetch itself throws them', async () => {
    const throwing = messengerOf({
      fetch: (input) => Promise.reject(new TypeError(`${JSON.stringify(input)} ${TEXT} ${TOKEN}`)),
    })
    const result = await throwing.send(facebook, message())
    expect(result).toEqual({ kind: 'outcome-unknown' })
  })

  it('are in no result when the token can be sent in no header', async () => {
    const results = await Promise.all(
      [`${TOKEN}\n`, '', 'ä'].map((token) => messenger.send({ ...instagram, token }, message())),
    )
    expect(results).toEqual(
      results.map(() => ({ kind: 'authorization-lost', code: 'malformed-token', about: 'token' })),
    )
    expect(server.received).toEqual([])
  })
})

describe('The options of the messenger', () => {
  it.each([
    ['version', { version: '25' }],
    ['hosts.facebook', { hosts: { facebook: 'graph.facebook.com' } }],
    ['hosts.instagram', { hosts: { instagram: 'https://x/?access_token=very-secret' } }],
    ['timeoutMs', { timeoutMs: -1 }],
    ['maxWaitMs', { maxWaitMs: Number.NaN }],
    ['share', { share: 0 }],
    ['share', { share: 1.1 }],
  ])('are refused by the name of %s, without the value', (option, options) => {
    const refuse = () => metaMessenger(options)
    expect(refuse).toThrow(InvalidMetaOption)
    expect(refuse).toThrow(expect.objectContaining({ option }))
    expect(refuse).not.toThrow(/very-secret/)
  })
})
