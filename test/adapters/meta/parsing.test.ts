import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { metaPlatform } from '../../../src/adapters/meta/index.ts'
import type { Incoming, ParsedEvent } from '../../../src/application/ports/platform.ts'
import { bytes, sample, sampleFiles } from './samples.ts'
import { holds, tells } from '../../holds.ts'

const ACCOUNT = '17841499000000001'
const CUSTOMER = '900000000000001'
const AT = 1_788_858_000_000
const { parse } = metaPlatform({ appSecrets: ['secret'], verifyToken: 'token' })

const sender = { id: CUSTOMER }
const recipient = { id: ACCOUNT }
const from = (member: object, more: object = {}) => ({ sender, recipient, timestamp: AT, ...member, ...more })
const echoOf = (member: object) => ({ sender: recipient, recipient: sender, timestamp: AT, ...member })
const message = (members: object) => from({ message: { mid: 'm1', ...members } })
const envelope = (entry: object) => ({ object: 'instagram', entry: [{ id: ACCOUNT, time: AT, ...entry }] })

const only = (events: readonly ParsedEvent[]): ParsedEvent => {
  expect(events).toHaveLength(1)
  return events[0] as ParsedEvent
}
const parseEvent = (event: unknown): ParsedEvent => only(parse(bytes(envelope({ messaging: [event] }))))
const incoming = (event: unknown): Incoming => {
  const parsed = parseEvent(event)
  if (parsed.outcome !== 'read') throw new Error(`${parsed.outcome}: ${parsed.reason}`)
  return parsed.incoming
}
const contentOf = (event: unknown) => {
  const read = incoming(event)
  if (read.kind !== 'message' && read.kind !== 'echo') throw new Error(read.kind)
  return read.content
}
const attachment = (type: string, payload?: object) => ({ type, ...(payload && { payload }) })
const ends = ({ outcome, ...event }: ParsedEvent): string =>
  'reason' in event ? `${outcome} ${event.reason}` : outcome

describe('What a customer was offered to tap', () => {
  const track = { title: 'Track', url: 'https://shop.example/t' }
  const later = { title: 'Later', payload: 'LATER' }

  it('is kept of a generic template, element by element', () => {
    const elements = [
      {
        title: 'One',
        buttons: [
          { type: 'web_url', ...track },
          { type: 'postback', ...later },
        ],
      },
      { title: 'Two', buttons: [{}, null, 7] },
    ]
    for (const payload of [{ generic: { elements } }, { template_type: 'generic', elements }]) {
      const { attachments } = contentOf(
        echoOf({ message: { mid: 'm1', attachments: [attachment('template', payload)] } }),
      )
      expect(attachments).toEqual([
        { kind: 'template', title: 'One', buttons: [track, later] },
        { kind: 'template', title: 'Two' },
      ])
    }
  })

  it('is kept of a button template', () => {
    for (const payload of [
      { template_type: 'button', text: 'Shall we?', buttons: [{ type: 'postback', ...later }] },
      { button: { text: 'Shall we?', buttons: [{ type: 'postback', ...later }] } },
      { generic: { text: 'Shall we?', buttons: [{ type: 'postback', ...later }] } },
    ]) {
      const { attachments } = contentOf(
        echoOf({ message: { mid: 'm1', attachments: [attachment('template', payload)] } }),
      )
      expect(attachments).toEqual([{ kind: 'template', title: 'Shall we?', buttons: [later] }])
    }
  })

  it('is kept of quick replies beside a text', () => {
    const quick_replies = [
      { content_type: 'text', ...later },
      { content_type: 'user_phone_number' },
      'rubbish',
      ...Array.from({ length: 30 }, () => ({ content_type: 'text', title: 'x' })),
    ]
    const { text, quickReplies } = contentOf(echoOf({ message: { mid: 'm1', text: 'Shall we?', quick_replies } }))
    expect(text).toBe('Shall we?')
    expect(quickReplies?.slice(0, 3)).toEqual([later, { title: 'user_phone_number' }, { title: 'x' }])
    expect(quickReplies?.length).toBeLessThan(21)
    expect(contentOf(echoOf({ message: { mid: 'm1', text: 'x', quick_replies: 'rubbish' } }))).not.toHaveProperty(
      'quickReplies',
    )
  })
})

