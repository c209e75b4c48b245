import { describe, expect, it } from 'vitest'

import { metaPlatform } from '../../../src/adapters/meta/index.ts'
import { bytes } from './samples.ts'

// Whole values of what is read, and the words of what is not: what is only looked at in part may change in the rest.

const ACCOUNT = '17841499000000001'
const CUSTOMER = '900000000000001'
const AT = 1_788_858_000_000
const { parse } = metaPlatform({ appSecrets: ['secret'], verifyToken: 'token' })

const envelope = (entry: object) => ({ object: 'instagram', entry: [{ id: ACCOUNT, time: AT, ...entry }] })
const verdict = (body: unknown): unknown => {
  const [event, ...others] = parse(bytes(body))
  expect(others).toStrictEqual([])
  if (event === undefined) throw new Error('nothing')
  if (event.outcome === 'read') return event.incoming
  return event.outcome === 'ignored' ? `ignored ${event.reason}` : [event.reason, event.detail]
}
const read = (member: object, parties: object = { sender: { id: CUSTOMER }, recipient: { id: ACCOUNT } }): unknown =>
  verdict(envelope({ messaging: [{ ...parties, timestamp: AT, ...member }] }))
const business = { sender: { id: ACCOUNT }, recipient: { id: CUSTOMER } }
const thread = { accountId: ACCOUNT, customerId: CUSTOMER, metaAt: AT, standby: false }
const message = (members: object) => ({ message: { mid: 'm1', ...members } })
const content = (members: object) => (read(message(members)) as { readonly content?: unknown }).content
const keyed = (kind: string, who: string = CUSTOMER): unknown =>
  expect.stringMatching(new RegExp(`^${kind}:${who}:${AT}:[0-9a-f]{32}$`, 'u'))

