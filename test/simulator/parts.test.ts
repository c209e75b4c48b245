import { describe, expect, it } from 'vitest'
import { reactionName } from '../../src/simulator/customer.ts'
import * as bodies from '../../src/simulator/event-bodies.ts'
import { fieldsOf, select } from '../../src/simulator/fields.ts'
import type { GraphRefusal } from '../../src/simulator/graph-error.ts'
import { asList, asObject, asString, type JsonObject } from '../../src/simulator/json.ts'
import { readContent } from '../../src/simulator/message-content.ts'
import { page } from '../../src/simulator/paging.ts'
import { publishedLimits, rateMeter, usageHeaders } from '../../src/simulator/rate-limit.ts'
import { replyWindowAt } from '../../src/simulator/reply-window.ts'
import { countEvents, envelope, type WebhookEvent } from '../../src/simulator/webhook-event.ts'
import { signature1, signature256, signedRequest, toWire } from '../../src/simulator/wire.ts'
import type { Message } from '../../src/simulator/world.ts'
import { DAY, HOUR } from './harness.ts'

const MESSAGE: Message = {
  mid: 'm1',
  accountId: 'a',
  customerId: 'c',
  from: 'customer',
  via: 'app',
  timestamp: 7,
  edits: 0,
  reactions: {},
}
const FROM_CUSTOMER = { sender: { id: 'c' }, recipient: { id: 'a' }, timestamp: 7 }
const FROM_BUSINESS = { sender: { id: 'a' }, recipient: { id: 'c' }, timestamp: 7 }
const ours: Message = { ...MESSAGE, from: 'business', via: 'api' }

describe('the bodies of events', () => {
  it.each<readonly [string, JsonObject, JsonObject]>([
    ['an empty message', bodies.messageBody(MESSAGE, false), { ...FROM_CUSTOMER, message: { mid: 'm1' } }],
    [
      'a message with all that there is',
      bodies.messageBody(
        {
          ...MESSAGE,
          text: 'hi',
          attachments: [{ type: 'image', payload: { url: 'u' } }, { type: 'like_heart' }],
          quickReply: 'YES',
          replyTo: 'm0',
          referral: { ref: 'spring' },
          unsupported: true,
        },
        true,
      ),
      {
        ...FROM_CUSTOMER,
        message: {
          mid: 'm1',
          text: 'hi',
          attachments: [{ type: 'image', payload: { url: 'u' } }, { type: 'like_heart' }],
          quick_reply: { payload: 'YES' },
          reply_to: { mid: 'm0', is_self_reply: true },
          referral: { ref: 'spring' },
          is_unsupported: true,
        },
      },
    ],
    [
      'a reply to the business',
      bodies.messageBody({ ...MESSAGE, replyTo: 'm0' }, false),
      { ...FROM_CUSTOMER, message: { mid: 'm1', reply_to: { mid: 'm0' } } },
    ],
    [
      'a reply to a story',
      bodies.messageBody({ ...MESSAGE, story: { id: '1' } }, false),
      { ...FROM_CUSTOMER, message: { mid: 'm1', reply_to: { story: { id: '1' } } } },
    ],
    ['an echo', bodies.messageBody(ours, false), { ...FROM_BUSINESS, message: { mid: 'm1', is_echo: true } }],
    ['an unsend', bodies.unsendBody(MESSAGE, 7), { ...FROM_CUSTOMER, message: { mid: 'm1', is_deleted: true } }],
    [
      'an unsend of the business',
      bodies.unsendBody(ours, 7),
      { ...FROM_BUSINESS, message: { mid: 'm1', is_echo: true, is_deleted: true } },
    ],
    [
      'an odd edit, numbered as text',
      bodies.editBody({ ...MESSAGE, text: 'new', edits: 3 }, 7),
      { ...FROM_CUSTOMER, message_edit: { mid: 'm1', text: 'new', num_edit: '3' } },
    ],
    [
      'an even edit of nothing, numbered as a number',
      bodies.editBody({ ...MESSAGE, edits: 2 }, 7),
      { ...FROM_CUSTOMER, message_edit: { mid: 'm1', text: '', num_edit: 2 } },
    ],
    [
      'a reaction',
      bodies.reactionBody(ours, { reaction: 'love', emoji: 'x' }, 7),
      { ...FROM_CUSTOMER, reaction: { mid: 'm1', action: 'react', reaction: 'love', emoji: 'x' } },
    ],
    [
      'a reaction taken back',
      bodies.reactionBody(ours, undefined, 7),
      { ...FROM_CUSTOMER, reaction: { mid: 'm1', action: 'unreact' } },
    ],
    ['a seen mark', bodies.seenBody(ours, 7), { ...FROM_CUSTOMER, read: { mid: 'm1' } }],
    [
      'a postback',
      bodies.postbackBody(MESSAGE, { mid: 'm1', title: 'Help', payload: 'HELP' }, 7),
      { ...FROM_CUSTOMER, postback: { mid: 'm1', title: 'Help', payload: 'HELP' } },
    ],
    [
      'a referral',
      bodies.referralBody(MESSAGE, 'spring', 7),
      { ...FROM_CUSTOMER, referral: { ref: 'spring', source: 'SHORTLINKS', type: 'OPEN_THREAD' } },
    ],
    [
      'a change of control',
      bodies.threadControlBody(MESSAGE, 'take', { metadata: 'x' }, 7),
      { ...FROM_CUSTOMER, take_thread_control: { metadata: 'x' } },
    ],
    [
      'an enforcement',
      bodies.policyBody('a', 'block', 'spam', 7),
      { recipient: { id: 'a' }, timestamp: 7, policy_enforcement: { action: 'block', reason: 'spam' } },
    ],
  ])('%s', (_, body, expected) => expect(body).toEqual(expected))

  it('stand in one entry for each run of one account and one list', () => {
    const event = (accountId: string, list: WebhookEvent['list'], n: number): WebhookEvent => ({
      eventId: `${n}`,
      accountId,
      kind: 'message',
      list,
      body: { n },
    })
    const events = [
      event('a', 'messaging', 1),
      event('a', 'messaging', 2),
      event('a', 'standby', 3),
      event('b', 'standby', 4),
      event('b', 'changes', 5),
      event('a', 'messaging', 6),
    ]
    const body = envelope(events, 1_999)
    expect(body).toEqual({
      object: 'instagram',
      entry: [
        { time: 1_999, id: 'a', messaging: [{ n: 1 }, { n: 2 }] },
        { time: 1_999, id: 'a', standby: [{ n: 3 }] },
        { time: 1_999, id: 'b', standby: [{ n: 4 }] },
        { time: 1, id: 'b', changes: [{ n: 5 }] },
        { time: 1_999, id: 'a', messaging: [{ n: 6 }] },
      ],
    })
    expect(countEvents(JSON.stringify(body))).toEqual({ a: 4, b: 2 })
  })

  it.each([
    ['no JSON', {}],
    ['{}', {}],
    ['{"entry":"x"}', {}],
    ['{"entry":[null,{"id":1,"messaging":[1]},{"id":"a"},{"id":"a","messaging":"x","standby":[1,2]}]}', { a: 2 }],
  ])('are counted in %s', (rawBody, counts) => expect(countEvents(rawBody)).toEqual(counts))
})