describe('The direction of an event', () => {
  it('is told from the account id: what the account sent is an echo, whatever the flags say', () => {
    expect(incoming(message({ text: 'hi' }))).toMatchObject({ kind: 'message', customerId: CUSTOMER, key: 'm1' })
    expect(incoming(echoOf({ message: { mid: 'm1', text: 'hi' } }))).toMatchObject({
      kind: 'echo',
      customerId: CUSTOMER,
      mid: 'm1',
    })
  })

  it('is not guessed when the flag says echo and the account is the recipient', () => {
    expect(ends(parseEvent(message({ text: 'hi', is_echo: true })))).toBe('quarantined unreadable-member')
  })

  it('does not depend on the order of members', () => {
    const turned = { message: { text: 'hi', mid: 'm1' }, timestamp: AT, recipient, sender }
    expect(incoming(turned)).toEqual(incoming(message({ text: 'hi' })))
  })

  it('quarantines an event between two others, and ignores the account talking to itself', () => {
    const others = { sender, recipient: { id: '1' }, timestamp: AT, message: { mid: 'm1', text: 'hi' } }
    expect(ends(parseEvent(others))).toBe('quarantined account-not-a-party')
    expect(ends(parseEvent({ ...others, sender: recipient, recipient }))).toBe('ignored self')
    expect(ends(parseEvent(from({ message: { mid: 'm1', text: 'hi', is_self: true } })))).toBe('ignored self')
  })

  it.each([
    { sender: undefined },
    { recipient: undefined },
    { sender: {} },
    { sender: { id: '' } },
    { sender: { id: null } },
  ])('quarantines a message with %j', (parties) => {
    expect(ends(parseEvent({ ...message({ text: 'hi' }), ...parties }))).toBe('quarantined unreadable-member')
  })
})

describe('Time', () => {
  it.each([
    [1_788_858_000_000, AT],
    ['1788858000000', AT],
    [1_788_858_000, AT],
    ['1788858000', AT],
    [1_788_858_000.5, 1_788_858_000_500],
    [99_999_999_999, 99_999_999_999_000],
    [100_000_000_000, 100_000_000_000],
  ])('of %j is read as %d', (timestamp, metaAt) => {
    expect(incoming({ ...message({ text: 'hi' }), timestamp })).toMatchObject({ metaAt })
  })

  it.each([undefined, null, '', 'now', '2026-09-08', -1, 0, 1e17, '99999999999999999', true, {}, []])(
    'of %j cannot be read',
    (timestamp) => {
      expect(ends(parseEvent({ ...message({ text: 'hi' }), timestamp }))).toBe('quarantined unreadable-member')
    },
  )
})

describe('Ids', () => {
  it('that are JSON numbers above 2^53 are kept exactly', () => {
    const body =
      `{"object":"instagram","entry":[{"id":17841499000000001,"time":${AT},"messaging":[{"sender":{"id":90071992547409931},` +
      `"recipient":{"id":17841499000000001},"timestamp":${AT},"message":{"mid":"m1","text":"hi",` +
      `"referral":{"ad_id": 120200000000000033}}}]}]}`
    expect(only(parse(bytes(body)))).toMatchObject({
      accountId: ACCOUNT,
      incoming: { customerId: '90071992547409931', content: { referral: { adId: '120200000000000033' } } },
    })
  })

  it('that are small JSON numbers are text as well', () => {
    expect(incoming({ ...message({ text: 'hi' }), sender: { id: 42 } })).toMatchObject({ customerId: '42' })
  })

  it('inside of texts are left alone', () => {
    const number = ': 12345678901234567890, '
    for (const before of ['my order', '"', '\\', '\\"', '"\\', '\n"', '{"a":1}']) {
      const text = `${before}${number}{"a"${number}1}`
      expect(contentOf(message({ text, quick_reply: { payload: number } }))).toMatchObject({ text, payload: number })
    }
  })
})