describe('What is read of an event', () => {
  it.each<[string, object, unknown]>([
    [
      'a text',
      message({ text: 'hi' }),
      { ...thread, kind: 'message', key: 'm1', mid: 'm1', content: { kind: 'text', attachments: [], text: 'hi' } },
    ],
    ['an unsend', message({ is_deleted: true }), { ...thread, kind: 'unsend', mid: 'm1', by: 'customer' }],
    [
      'an edit',
      { message_edit: { mid: 'm1', text: 'new', num_edit: 2 } },
      { ...thread, kind: 'edit', mid: 'm1', text: 'new', numEdit: 2 },
    ],
    [
      'a reaction',
      { reaction: { mid: 'm1', action: 'react', reaction: 'love', emoji: '\\u{2764}\\u{FE0F}' } },
      { ...thread, kind: 'reaction', mid: 'm1', by: 'customer', action: 'react', reaction: 'love', emoji: '❤️' },
    ],
    [
      'a reaction of what is no sign',
      { reaction: { mid: 'm1', action: 'react', emoji: '\\u{110000}' } },
      { ...thread, kind: 'reaction', mid: 'm1', by: 'customer', action: 'react', emoji: '\\u{110000}' },
    ],
    [
      'the end of a reaction',
      { reaction: { mid: 'm1', action: 'unreact' } },
      { ...thread, kind: 'reaction', mid: 'm1', by: 'customer', action: 'unreact' },
    ],
    ['a receipt', { read: { mid: 'm1' } }, { ...thread, kind: 'seen', mid: 'm1' }],
    [
      'a link',
      { referral: { source: 'SHORTLINK', type: 'OPEN_THREAD', ref: 'r' } },
      { ...thread, kind: 'referral', key: keyed('referral'), source: 'SHORTLINK', type: 'OPEN_THREAD', ref: 'r' },
    ],
    ['a link that says nothing', { referral: {} }, { ...thread, kind: 'referral', key: keyed('referral') }],
    [
      'a tap',
      { postback: { mid: 'p1', title: 'Start', payload: 'GO' } },
      {
        ...thread,
        kind: 'message',
        key: 'p1',
        mid: 'p1',
        content: { kind: 'postback', attachments: [], text: 'Start', payload: 'GO' },
      },
    ],
    [
      'a tap without an id',
      { postback: { title: 'Start' } },
      {
        ...thread,
        kind: 'message',
        key: keyed('postback'),
        content: { kind: 'postback', attachments: [], text: 'Start' },
      },
    ],
    [
      'a thread that was passed',
      { pass_thread_control: { new_owner_app_id: '1', previous_owner_app_id: '2', metadata: 'm' } },
      {
        ...thread,
        kind: 'thread-control',
        key: keyed('passed'),
        change: 'passed',
        ownerAppId: '1',
        previousAppId: '2',
        metadata: 'm',
      },
    ],
    [
      'a thread that was taken',
      { take_thread_control: { new_owner_app_id: null, previous_owner_app_id: '2' } },
      { ...thread, kind: 'thread-control', key: keyed('taken'), change: 'taken', ownerAppId: null, previousAppId: '2' },
    ],
    [
      'a thread that is asked for',
      { request_thread_control: { requested_owner_app_id: '1' } },
      {
        ...thread,
        kind: 'thread-control',
        key: keyed('requested'),
        change: 'requested',
        ownerAppId: '1',
        previousAppId: null,
      },
    ],
    [
      'a policy',
      { policy_enforcement: { action: 'block', reason: 'spam' } },
      ['account-not-a-party', 'the recipient is not the account'],
    ],
  ])('%s', (_, member, expected) => {
    const parties = 'policy_enforcement' in member ? { recipient: { id: '1' } } : undefined
    expect(parties === undefined ? read(member) : read(member, parties)).toStrictEqual(expected)
  })

  it('of the account itself', () => {
    const own = { recipient: { id: ACCOUNT } }
    expect(read({ policy_enforcement: { action: 'block', reason: 'spam' } }, own)).toStrictEqual({
      kind: 'policy',
      key: keyed('policy', ACCOUNT),
      accountId: ACCOUNT,
      metaAt: AT,
      action: 'block',
      reason: 'spam',
    })
    expect(read({ app_roles: { 1: ['a', 7, 'b'], 2: 'none' } }, {})).toStrictEqual({
      kind: 'app-roles',
      key: keyed('app-roles', ACCOUNT),
      accountId: ACCOUNT,
      metaAt: AT,
      roles: { 1: ['a', 'b'], 2: [] },
    })
    expect(read(message({ text: 'hi', is_echo: true }), business)).toStrictEqual({
      ...thread,
      kind: 'echo',
      mid: 'm1',
      content: { kind: 'text', attachments: [], text: 'hi' },
    })
    expect(read(message({ is_deleted: 'true' }), business)).toStrictEqual({
      ...thread,
      kind: 'unsend',
      mid: 'm1',
      by: 'business',
    })
    for (const member of [{ read: { mid: 'm1' } }, { postback: { title: 'x' } }, { referral: {} }])
      expect(read(member, business)).toBe('ignored self')
    expect(
      verdict(
        envelope({
          standby: [{ sender: { id: CUSTOMER }, recipient: { id: ACCOUNT }, timestamp: AT, read: { mid: 'm1' } }],
        }),
      ),
    ).toStrictEqual({
      ...thread,
      standby: true,
      kind: 'seen',
      mid: 'm1',
    })
  })
})