describe('the wire', () => {
  it('is compact ASCII with escaped slashes', () => {
    expect(toWire({ a: '/é\u007f\u0080😀' })).toBe('{"a":"\\/\\u00e9\u007f\\u0080\\ud83d\\ude00"}')
  })

  it('is signed in both ways, by text or bytes', () => {
    const bytes = new TextEncoder().encode('{}')
    for (const body of ['{}', bytes]) {
      expect(signature256(body, 'secret')).toBe(
        'sha256=77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13',
      )
      expect(signature1(body, 'secret')).toBe('sha1=5d61605c3feea9799210ddcb71307d4ba264225f')
    }
    const [mark, encoded] = signedRequest({ user_id: '1' }, 'secret').split('.')
    expect(JSON.parse(Buffer.from(encoded ?? '', 'base64url').toString())).toEqual({ user_id: '1' })
    expect(Buffer.from(mark ?? '', 'base64url').toString('hex')).toBe(signature256(encoded ?? '', 'secret').slice(7))
  })
})

describe('JSON values', () => {
  it('are what they are', () => {
    const values = [undefined, null, 'a', 1, true, [1], { a: 1 }]
    expect(values.map(asObject)).toEqual([...Array<undefined>(6).fill(undefined), { a: 1 }])
    expect(values.map(asList)).toEqual([...Array<undefined>(5).fill(undefined), [1], undefined])
    expect(values.map(asString)).toEqual([undefined, undefined, 'a', undefined, undefined, undefined, undefined])
  })
})