describe('Text', () => {
  it('keeps NUL, lone surrogates and everything else as it came', () => {
    for (const text of ['a\0b', '\ud800', 'x\udc00y', '\u{1f44b}\u{1f3fd}', '\u2028', '  \n ']) {
      expect(contentOf(message({ text })).text).toBe(text)
      const parsed = parseEvent(message({ text }))
      expect(parsed.outcome === 'read' && only(parse(bytes(parsed.raw())))).toMatchObject({
        incoming: { content: { text } },
      })
    }
  })

  it('is read from escapes in the way Meta sends them', () => {
    const body = JSON.stringify(envelope({ messaging: [message({ text: 'C' })] })).replace(
      '"C"',
      '"C\\u00f3r\\/\\ud83d\\udc4b"',
    )
    expect(only(parse(bytes(body)))).toMatchObject({ incoming: { content: { text: 'Cór/👋' } } })
  })

  it.each([5, true, {}, []])('of the type of %j quarantines the message', (text) => {
    expect(ends(parseEvent(message({ text })))).toBe('quarantined unreadable-member')
  })
})

describe('A message', () => {
  it('without a mid is quarantined', () => {
    expect(ends(parseEvent(from({ message: { text: 'hi' } })))).toBe('quarantined unreadable-member')
  })

  it('of an unknown content is kept as it came', () => {
    const poll = { mid: 'm1', poll: { question: 'red?' } }
    expect(contentOf(from({ message: poll }))).toEqual({ kind: 'unknown', attachments: [], raw: JSON.stringify(poll) })
  })

  it('is marked as standby by the array it came in', () => {
    const event = message({ text: 'hi' })
    expect(only(parse(bytes(envelope({ standby: [event] }))))).toMatchObject({ incoming: { standby: true } })
    expect(incoming(event)).toMatchObject({ standby: false })
  })

  it('names the quoted message, the answered story and where the customer came from', () => {
    expect(contentOf(message({ text: 'x', reply_to: { mid: 'm0' } }))).toMatchObject({ kind: 'text', replyToMid: 'm0' })
    expect(contentOf(message({ text: 'x', reply_to: { story: {} } }))).toMatchObject({ kind: 'story-reply', story: {} })
    expect(contentOf(message({ text: 'x', reply_to: { story: { id: 7 } } })).story).toEqual({ id: '7' })
    const referral = { source: 'ADS', ad_id: 5, ads_context_data: { ad_title: 'A', video_url: 'https://v' } }
    expect(contentOf(message({ text: 'x', referral })).referral).toEqual({
      source: 'ADS',
      adId: '5',
      adTitle: 'A',
      mediaUrl: 'https://v',
    })
    expect(contentOf({ ...message({ text: 'x' }), referral: { ref: 'r' } }).referral).toEqual({ ref: 'r' })
  })

  it('that is taken back says by whom', () => {
    expect(incoming(message({ is_deleted: true }))).toMatchObject({ kind: 'unsend', by: 'customer', mid: 'm1' })
    expect(incoming(echoOf({ message: { mid: 'm1', is_deleted: true } }))).toMatchObject({
      kind: 'unsend',
      by: 'business',
    })
  })
})