describe('What cannot be read says why', () => {
  const none = 'unreadable-member'
  it.each<[object, unknown]>([
    [message({ mid: undefined, text: 'x' }), [none, 'message.mid is missing']],
    [message({ text: 'x', is_echo: true }), [none, 'message.is_echo, but the account is not the sender']],
    [message({ text: 7 }), [none, 'message.text is no text']],
    [message({ attachments: {} }), [none, 'message.attachments is no list']],
    [message({ is_deleted: 7 }), [none, 'message.is_deleted is neither true nor false']],
    [message({ is_echo: 7 }), [none, 'message.is_echo is neither true nor false']],
    [message({ text: 'x', is_unsupported: 7 }), [none, 'message.is_unsupported is neither true nor false']],
    [message({ text: 'x', is_self: 7 }), [none, 'message.is_self is neither true nor false']],
    [{ ...message({ text: 'x' }), is_self: 7 }, [none, 'is_self is neither true nor false']],
    [{ message: 7 }, [none, 'message is no object']],
    [{ reaction: { action: 'react' } }, [none, 'reaction.mid is missing']],
    [{ reaction: { mid: 'm1', action: 'jump' } }, [none, 'reaction.action is neither react nor unreact']],
    [{ read: {} }, [none, 'read.mid is missing']],
    [{ message_edit: { text: 'x', num_edit: 1 } }, [none, 'message_edit.mid is missing']],
    [{ message_edit: { mid: 'm1', text: 7, num_edit: 1 } }, [none, 'message_edit.text is no text']],
    [{ message_edit: { mid: 'm1', text: 'x' } }, [none, 'message_edit.num_edit is missing or no number']],
    [{ message_edit: { mid: 'm1', text: 'x', num_edit: -1 } }, [none, 'message_edit.num_edit is missing or no number']],
    [
      { message_edit: { mid: 'm1', text: 'x', num_edit: '1x' } },
      [none, 'message_edit.num_edit is missing or no number'],
    ],
    [{ message_edit: { mid: 'm1', text: 'x', num_edit: 0 } }, 'ignored edit-zero'],
    [{ message_edit: { mid: 'm1', num_edit: 1 } }, 'ignored edit-without-text'],
    [{ policy_enforcement: {} }, [none, 'policy_enforcement.action is missing']],
    [{ policy_enforcement: { action: 'block' }, timestamp: 'now' }, [none, 'timestamp is missing or no time']],
    [{ ...message({ text: 'x' }), timestamp: null }, [none, 'timestamp is missing or no time']],
    [{ ...message({ text: 'x' }), sender: null }, [none, 'sender is missing']],
    [{ ...message({ text: 'x' }), recipient: null }, [none, 'recipient is missing']],
    [
      { ...message({ text: 'x' }), recipient: { id: '1' } },
      ['account-not-a-party', 'neither sender nor recipient is the account'],
    ],
    [{ ...message({ text: 'x' }), read: { mid: 'm1' } }, [none, 'several members: message, read']],
    [{ read: { mid: 'm1' }, referral: {} }, [none, 'several members: read, referral']],
    [{ hologram: {} }, ['unknown-member', 'hologram']],
    [{ ['h'.repeat(201)]: {} }, ['unknown-member', `${'h'.repeat(200)}…`]],
    [{ ['h'.repeat(200)]: {} }, ['unknown-member', 'h'.repeat(200)]],
    [{}, 'ignored bare-event'],
    [{ optin: {} }, 'ignored opt-in'],
    [{ ...message({ text: 'x' }), is_self: true }, 'ignored self'],
  ])('%j', (member, expected) => expect(read(member)).toStrictEqual(expected))

  it.each<[string, (long: string) => object]>([
    ['message.mid', (mid) => message({ mid })],
    ['reply_to.mid', (mid) => message({ text: 'x', reply_to: { mid } })],
    ['story.id', (id) => message({ text: 'x', reply_to: { story: { id } } })],
    ['sender.id', (id) => ({ ...message({ text: 'x' }), sender: { id } })],
    ['recipient.id', (id) => ({ ...message({ text: 'x' }), recipient: { id } })],
    ['reaction.mid', (mid) => ({ reaction: { mid, action: 'react' } })],
    ['read.mid', (mid) => ({ read: { mid } })],
    ['message_edit.mid', (mid) => ({ message_edit: { mid, text: 'x', num_edit: 1 } })],
    ['postback.mid', (mid) => ({ postback: { mid } })],
    ['new_owner_app_id', (id) => ({ pass_thread_control: { new_owner_app_id: id } })],
    ['requested_owner_app_id', (id) => ({ request_thread_control: { requested_owner_app_id: id } })],
    ['previous_owner_app_id', (id) => ({ take_thread_control: { previous_owner_app_id: id } })],
    ['policy_enforcement.action', (action) => ({ policy_enforcement: { action } })],
    ['an app of app_roles', (id) => ({ app_roles: { [id]: [] } })],
    ['a role of app_roles', (role) => ({ app_roles: { 1: [role] } })],
    ['referral.ad_id', (id) => ({ referral: { ad_id: id } })],
    ['product.id', (id) => ({ referral: { product: { id } } })],
    ['ads_context_data.product_id', (id) => ({ referral: { ads_context_data: { product_id: id } } })],
    ['elements.id', (id) => message({ attachments: [{ type: 'template', payload: { elements: [{ id }] } }] })],
    ['ig_post_media_id', (id) => message({ attachments: [{ type: 'share', payload: { ig_post_media_id: id } }] })],
    ['ig_post_media_id', (id) => message({ attachments: [{ type: 'ig_post', payload: { ig_post_media_id: id } }] })],
    ['payload.id', (id) => message({ attachments: [{ type: 'ig_post', payload: { id } }] })],
    ['reel_video_id', (id) => message({ attachments: [{ type: 'ig_reel', payload: { reel_video_id: id } }] })],
    ['story_media_id', (id) => message({ attachments: [{ type: 'ig_story', payload: { story_media_id: id } }] })],
    ['sticker_id', (id) => message({ attachments: [{ type: 'image', payload: { sticker_id: id } }] })],
  ])('an id too long, by its name: %s', (field, event) => {
    expect(read(event('i'.repeat(513)))).toStrictEqual(['over-limit', `${field}: 513 bytes, at most 512`])
    expect(read(event('i'.repeat(512)))).not.toStrictEqual(expect.arrayContaining(['over-limit']))
    expect(read(event('é'.repeat(257)))).toStrictEqual(['over-limit', `${field}: 514 bytes, at most 512`])
  })

  it('what is too many or too long, with the number', () => {
    const list = (length: number) =>
      Array.from({ length }, (_, index) => ({ type: 'image', payload: { url: `https://a/${index}` } }))
    const products = (length: number) => ({ type: 'template', payload: { product: { elements: list(length) } } })
    const many = ['over-limit', 'attachments: 101 items, at most 100']
    expect(read(message({ attachments: list(101) }))).toStrictEqual(many)
    expect(read(message({ attachments: [products(101)] }))).toStrictEqual(many)
    expect(read(message({ attachments: [products(50), products(51)] }))).toStrictEqual(many)
    expect(read(message({ attachments: [products(50), products(50)] }))).toMatchObject({ kind: 'message' })
    const roles = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`a${index}`, []]))
    expect(read({ app_roles: roles(101) })).toStrictEqual(['over-limit', 'app_roles: 101 items, at most 100'])
    expect(read({ app_roles: roles(100) })).toMatchObject({ kind: 'app-roles' })
    const few = Array.from({ length: 101 }, () => 'r')
    expect(read({ app_roles: { 1: few } })).toStrictEqual(['over-limit', 'the roles of an app: 101 items, at most 100'])
    const policy = (length: number) => read({ policy_enforcement: { action: 'block', reason: 'r'.repeat(length) } })
    expect(policy(4_097)).toStrictEqual(['over-limit', 'policy_enforcement.reason: 4097 bytes, at most 4096'])
    expect(policy(4_096)).toMatchObject({ kind: 'policy' })
  })

  it('an envelope, an entry and a change', () => {
    const broken = 'unreadable-envelope'
    expect(verdict(7)).toStrictEqual([broken, 'no object'])
    expect(verdict({ entry: [] })).toStrictEqual([broken, 'object is missing or no text'])
    expect(verdict({ object: 'instagram' })).toStrictEqual([broken, 'entry is missing or no list'])
    expect(verdict({ object: 'instagram', entry: [] })).toBe('ignored empty-entry')
    expect(verdict({ object: 'page', entry: [] })).toBe('ignored other-object')
    expect(verdict({ object: 'page', entry: [{}] })).toBe('ignored other-object')
    expect(verdict({ object: 'instagram', entry: [7] })).toStrictEqual([broken, 'entry is no object'])
    expect(verdict({ object: 'instagram', entry: [{ messaging: [{}] }] })).toStrictEqual([
      broken,
      'entry.id is missing',
    ])
    expect(verdict({ object: 'instagram', entry: [{ id: 'i'.repeat(513), messaging: [{}] }] })).toStrictEqual([
      'over-limit',
      'entry.id: 513 bytes, at most 512',
    ])
    expect(verdict(envelope({ messaging: {} }))).toStrictEqual([broken, 'messaging is no list'])
    expect(verdict(envelope({ standby: 7 }))).toStrictEqual([broken, 'standby is no list'])
    expect(verdict(envelope({ changes: 'x' }))).toStrictEqual([broken, 'changes is no list'])
    expect(verdict(envelope({ hologram: [] }))).toStrictEqual(['unknown-member', 'hologram'])
    expect(verdict(envelope({}))).toBe('ignored empty-entry')
    expect(verdict(envelope({ messaging: [] }))).toBe('ignored empty-entry')
    const change = (one: object) => verdict(envelope({ changes: [one] }))
    expect(change({ value: {} })).toStrictEqual(['unreadable-member', 'field is missing'])
    expect(change({ field: 'messages' })).toStrictEqual(['unreadable-member', 'messages has no readable value'])
    expect(change({ field: 'hologram', value: {} })).toStrictEqual(['unknown-member', 'hologram'])
    for (const [field, reason] of Object.entries({
      comments: 'comment',
      live_comments: 'comment',
      mentions: 'mention',
      story_insights: 'insights',
    }))
      expect(change({ field, value: {} })).toBe(`ignored ${reason}`)
    for (const field of [
      'messages',
      'message_echoes',
      'message_edit',
      'message_edits',
      'message_reactions',
      'messaging_reactions',
      'messaging_postbacks',
      'messaging_seen',
      'messaging_referral',
      'messaging_referrals',
      'messaging_handover',
      'messaging_handovers',
      'messaging_optins',
      'messaging_policy_enforcement',
    ])
      expect(change({ field, value: { optin: {} } })).toBe('ignored opt-in')
    const value = { sender: { id: CUSTOMER }, recipient: { id: ACCOUNT }, timestamp: AT, read: { mid: 'm1' } }
    expect(change({ field: 'messaging_seen', value })).toStrictEqual({ ...thread, kind: 'seen', mid: 'm1' })
    expect(change({ field: 'standby', value })).toStrictEqual({ ...thread, standby: true, kind: 'seen', mid: 'm1' })
  })
})