describe('what a message of a call may hold', () => {
  const refusal = (message: JsonObject) => {
    try {
      return readContent(message)
    } catch (error) {
      const { reason, detail } = error as GraphRefusal
      return detail === undefined ? reason : `${reason}: ${detail}`
    }
  }
  const attached = (type: string, payload?: JsonObject) =>
    refusal({ attachment: { type, ...(payload && { payload }) } })
  const linked = (type: string, url: string) => attached(type, { url })
  const image = { type: 'image', payload: { url: 'https://a.example/a.png' } }
  const titled = (length: number, count = 1) => Array.from({ length: count }, () => ({ title: 'x'.repeat(length) }))

  it.each<readonly [JsonObject, string]>([
    [{}, 'invalid-data: exactly one of text, attachment, attachments'],
    [{ text: 'a', attachments: [image] }, 'invalid-data: exactly one of text, attachment, attachments'],
    [{ attachment: image, attachments: [image] }, 'invalid-data: exactly one of text, attachment, attachments'],
    [{ text: 'a', reply_to: {} }, 'invalid-data: reply_to stands beside message'],
    [{ text: 1 }, 'invalid-data: empty text'],
    [{ text: '\n ' }, 'invalid-data: empty text'],
    [{ text: '\ud800' }, 'invalid-data: lone surrogate'],
    [{ text: 'é'.repeat(501) }, 'invalid-data: text over 1000 bytes'],
    [{ attachments: 'x' }, 'invalid-data: one to ten images'],
    [{ attachments: [] }, 'invalid-data: one to ten images'],
    [{ attachments: Array.from({ length: 11 }, () => image) }, 'invalid-data: one to ten images'],
    [{ attachments: [image, { type: 'like_heart' }] }, 'invalid-data: only images go together'],
    [{ attachment: image, quick_replies: titled(1) }, 'invalid-data: quick replies'],
    [{ text: 'a', quick_replies: 'x' }, 'invalid-data: quick replies'],
    [{ text: 'a', quick_replies: titled(1, 14) }, 'invalid-data: quick replies'],
    [{ text: 'a', quick_replies: titled(21) }, 'invalid-data: quick replies'],
    [{ text: 'a', quick_replies: [...titled(1), ...titled(21)] }, 'invalid-data: quick replies'],
    [{ attachment: 'x' }, 'invalid-data: attachment type '],
    [{ attachment: { type: 'gif' } }, 'invalid-data: attachment type gif'],
    [{ attachment: { type: 'MEDIA_SHARE' } }, 'invalid-data: MEDIA_SHARE without id'],
    [{ attachment: { type: 'image' } }, 'media-not-fetched'],
    [{ attachment: { type: 'template' } }, 'invalid-data: template'],
  ])('%j is refused', (message, expected) => expect(refusal(message)).toBe(expected))

  it.each<readonly [JsonObject, object]>([
    [{ text: 'é'.repeat(500) }, { text: 'é'.repeat(500) }],
    [{ text: 'a', quick_replies: titled(20, 13) }, { text: 'a' }],
    [{ text: 'a', quick_replies: [{}, 'x'] }, { text: 'a' }],
    [{ attachment: { type: 'like_heart' } }, { attachments: [{ type: 'like_heart' }] }],
    [
      { attachment: { type: 'MEDIA_SHARE', payload: { id: '7' } } },
      { attachments: [{ type: 'ig_post', payload: { ig_post_media_id: '7' } }] },
    ],
    [
      { attachment: { type: 'video', payload: { attachment_id: '7' } } },
      { attachments: [{ type: 'video', uploadId: '7' }] },
    ],
    [
      { attachments: [image, { ...image, payload: { ...image.payload, is_reusable: true } }] },
      {
        attachments: [
          { ...image, reusable: false },
          { ...image, reusable: true },
        ],
      },
    ],
    [
      { attachment: { ...image, payload: { ...image.payload, is_reusable: 'true' } } },
      { attachments: [{ ...image, reusable: true }] },
    ],
  ])('%j is taken', (message, expected) => expect(readContent(message)).toEqual(expected))

  it.each<readonly [string, string, boolean | string]>([
    ['image', 'https://a.example/a.png', true],
    ['image', 'https://a.example/a.JPG', true],
    ['image', 'https://a.example/a.jpeg', true],
    ['image', 'https://a.example/a.gif', true],
    ['image', 'https://a.example/a.mp4', 'media-type: mp4 as image'],
    ['image', 'https://a.example/a.webp', true],
    ['image', 'https://a.example/a.pdf/b', true],
    ['video', 'https://a.example/a.mp4', true],
    ['video', 'https://a.example/a.ogg', true],
    ['video', 'https://a.example/a.avi', true],
    ['video', 'https://a.example/a.mov', true],
    ['video', 'https://a.example/a.webm', true],
    ['video', 'https://a.example/a.aac', 'media-type: aac as video'],
    ['audio', 'https://a.example/a.aac', true],
    ['audio', 'https://a.example/a.m4a', true],
    ['audio', 'https://a.example/a.wav', true],
    ['audio', 'https://a.example/a.mp4', true],
    ['audio', 'https://a.example/a.ogg', 'media-type: ogg as audio'],
    ['file', 'https://a.example/a.pdf', true],
    ['file', 'https://a.example/a.png', 'media-type: png as file'],
    ['image', 'http://localhost:3000/a.png', true],
    ['image', 'http://127.0.0.1/a.png', true],
    ['image', 'http://[::1]/a.png', true],
    ['image', 'http://a.example/a.png', 'media-not-fetched'],
    ['image', 'ftp://localhost/a.png', 'media-not-fetched'],
    ['image', 'nonsense', 'media-not-fetched'],
  ])('%s under %s', (type, url, expected) => {
    expect(linked(type, url)).toEqual(
      expected === true ? { attachments: [{ type, payload: { url }, reusable: false }] } : expected,
    )
  })

  it.each<readonly [JsonObject, JsonObject | undefined]>([
    [{ template_type: 'generic', elements: [{ title: 'a' }] }, { elements: [{ title: 'a' }] }],
    [
      { template_type: 'generic', elements: Array.from({ length: 10 }, () => ({})) },
      { elements: Array.from({ length: 10 }, () => ({})) },
    ],
    [{ template_type: 'generic', elements: Array.from({ length: 11 }, () => ({})) }, undefined],
    [{ template_type: 'generic' }, undefined],
    [
      { template_type: 'button', text: '😀'.repeat(640), buttons: [{}, {}, {}] },
      { elements: [{ title: '😀'.repeat(640), buttons: [{}, {}, {}] }] },
    ],
    [{ template_type: 'button', text: 'a' }, { elements: [{ title: 'a', buttons: [] }] }],
    [{ template_type: 'button', text: 'x'.repeat(641) }, undefined],
    [{ template_type: 'button', text: 'a', buttons: [{}, {}, {}, {}] }, undefined],
    [{ template_type: 'button' }, undefined],
    [{ template_type: 'media', text: 'a' }, undefined],
  ])('the template %j', (payload, generic) => {
    const expected = generic && { attachments: [{ type: 'template', payload: { generic } }] }
    const about = attached('template', payload)
    if (expected === undefined) expect(about).toMatch(/^invalid-data: (template|one to ten elements)$/)
    else expect(about).toEqual(expected)
  })
})