describe('Attachments', () => {
  it.each([
    [attachment('image', { url: 'u' }), { kind: 'image', url: 'u' }],
    [attachment('ig_story', { story_media_id: '1', story_media_url: 'u' }), { kind: 'story', url: 'u', mediaId: '1' }],
    [
      attachment('ig_reel', { reel_video_id: 9, url: 'u', title: 't' }),
      { kind: 'reel', url: 'u', title: 't', mediaId: '9' },
    ],
    [attachment('ig_post', { id: '3', url: 'u' }), { kind: 'post', url: 'u', mediaId: '3' }],
    [attachment('like_heart'), { kind: 'like' }],
    [attachment('ephemeral'), { kind: 'view-once' }],
    [attachment('image', { url: 'u', sticker_id: 5 }), { kind: 'sticker', url: 'u', mediaId: '5' }],
    [attachment('hologram', { url: 'u' }), { kind: 'unknown', type: 'hologram', url: 'u' }],
    [attachment('image', { url: 5 }), { kind: 'image' }],
    [{ payload: { url: 'u' } }, { kind: 'unknown', url: 'u' }],
    [null, { kind: 'unknown' }],
    ['image', { kind: 'unknown' }],
  ])('%j are read as %j', (given, expected) => {
    expect(contentOf(message({ attachments: [given] })).attachments).toEqual([expected])
  })

  it('of an unknown kind keep the whole message as it came', () => {
    const list = [attachment('image', { url: 'u' }), attachment('hologram', { depth: 3 })]
    const content = contentOf(message({ attachments: list }))
    expect(content.kind).toBe('image')
    expect(JSON.parse(content.raw ?? '')).toEqual({ mid: 'm1', attachments: list })
    expect(contentOf(message({ attachments: [list[0]] })).raw).toBeUndefined()
  })

  it.each(['video', 'audio', 'ephemeral'])('of an unknown kind keep no link of %s beside them', (type) => {
    const list = [attachment('hologram', { depth: 3 }), attachment(type, { url: 'https://cdn/v' })]
    expect(JSON.parse(contentOf(message({ attachments: list })).raw ?? '')).toEqual({
      mid: 'm1',
      attachments: [list[0], { type }],
    })
  })

  it('are read again from what was kept, as what came would be read now', () => {
    const { readAgain } = metaPlatform({ appSecrets: ['0123456789abcdef0123456789abcdef'], verifyToken: 'v' })
    const known = { text: 'look', attachments: [attachment('image', { url: 'u' })] }
    expect(readAgain(JSON.stringify(known))).toEqual(contentOf(message(known)))
    const unknown = contentOf(message({ attachments: [attachment('hologram', { id: 1 })] }))
    expect(readAgain(unknown.raw ?? '')).toEqual(unknown)
    for (const raw of ['', 'null', '[]', '{', '{"text":1}', '{"attachments":7}']) expect(readAgain(raw)).toBeUndefined()
  })

  it.each([
    ['a post', [attachment('share', { url: 'u' }), attachment('ig_post', { url: 'u', id: '1' })], 'post'],
    ['a post, the new form first', [attachment('ig_post', { url: 'u' }), attachment('share', { url: 'u' })], 'post'],
    [
      'a post with other links',
      [
        attachment('share', { ig_post_media_id: '1', url: 'u' }),
        attachment('ig_post', { ig_post_media_id: '1', url: 'v' }),
      ],
      'post',
    ],
    ['a sticker', [attachment('image', { url: 'u' }), attachment('sticker', { url: 'u', sticker_id: 1 })], 'sticker'],
    [
      'a sticker by its id',
      [attachment('image', { url: 'u', sticker_id: 1 }), attachment('sticker', { url: 'v', sticker_id: 1 })],
      'sticker',
    ],
  ])('that name %s twice are one', (_, list, kind) => {
    expect(contentOf(message({ attachments: list })).attachments).toEqual([expect.objectContaining({ kind })])
  })

  it('that are different things stay apart', () => {
    const list = [
      attachment('share', { url: 'u' }),
      attachment('ig_post', { url: 'v' }),
      attachment('image', { url: 'u' }),
      attachment('image', { url: 'u' }),
    ]
    expect(contentOf(message({ attachments: list })).attachments).toHaveLength(4)
  })

  it('that are no list quarantine the message', () => {
    expect(ends(parseEvent(message({ attachments: { type: 'image' } })))).toBe('quarantined unreadable-member')
    expect(ends(parseEvent(message({ attachments: null, text: 'hi' })))).toBe('read')
  })
})