describe('An event names its account', () => {
  it.each<[string, object, string]>([
    ['as its entry does', { id: ACCOUNT, messaging: [{ hologram: 1 }] }, ACCOUNT],
    ['as its entry does, in a number', { id: 7, messaging: [{ hologram: 1 }] }, '7'],
    ['not where its entry has no id', { messaging: [{ hologram: 1 }] }, ''],
    ['not where the id is no id', { id: {}, messaging: [{ hologram: 1 }] }, ''],
    ['not where the id is too long', { id: 'i'.repeat(513), messaging: [{ hologram: 1 }] }, ''],
    ['where nothing of the entry can be read', { id: ACCOUNT, messaging: 7 }, ACCOUNT],
    ['where the entry has nothing', { id: ACCOUNT }, ACCOUNT],
  ])('%s', (_, entry, accountId) => {
    for (const object of ['instagram', 'page'])
      expect(parse(bytes({ object, entry: [entry] })).map((event) => event.accountId)).toStrictEqual([accountId])
  })
})

describe('What is kept of an event', () => {
  const tap = { sender: { id: CUSTOMER }, recipient: { id: ACCOUNT }, timestamp: AT, postback: { title: 'Start' } }
  const entry = (members: object) => ({ object: 'instagram', entry: [{ id: ACCOUNT, time: AT, ...members }] })
  it.each<[string, unknown, unknown]>([
    ['in a list', entry({ messaging: [tap], standby: [] }), entry({ messaging: [tap] })],
    ['in standby', entry({ standby: [tap] }), entry({ standby: [tap] })],
    [
      'of a change',
      entry({ changes: [{ field: 'messages', value: tap }] }),
      entry({ changes: [{ field: 'messages', value: tap }] }),
    ],
    [
      'of the flat form',
      entry({ field: 'messages', value: tap }),
      entry({ changes: [{ field: 'messages', value: tap }] }),
    ],
    ['of an entry that cannot be read', entry({ messaging: 7 }), entry({ messaging: 7 })],
    ['of an unknown entry', entry({ hologram: 1 }), entry({ hologram: 1 })],
    ['of a body that cannot be read', { object: 7, entry: [] }, { object: 7, entry: [] }],
  ])('%s can be read again', (_, body, kept) => {
    const [event, ...others] = parse(bytes(body))
    if (event === undefined || event.outcome === 'ignored' || others.length > 0) throw new Error('not kept')
    expect(JSON.parse(event.raw())).toStrictEqual(kept)
    expect(parse(bytes(event.raw()))).toMatchObject([{ ...event, raw: expect.any(Function) }])
  })

  it('has the start of an id and a time that are too long', () => {
    const long = (length: number) => ({ id: 'i'.repeat(length), time: 't'.repeat(length), messaging: [tap] })
    const [event] = parse(bytes({ object: 'instagram', entry: [long(9_000)] }))
    expect(event?.outcome === 'quarantined' && JSON.parse(event.raw())).toStrictEqual({
      object: 'instagram',
      entry: [long(8_192)],
    })
  })
})