describe('fields of a call', () => {
  const tree = (text: string | undefined): unknown => JSON.parse(JSON.stringify(plain(fieldsOf(text)) ?? null))
  const plain = (fields: ReturnType<typeof fieldsOf>): object | undefined =>
    fields &&
    Object.fromEntries(
      [...fields].map(([name, { fields: inner, ...rest }]) => [
        name,
        { ...rest, ...(inner && { fields: plain(inner) }) },
      ]),
    )

  it.each([
    [undefined, null],
    [' ', null],
    ['id', { id: {} }],
    ['id, name', { id: {}, name: {} }],
    [',id,', { id: {} }],
    ['messages.limit(5)', { messages: { limit: 5 } }],
    [
      'id,messages.limit(5){id,from{id}},name',
      {
        id: {},
        messages: { limit: 5, text: 'id,from{id}', fields: { id: {}, from: { text: 'id', fields: { id: {} } } } },
        name: {},
      },
    ],
  ])('%s are a tree', (text, expected) => expect(tree(text)).toEqual(expected))

  it('choose members, the id always, and fail as a whole for one that is foreign', () => {
    const record = { id: '1', name: 'a', empty: undefined, other: 2 }
    const fields = fieldsOf('name,empty')
    if (fields === undefined) throw new Error('no fields')
    expect(Object.keys(select(record, fields))).toEqual(['id', 'name'])
    expect(select(record, fields, ['name', 'empty'])).toEqual({ id: '1', name: 'a' })
    expect(() => select(record, fields, ['name'])).toThrow('Tried accessing nonexisting field (empty)')
  })
})