describe('Edits', () => {
  const edit = (members: object) => from({ message_edit: { mid: 'm1', text: 'new', num_edit: 1, ...members } })
  it('carry the newest text and their number, printed either way', () => {
    expect(incoming(edit({ num_edit: '3' }))).toMatchObject({ kind: 'edit', mid: 'm1', text: 'new', numEdit: 3 })
  })
  it('of number zero are ignored, with or without text and parties', () => {
    expect(ends(parseEvent(edit({ num_edit: 0 })))).toBe('ignored edit-zero')
    expect(ends(parseEvent({ timestamp: AT, message_edit: { mid: 'm1', num_edit: '0' } }))).toBe('ignored edit-zero')
  })
  it.each([undefined, null, ''])('with the text %j are ignored', (text) => {
    expect(ends(parseEvent(edit({ text })))).toBe('ignored edit-without-text')
  })
  it.each([
    { mid: undefined },
    { num_edit: undefined },
    { num_edit: 'x' },
    { num_edit: -1 },
    { num_edit: 1.5 },
    { text: 5 },
  ])('with %j are quarantined', (members) => {
    expect(ends(parseEvent(edit(members)))).toBe('quarantined unreadable-member')
  })
})

describe('Reactions and receipts', () => {
  const reaction = (members: object) => ({ reaction: { mid: 'm1', action: 'react', ...members } })
  it('say who, what and on which message', () => {
    expect(incoming(from(reaction({ emoji: '\\u{2764}\\u{FE0F}' })))).toMatchObject({ by: 'customer', emoji: '❤️' })
    expect(incoming(echoOf(reaction({ reaction: 'love' })))).toMatchObject({ by: 'business', reaction: 'love' })
    const undone = incoming(from(reaction({ action: 'unreact', reaction: null, emoji: null })))
    expect(undone).toMatchObject({ action: 'unreact' })
    expect(Object.keys(undone)).not.toContain('emoji')
  })
  it('are quarantined without a message or with an unknown action', () => {
    expect(ends(parseEvent(from(reaction({ mid: null }))))).toBe('quarantined unreadable-member')
    expect(ends(parseEvent(from(reaction({ action: 'wave' }))))).toBe('quarantined unreadable-member')
    expect(ends(parseEvent(from({ read: { watermark: AT } })))).toBe('quarantined unreadable-member')
  })
  it('of the account having read are ignored', () => {
    expect(ends(parseEvent(echoOf({ read: { mid: 'm1' } })))).toBe('ignored self')
  })
})

describe('Keys where Meta gives no id', () => {
  const keyOf = (event: unknown) => {
    const read = incoming(event)
    return 'key' in read ? read.key : undefined
  }
  const tap = (members: object, more: object = {}) =>
    from({ postback: { title: 'Hours', payload: 'HOURS', ...members } }, more)
  it('are the same for every delivery and differ by sender, time and content', () => {
    expect(keyOf(tap({}))).toBe(keyOf(tap({})))
    const others = [
      tap({ payload: 'X' }),
      tap({ title: 'X' }),
      tap({}, { timestamp: AT + 1 }),
      tap({}, { sender: { id: '2' } }),
    ]
    expect(new Set([tap({}), ...others].map(keyOf)).size).toBe(5)
  })
  it('are the mid where there is one', () => {
    expect(keyOf(tap({ mid: 'm9' }))).toBe('m9')
  })
  it('hold nothing of the content', () => {
    expect(keyOf(tap({ payload: 'PERSONAL' }))).not.toContain('PERSONAL')
    expect(keyOf(from({ referral: { ref: 'PERSONAL' } }))).not.toContain('PERSONAL')
  })
})

describe('What concerns the account', () => {
  it.each(['policy_enforcement', 'policy-enforcement'])('comes as %s without a sender', (name) => {
    const event = { recipient, timestamp: AT, [name]: { action: 'block' } }
    expect(incoming(event)).toMatchObject({ kind: 'policy', accountId: ACCOUNT, action: 'block' })
    expect(ends(parseEvent({ ...event, recipient: sender }))).toBe('quarantined account-not-a-party')
    expect(ends(parseEvent({ ...event, [name]: {} }))).toBe('quarantined unreadable-member')
  })
})