describe('The content of a message', () => {
  const of = (type: string, payload: object) => content({ attachments: [{ type, payload }] })
  const one = (kind: string, attachment: object = {}) => ({ kind, attachments: [{ kind, ...attachment }] })
  it.each<[string, object, object]>([
    ['image', { url: 'u' }, one('image', { url: 'u' })],
    ['IMAGE', { url: 'u' }, one('image', { url: 'u' })],
    ['image', { url: 'u', sticker_id: 7 }, one('sticker', { url: 'u', mediaId: '7' })],
    ['sticker', { sticker_id: '7' }, one('sticker', { mediaId: '7' })],
    ['video', { url: 'u' }, one('video', { url: 'u' })],
    ['audio', { url: 'u' }, one('audio', { url: 'u' })],
    ['file', { url: 'u' }, one('file', { url: 'u' })],
    ['like_heart', {}, one('like')],
    ['share', { url: 'u', title: 't', ig_post_media_id: '1' }, one('share', { url: 'u', title: 't', mediaId: '1' })],
    ['fallback', { url: 'u' }, one('share', { url: 'u' })],
    ['ig_post', { ig_post_media_id: '1', id: '2' }, one('post', { mediaId: '1' })],
    ['post', { id: '2' }, one('post', { mediaId: '2' })],
    ['media_share', {}, one('post')],
    ['ig_reel', { reel_video_id: '3', title: 't' }, one('reel', { title: 't', mediaId: '3' })],
    ['reel', {}, one('reel')],
    ['ig_story', { story_media_id: '4', story_media_url: 'u' }, one('story', { url: 'u', mediaId: '4' })],
    ['story', { url: 'v', story_media_url: 'u' }, one('story', { url: 'v' })],
    ['story_mention', { url: 'u' }, one('story-mention', { url: 'u' })],
    ['ephemeral', {}, one('view-once')],
    ['template', { title: 't' }, one('template', { title: 't' })],
    ['template', { text: 't', title: 's' }, one('template', { title: 't' })],
    ['template', { elements: [] }, one('template')],
    [
      'template',
      { elements: [{ image_url: 'u', title: 't', subtitle: 's', id: 5 }, 7] },
      {
        kind: 'template',
        attachments: [{ kind: 'template', url: 'u', title: 't\ns', mediaId: '5' }, { kind: 'template' }],
      },
    ],
    [
      'template',
      { product: { elements: [{ title: 't' }] } },
      { kind: 'product', attachments: [{ kind: 'product', title: 't' }] },
    ],
  ])('of the type %s with %j', (type, payload, expected) => {
    expect(of(type, payload)).toStrictEqual(expected)
  })

  it('that nobody knows is kept as it came, but for recordings', () => {
    const raw = { mid: 'm1', attachments: [{ type: 'hologram', payload: { url: 'u', title: 't' } }] }
    expect(content(raw)).toStrictEqual({
      kind: 'unknown',
      attachments: [{ kind: 'unknown', url: 'u', title: 't', type: 'hologram' }],
      raw: JSON.stringify(raw),
    })
    const beside = {
      attachments: [
        ...raw.attachments,
        { type: 'video', payload: { url: 'v' } },
        { type: 'Audio', payload: { url: 'v' } },
      ],
    }
    expect((content(beside) as { readonly raw: string }).raw).toBe(
      JSON.stringify({ mid: 'm1', attachments: [...raw.attachments, { type: 'video' }, { type: 'Audio' }] }),
    )
    expect(content({})).toStrictEqual({ kind: 'unknown', attachments: [], raw: '{"mid":"m1"}' })
    expect(content({ attachments: [{}] })).toStrictEqual({
      kind: 'unknown',
      attachments: [{ kind: 'unknown' }],
      raw: '{"mid":"m1","attachments":[{}]}',
    })
  })

  it('offers what can be tapped with all that Meta says of it, up to 20', () => {
    const quick_replies = [
      { title: 't', url: 'u', payload: 'p' },
      { content_type: 'user_email', type: 'x' },
      { type: 'phone' },
      { payload: 'p' },
      7,
    ]
    const quickReplies = [{ title: 't', url: 'u', payload: 'p' }, { title: 'user_email' }, { title: 'phone' }]
    expect(content({ text: 'x', quick_replies })).toStrictEqual({
      kind: 'text',
      text: 'x',
      attachments: [],
      quickReplies,
    })
    const many = Array.from({ length: 21 }, (_, index) => ({ title: String(index) }))
    expect(content({ text: 'x', quick_replies: many })).toMatchObject({ quickReplies: many.slice(0, 20) })
  })

  it.each<[object, object]>([
    [{ source: 'ADS' }, { source: 'ADS' }],
    [{ type: 'OPEN_THREAD' }, { type: 'OPEN_THREAD' }],
    [{ ref: 'r' }, { ref: 'r' }],
    [{ ad_id: 7 }, { adId: '7' }],
    [{ product: { id: '8' } }, { productId: '8' }],
    [{ ads_context_data: { ad_title: 't' } }, { adTitle: 't' }],
    [{ ads_context_data: { product_id: '8' } }, { productId: '8' }],
    [{ ads_context_data: { photo_url: 'p', video_url: 'v' } }, { mediaUrl: 'p' }],
    [{ ads_context_data: { video_url: 'v' } }, { mediaUrl: 'v' }],
    [{ source: '', type: 7, ref: null, ad_id: {}, ads_context_data: 'x' }, {}],
  ])('names of where it came from what Meta says, and nothing else: %j', (referral, known) => {
    const expected = { kind: 'text', text: 'x', attachments: [], referral: known }
    expect(content({ text: 'x', referral })).toStrictEqual(expected)
    expect(read({ message: { mid: 'm1', text: 'x' }, referral })).toMatchObject({ content: { referral: known } })
  })

  it('names what it belongs to', () => {
    const story = { id: '5', url: 'u', link_sticker_url: 'l' }
    const referral = {
      source: 'ADS',
      type: 'OPEN_THREAD',
      ref: 'r',
      ad_id: 1,
      ads_context_data: { ad_title: 't', photo_url: 'p', video_url: 'v', product_id: '8' },
    }
    expect(content({ text: 'x', reply_to: { mid: 'm0' } })).toStrictEqual({
      kind: 'text',
      attachments: [],
      text: 'x',
      replyToMid: 'm0',
    })
    expect(content({ text: 'x', reply_to: { story } })).toStrictEqual({
      kind: 'story-reply',
      attachments: [],
      text: 'x',
      story: { id: '5', url: 'u', linkStickerUrl: 'l' },
    })
    expect(content({ text: 'x', reply_to: { story: {} } })).toStrictEqual({
      kind: 'story-reply',
      attachments: [],
      text: 'x',
      story: {},
    })
    expect(content({ text: 'x', quick_reply: { payload: 'P' } })).toStrictEqual({
      kind: 'quick-reply',
      attachments: [],
      text: 'x',
      payload: 'P',
    })
    expect(content({ text: 'x', quick_reply: {} })).toStrictEqual({ kind: 'quick-reply', attachments: [], text: 'x' })
    expect(content({ is_unsupported: true })).toStrictEqual({ kind: 'unsupported', attachments: [] })
    const shown = {
      source: 'ADS',
      type: 'OPEN_THREAD',
      ref: 'r',
      adId: '1',
      adTitle: 't',
      productId: '8',
      mediaUrl: 'p',
    }
    expect(content({ text: 'x', referral })).toStrictEqual({
      kind: 'text',
      attachments: [],
      text: 'x',
      referral: shown,
    })
    expect(read({ ...message({ text: 'x' }), referral })).toMatchObject({ content: { referral: shown } })
    expect(
      content({ text: 'x', referral: { product: { id: '9' }, ads_context_data: { product_id: '8', video_url: 'v' } } }),
    ).toMatchObject({
      referral: { productId: '9', mediaUrl: 'v' },
    })
  })
})