describe('pages of a list', () => {
  const rows = Array.from({ length: 120 }, (_, n) => ({ n }))
  const read = (params: JsonObject, nested?: Parameters<typeof page>[2]) => {
    const call = { url: new URL('https://graph.example/v25.0/x?fields=a'), params } as Parameters<typeof page>[0]
    const { data, paging } = page(call, rows, nested) as {
      data: readonly { n: number }[]
      paging?: { cursors: { after: string }; next: string }
    }
    return { from: data[0]?.n, count: data.length, paging }
  }

  it.each<readonly [JsonObject, number | undefined, number]>([
    [{}, 0, 25],
    [{ limit: '7' }, 0, 7],
    [{ limit: '500' }, 0, 100],
    [{ limit: '0' }, 0, 25],
    [{ limit: '1.5' }, 0, 25],
    [{ limit: 'x' }, 0, 25],
    [{ after: 'Zrubbish' }, 0, 25],
    [{ after: `Z${Buffer.from('-3').toString('base64url')}` }, 0, 25],
    [{ after: `Z${Buffer.from('110').toString('base64url')}` }, 110, 10],
    [{ after: `Z${Buffer.from('120').toString('base64url')}` }, undefined, 0],
  ])('%j', (params, from, count) => expect(read(params)).toMatchObject({ from, count }))

  it('name the next one while more follows', () => {
    const { paging } = read({ limit: '40' })
    const next = new URL(paging?.next ?? '')
    expect(paging?.cursors.after).toBe(`Z${Buffer.from('40').toString('base64url')}`)
    expect([next.pathname, Object.fromEntries(next.searchParams)]).toEqual([
      '/v25.0/x',
      { fields: 'a', after: paging?.cursors.after, limit: '40' },
    ])
    const last = `Z${Buffer.from('80').toString('base64url')}`
    expect(read({ limit: '40', after: last }).paging).toBe(undefined)
    expect(read({ limit: '39', after: last }).paging).toBeDefined()
  })

  it('are read from the edge where the list stood inside of a record', () => {
    const next = (nested: Parameters<typeof page>[2]) => {
      const { pathname, searchParams } = new URL(read({}, nested).paging?.next ?? '')
      return [pathname, searchParams.get('fields'), searchParams.get('limit')]
    }
    expect(next({ edge: 'messages', limit: 5, text: 'id,from' })).toEqual(['/v25.0/x/messages', 'id,from', '5'])
    expect(next({ edge: 'messages' })).toEqual(['/v25.0/x/messages', null, '25'])
  })
})

describe('rates', () => {
  it('are the published ones', () => {
    expect(publishedLimits('facebook-login')).toEqual({ text: 300, media: 10, conversations: 2 })
    expect(publishedLimits('instagram-login')).toEqual({ text: 100, media: 10, conversations: 2 })
  })

  it('count the calls of the last second, of each key alone', () => {
    let now = 0
    const meter = rateMeter({ monotonic: () => now } as Parameters<typeof rateMeter>[0])
    expect([meter.fill('a', 2), meter.fill('a', 2), meter.fill('a', 2), meter.fill('b', 2)]).toEqual([0.5, 1, 1.5, 0.5])
    now = 999
    expect(meter.fill('a', 2)).toBe(2)
    now = 1_000
    expect(meter.fill('a', 2)).toBe(1)
  })

  it.each([
    [0.74, 'facebook-login', undefined],
    [0.75, 'facebook-login', ['messenger', 75, 0, 28]],
    [1, 'instagram-login', ['instagram', 100, 0, 28]],
    [1.01, 'instagram-login', ['instagram', 100, 1, 28]],
  ] as const)('at %d of the limit tell the %s account how full it is', (fill, flavour, expected) => {
    const headers = usageHeaders('a', flavour, fill)
    if (expected === undefined) return expect(headers).toEqual({})
    const [type, percent, regain, app] = expected
    const rest = { total_cputime: 25, total_time: 25 }
    expect(
      Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, JSON.parse(text) as unknown])),
    ).toEqual({
      'x-business-use-case-usage': {
        a: [{ type, call_count: percent, ...rest, estimated_time_to_regain_access: regain }],
      },
      'x-app-usage': { call_count: app, ...rest },
    })
  })
})

describe('the window', () => {
  it.each([
    [undefined, 'never-opened'],
    [0, 'standard'],
    [24 * HOUR - 1, 'standard'],
    [24 * HOUR, 'human-agent'],
    [7 * DAY - 1, 'human-agent'],
    [7 * DAY, 'expired'],
  ] as const)('%s ms after it was opened is %s', (age, window) => {
    expect(replyWindowAt(age === undefined ? undefined : 1, 1 + (age ?? 0))).toBe(window)
  })

  it('may be opened by reactions, each with Meta’s name', () => {
    expect(['❤️', '❤', '👍', '🎉'].map(reactionName)).toEqual(['love', 'love', 'like', 'other'])
  })
})