describe('Members of an event', () => {
  it('that nobody knows are passed over beside a known one, and wait alone', () => {
    expect(ends(parseEvent({ ...message({ text: 'hi' }), message_context: {} }))).toBe('read')
    expect(parseEvent(from({ message_context: {} }))).toMatchObject({
      reason: 'unknown-member',
      detail: 'message_context',
    })
  })
  it('that are null are absent', () => {
    expect(ends(parseEvent(from({ message: null })))).toBe('ignored bare-event')
    expect(ends(parseEvent({ ...message({ text: 'hi' }), read: null }))).toBe('read')
  })
  it('that are several lose none: the event waits', () => {
    expect(ends(parseEvent({ ...message({ text: 'hi' }), read: { mid: 'm0' } }))).toBe('quarantined unreadable-member')
    expect(ends(parseEvent(from({ read: { mid: 'm0' }, referral: {} })))).toBe('quarantined unreadable-member')
  })
  it.each(['message', 'read', 'reaction', 'postback', 'pass_thread_control'])('%s that is no object waits', (name) => {
    expect(ends(parseEvent(from({ [name]: 'text' })))).toBe('quarantined unreadable-member')
  })
  it('have names like those of the language without doing harm', () => {
    const body = JSON.stringify(envelope({ messaging: [from({ x: 1 })] })).replace('"x"', '"__proto__"')
    expect(only(parse(bytes(body)))).toMatchObject({ reason: 'unknown-member' })
    expect(ends(parseEvent(from({ constructor: {} })))).toBe('quarantined unknown-member')
  })
})

describe('Changes', () => {
  const change = (field: unknown, value: unknown) => only(parse(bytes(envelope({ changes: [{ field, value }] }))))
  it.each(['messages', 'message_echoes', 'messaging_seen', 'standby', 'message_edit', 'messaging_handover'])(
    'of the field %s are read like messaging',
    (field) => {
      expect(change(field, message({ text: 'hi' }))).toMatchObject({
        incoming: { kind: 'message', standby: field === 'standby' },
      })
    },
  )
  it('of other fields are ignored by name or wait', () => {
    expect(ends(change('mentions', null))).toBe('ignored mention')
    expect(ends(change('live_comments', {}))).toBe('ignored comment')
    expect(ends(change('story_insights', {}))).toBe('ignored insights')
    expect(change('share_to_feed', {})).toMatchObject({ reason: 'unknown-member', detail: 'share_to_feed' })
    expect(ends(change('messages', 'x'))).toBe('quarantined unreadable-member')
    expect(ends(change(undefined, {}))).toBe('quarantined unreadable-member')
  })
  it('of the flat form are read too', () => {
    const flat = only(parse(bytes(envelope({ field: 'messages', value: message({ text: 'hi' }) }))))
    expect(flat).toMatchObject({ incoming: { kind: 'message' } })
  })
})

describe('The envelope', () => {
  it.each([
    ['', 'quarantined not-json'],
    ['rubbish', 'quarantined not-json'],
    ['{"object":"instagram"', 'quarantined not-json'],
    ['null', 'quarantined unreadable-envelope'],
    ['5', 'quarantined unreadable-envelope'],
    ['[]', 'quarantined unreadable-envelope'],
    ['[[]]', 'quarantined unreadable-envelope'],
    ['{}', 'quarantined unreadable-envelope'],
    ['{"object":"instagram"}', 'quarantined unreadable-envelope'],
    ['{"object":"instagram","entry":{}}', 'quarantined unreadable-envelope'],
    ['{"object":"instagram","entry":[]}', 'ignored empty-entry'],
    ['{"object":"instagram","entry":[5]}', 'quarantined unreadable-envelope'],
    ['{"object":"instagram","entry":[{"id":"1","messaging":{}}]}', 'quarantined unreadable-envelope'],
    ['{"object":"instagram","entry":[{"id":"1","messaging":[]}]}', 'ignored empty-entry'],
    ['{"object":"instagram","entry":[{"id":"1","calls":[{}]}]}', 'quarantined unknown-member'],
    ['{"object":"instagram","entry":[{"messaging":[{}]}]}', 'quarantined unreadable-envelope'],
    ['{"object":"instagram","entry":[{"id":"1","messaging":[null]}]}', 'quarantined unreadable-member'],
    ['{"object":"page"}', 'ignored other-object'],
    ['{"object":"page","entry":[]}', 'ignored other-object'],
  ])('%s ends as %s', (body, end) => {
    expect(ends(only(parse(bytes(body))))).toBe(end)
  })

  it('counts each event of each entry, and each entry of another object', () => {
    const good = message({ text: 'hi' })
    const body = {
      object: 'instagram',
      entry: [
        { id: ACCOUNT, messaging: [good, { message: 5 }, good], standby: [good], changes: [{ field: 'comments' }] },
        { id: ACCOUNT },
        { id: '0', messaging: [good, good] },
      ],
    }
    expect(parse(bytes(body)).map(ends)).toEqual([
      'read',
      'quarantined unreadable-member',
      'read',
      'read',
      'ignored comment',
      'ignored empty-entry',
      'ignored dashboard-test',
      'ignored dashboard-test',
    ])
    expect(parse(bytes({ object: 'page', entry: [{}, {}, 5] })).map(ends)).toEqual(
      Array(3).fill('ignored other-object'),
    )
  })

  it('keeps what is not JSON: as text, or as base64 if it is none', () => {
    const text = only(parse(bytes('rubbish')))
    expect(text.outcome === 'quarantined' && text.raw()).toBe('rubbish')
    const binary = only(parse(new Uint8Array([0xff, 0xfe, 0])))
    expect(binary.outcome === 'quarantined' && binary.raw()).toBe('data:;base64,//4A')
  })

  it('may start with a byte order mark', () => {
    expect(
      ends(only(parse(bytes(`\ufeff${JSON.stringify(envelope({ messaging: [message({ text: 'hi' })] }))}`)))),
    ).toBe('read')
  })

  it('nested too deeply does not throw', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const body = (inner: string) => `{"object":"instagram","entry":[{"id":"${ACCOUNT}","messaging":[${inner}]}]}`
    const event = JSON.stringify(message({ text: 'hi' }))
    for (const inner of [
      deep,
      event.replace('"hi"', `"hi","x":${deep}`),
      event.replace('"text":"hi"', `"x":${deep}`),
    ]) {
      for (const it of parse(bytes(body(inner)))) if (it.outcome !== 'ignored') expect(it.raw()).toBeTypeOf('string')
    }
  })
})

describe('Flags', () => {
  const unsent = (is_deleted: unknown) => message({ is_deleted })
  it.each([
    [true, 'unsend'],
    ['true', 'unsend'],
    ['TRUE', 'unsend'],
    [false, 'message'],
    ['false', 'message'],
    [null, 'message'],
    [undefined, 'message'],
  ])('%j is read as what it means', (flag, kind) => {
    expect(incoming(unsent(flag)).kind).toBe(kind)
  })

  it('in both forms, every one of them', () => {
    for (const flag of [true, 'true']) {
      expect(ends(parseEvent(message({ text: 'hi', is_echo: flag })))).toBe('quarantined unreadable-member')
      expect(ends(parseEvent(message({ text: 'hi', is_self: flag })))).toBe('ignored self')
      expect(ends(parseEvent({ ...message({ text: 'hi' }), is_self: flag }))).toBe('ignored self')
      expect(contentOf(message({ is_unsupported: flag })).kind).toBe('unsupported')
    }
    for (const flag of [false, 'false']) {
      expect(contentOf(message({ text: 'hi', is_unsupported: flag, is_echo: flag, is_self: flag })).kind).toBe('text')
    }
  })

  it.each([1, 'yes', '', {}, []])('%j is none, and nobody guesses', (flag) => {
    expect(ends(parseEvent(unsent(flag)))).toBe('quarantined unreadable-member')
    expect(ends(parseEvent(message({ text: 'hi', is_self: flag })))).toBe('quarantined unreadable-member')
  })
})

describe('The parser', () => {
  const samples = sampleFiles().map((file) => sample<fc.JsonValue>(file))
  const places = samples.flatMap((body) => mutations(body))

  it('never throws and gives at least one event, whatever bytes come', () => {
    holds(
      fc.property(fc.uint8Array(), (body) => {
        tells(body.length > 0)
        expect(parse(body).length).toBeGreaterThan(0)
      }),
      { floor: 0.7 },
    )
  })

  it('counts what is beyond its limit as it would have read it', () => {
    const filler = { object: 'instagram', entry: [{ id: ACCOUNT, messaging: Array<null>(2_000).fill(null) }] }
    const shapes = fc.array(fc.tuple(fc.constantFrom(...places), fc.jsonValue()), { minLength: 1, maxLength: 4 })
    holds(
      fc.property(shapes, (some) => {
        const rest = some.map(([mutate, value]) => mutate(value)).flatMap((it) => it as object | readonly object[])
        const read = parse(bytes(rest))
        const beyond = parse(bytes([filler, ...rest])).slice(2_000)
        expect(beyond).toHaveLength(rest.length === 0 ? 0 : 1)
        if (rest.length === 0) return
        tells(true)
        const count = rest.reduce<number>((sum, it) => sum + parse(bytes([it])).length, 0)
        expect(beyond[0]).toMatchObject({
          reason: 'over-limit',
          detail: `the events of the body: ${2_000 + count}, at most 2000`,
          rest: true,
        })
        const again = beyond[0]?.outcome === 'quarantined' ? parse(bytes(beyond[0].raw())) : []
        expect(again.map(ends)).toEqual(read.map(ends))
      }),
      { floor: 0.7, numRuns: 300 },
    )
  })

  it('keeps every integer beyond 2^53 exact, and is as strict as JSON', () => {
    const exactly = (_: string, value: unknown, { source }: { source?: string }) =>
      typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '') ? source : value
    const pieces = fc.constantFrom('{"a":', '}', '[', ']', ',', ' ', '"', '\\', '\\"', '-', '.', 'e', '0', '1', ':')
    const numbers = fc.constantFrom(
      '12345678901234567',
      '-90071992547409931',
      '9007199254740991',
      '0123456789012345678',
    )
    holds(
      fc.property(fc.array(fc.oneof(pieces, numbers), { maxLength: 9 }), (parts) => {
        const text = parts.join('')
        const body = `{"object":"instagram","entry":[{"id":"1","messaging":[{"x":[12345678901234567890${text}]}]}]}`
        let expected: unknown
        try {
          expected = JSON.parse(body, exactly as never)
        } catch {
          expect(parse(bytes(body)).map(ends)).toEqual(['quarantined not-json'])
          return
        }
        const [first] = parse(bytes(body))
        if (first?.outcome !== 'quarantined' || first.reason !== 'unknown-member') return
        const items = (it: unknown) => (it as { entry: [{ messaging: [unknown] }] }).entry[0].messaging[0]
        expect(items(JSON.parse(first.raw()))).toEqual(items(JSON.parse(JSON.stringify(expected))))
        tells(true)
      }),
      { floor: 0.004, numRuns: 5_000 },
    )
  })

  it('never throws on JSON of any shape in place of any member', () => {
    holds(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (mutate, value) => {
        const events = parse(bytes(mutate(value)))
        tells(events.some(({ outcome }) => outcome === 'read'))
        for (const event of events) {
          if (event.outcome === 'ignored' || ends(event).endsWith('not-json')) continue
          expect(() => JSON.parse(event.raw()) as unknown).not.toThrow()
        }
      }),
      { floor: 0.1, numRuns: 2_000 },
    )
  })
})

/** For each member of a body: the body with that member replaced. */
const mutations = (value: unknown): readonly ((replacement: unknown) => unknown)[] => {
  const whole = (it: unknown): unknown => it
  if (typeof value !== 'object' || value === null) return [whole]
  const inner = Object.entries(value).flatMap(([name, member]) =>
    mutations(member).map(
      (mutate) =>
        (it: unknown): unknown =>
          Array.isArray(value)
            ? value.map((old: unknown, place) => (String(place) === name ? mutate(it) : old))
            : { ...value, [name]: mutate(it) },
    ),
  )
  return [...inner, whole]
}
