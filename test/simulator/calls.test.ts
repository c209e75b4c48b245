import { describe, expect, it } from 'vitest'
import type { AccountCondition } from '../../src/simulator/index.ts'
import { openLedger } from '../../src/simulator/ledger.ts'
import { NOON, MINUTE, send, stage, type Reply, type Stage } from './harness.ts'

// The answers of the Graph API and the books of the simulator as a whole: nothing is there that is not listed here.

const scene = async (set: Stage, flavour: 'facebook-login' | 'instagram-login' = 'facebook-login') => {
  const account = set.meta.addAccount({ flavour, username: 'acme.store', name: 'Acme Store' })
  const maria = account.customer({ name: 'Maria Example' })
  const get = (path: string): Promise<Reply> => set.call(path, { token: account.token })
  const post = (path: string, body: object): Promise<Reply> =>
    set.call(path, { method: 'POST', token: account.token, body })
  const acts = (sender_action: string, more: object = {}): Promise<Reply> =>
    post('/me/messages', { recipient: { id: maria.customerId }, sender_action, ...more })
  const refused = async (reply: Promise<Reply>): Promise<string> => {
    const { error } = (await reply).body
    return `${error.code}/${error.error_subcode ?? ''} ${error.message}`
  }
  return { account, maria, get, post, acts, refused }
}
const time = '2026-09-08T09:00:00+0000'

describe('the details of a message', () => {
  const FIELDS = 'created_time,from,to,message,attachments,shares,story,reply_to,is_unsupported,reactions'
  const url = 'https://cdn.example/x'

  it.each<readonly [string, object, object]>([
    ['image', {}, { attachments: { image_data: { url, width: 1080, height: 1350 }, name: 'image' } }],
    ['sticker', {}, { attachments: { image_data: { url, render_as_sticker: true }, name: 'sticker' } }],
    ['video', {}, { attachments: { video_data: { url, width: 720, height: 1280 }, name: 'video' } }],
    ['audio', {}, { attachments: { file_url: url, mime_type: 'audio/mp4', name: 'audio' } }],
    ['file', {}, { attachments: { file_url: url, mime_type: 'application/pdf', name: 'file' } }],
    ['share', { title: 'T' }, { shares: { link: url, name: 'T' } }],
    ['ig_post', { title: 'T' }, { shares: { link: url, name: 'T' } }],
    ['ig_reel', { title: 'T' }, { shares: { link: url, name: 'T' } }],
    ['reel', {}, { shares: { link: url } }],
    ['post', {}, { shares: { link: url } }],
    ['hologram', {}, { attachments: { name: 'hologram' } }],
    [
      'template',
      { generic: { elements: [{ title: 'T', subtitle: 'S', image_url: 'I', buttons: [1] }] } },
      { attachments: { generic_template: { title: 'T', subtitle: 'S', media_url: 'I', cta: [1] } } },
    ],
    ['template', { elements: [{ title: 'T' }] }, { attachments: { generic_template: { title: 'T' } } }],
    [
      'template',
      { product: { elements: [{ id: '7' }] } },
      { shares: { template: { payload: { product: { elements: [{ id: '7' }] }, url } } } },
    ],
  ])('of the type %s with %j', async (type, payload, expected) => {
    await using set = await stage()
    const { account, maria, get } = await scene(set)
    const { mid } = maria.sends({ attachments: [{ type: 'like_heart' }, { type, url, payload: { ...payload } }] })
    const { body } = await get(`/${mid}?fields=${FIELDS}`)
    const heart = { id: '1857000000000000', name: 'like_heart' }
    const [list = '', one] = Object.entries(expected)[0] ?? []
    const listed = { id: '1857000000000001', ...(one as object) }
    expect(body).toEqual({
      id: mid,
      created_time: time,
      from: { username: maria.username, id: maria.customerId },
      to: { data: [{ username: 'acme.store', id: account.accountId }] },
      message: '',
      ...(list === 'attachments'
        ? { attachments: { data: [heart, listed] } }
        : { attachments: { data: [heart] }, [list]: { data: [listed] } }),
    })
  })

  it('of stories, quotes, what is not supported, and reactions of both sides', async () => {
    await using set = await stage()
    const { account, maria, get, acts } = await scene(set)
    const detail = async (mid: string) => {
      const { id, created_time: _, from: __, to: ___, ...rest } = (await get(`/${mid}?fields=${FIELDS}`)).body
      expect(id).toBe(mid)
      return rest
    }
    const story = maria.says('nice', { story: { url: 'https://story', id: '18' } }).mid
    expect(await detail(story)).toEqual({ message: 'nice', story: { reply_to: { link: 'https://story', id: '18' } } })
    const mention = maria.mentions({ url }).mid
    expect(await detail(mention)).toEqual({ message: '', story: { mention: { link: url, id: mention } } })
    const quote = maria.says('that', { replyTo: story }).mid
    expect(await detail(quote)).toEqual({ message: 'that', reply_to: { mid: story } })
    expect(await detail(maria.sends({ unsupported: true }).mid)).toEqual({ message: '', is_unsupported: true })
    const ours = account.sendsFromApp(maria.customerId, 'hello').mid
    maria.reacts(ours, '👍')
    await acts('react', { payload: { message_id: ours, reaction: 'sad' } })
    expect(await detail(ours)).toEqual({
      message: 'hello',
      reactions: {
        data: [
          { reaction: 'like', users: [{ username: maria.username, id: maria.customerId }] },
          { reaction: 'sad', users: [{ username: 'acme.store', id: account.accountId }] },
        ],
      },
    })
    const { from, to } = (await get(`/${ours}?fields=from,to`)).body
    expect([from.id, to.data[0].id]).toEqual([account.accountId, maria.customerId])
    expect((await get(`/${ours}`)).body).toEqual({ id: ours, created_time: time })
  })
})

describe('lists and selves', () => {
  it('are whole answers', async () => {
    await using set = await stage()
    const { account, maria, get, refused } = await scene(set)
    const jon = account.customer({ name: 'Jon' })
    expect((await get('/me/conversations?platform=instagram')).body).toEqual({ data: [] })
    maria.says('hi')
    set.clock.advance(MINUTE)
    const { mid } = jon.says('hello')
    const { data } = (await get('/me/conversations?platform=instagram')).body
    expect(data.map((row: { updated_time: string }) => row.updated_time)).toEqual(['2026-09-08T09:01:00+0000', time])
    const [{ id }] = data
    const message = { id: mid, created_time: '2026-09-08T09:01:00+0000' }
    expect((await get(`/${id}`)).body).toEqual({ id })
    expect((await get(`/${id}?fields=updated_time,messages`)).body).toEqual({
      id,
      updated_time: '2026-09-08T09:01:00+0000',
      messages: { data: [message] },
    })
    expect((await get(`/${id}/messages`)).body).toEqual({ data: [message] })
    expect((await get(`/${id}/messages?fields=message`)).body).toEqual({ data: [{ id: mid, message: 'hello' }] })
    expect(await refused(get('/me/conversations?platform=messenger'))).toBe('100/ (#100) Invalid parameter: platform')
    for (const path of ['/me/feed', '/nobody', '/nobody/messages'])
      expect(await refused(get(path))).toMatch(/^100\/33 /)
    const other = await scene(set)
    const listed = async () => (await other.get('/me/conversations?platform=instagram')).body.data.length
    // Neither those of another account, nor one in which nobody has written.
    other.maria.postback({ title: 'Start', payload: 'GO' })
    expect(await listed()).toBe(0)
    other.maria.says('hi')
    expect(await listed()).toBe(1)
    for (const path of [`/${id}`, `/${mid}`, `/${jon.customerId}`]) {
      expect(await refused(other.get(path))).toMatch(/^100\/33 /)
    }
  })

  it('are the Page and its account with Facebook Login', async () => {
    await using set = await stage()
    const { account, get } = await scene(set)
    const self = { id: account.accountId, username: 'acme.store' }
    const fields = 'fields=name,username,user_id,account_type,profile_picture_url,instagram_business_account'
    const page = { id: account.pageId, name: 'Acme Store', instagram_business_account: self }
    expect((await get(`/me?${fields}`)).body).toEqual(page)
    expect((await get(`/${account.pageId}?${fields}`)).body).toEqual(page)
    expect((await get(`/${account.accountId}?${fields}`)).body).toEqual({
      id: account.accountId,
      user_id: account.accountId,
      username: 'acme.store',
      name: 'Acme Store',
      account_type: 'BUSINESS',
      profile_picture_url: 'https://scontent.cdninstagram.com/acme.store.jpg',
    })
    expect((await get(`/${account.accountId}`)).body).toEqual({ id: account.accountId })
  })

  it('give a profile with what was asked for, or its name', async () => {
    await using set = await stage()
    const { maria, get } = await scene(set)
    maria.says('hi')
    expect((await get(`/${maria.customerId}`)).body).toEqual({ id: maria.customerId, name: 'Maria Example' })
    const fields = 'username,profile_pic,is_business_follow_user,is_verified_user'
    expect((await get(`/${maria.customerId}?fields=${fields}`)).body).toEqual({
      id: maria.customerId,
      username: 'maria.example',
      profile_pic: `https://scontent.cdninstagram.com/${maria.customerId}.jpg`,
      is_business_follow_user: false,
      is_verified_user: false,
    })
  })
})

describe('what was done to an account', () => {
  it.each<readonly [AccountCondition, string | undefined, string]>([
    ['permission-missing', '10/', '10/'],
    ['link-broken', '10/2534077', '10/2534077'],
    ['access-off', '200/2534041', '200/2534041'],
    ['no-role', '100/', '100/'],
    ['restricted', undefined, '10/1893063'],
    ['blocked-business', undefined, '100/2534029'],
    ['policy-block', undefined, '368/'],
    ['no-advanced-access', undefined, '200/'],
  ])('%s: reads %s, sends and sender actions %s', async (condition, reads, sends) => {
    await using set = await stage()
    const { account, maria, get, acts, refused } = await scene(set)
    maria.says('hi')
    account.set(condition, true)
    const code = async (reply: Promise<Reply>) => (await refused(reply)).split(' ')[0]
    if (reads === undefined) expect((await get('/me')).status).toBe(200)
    else expect(await code(get('/me'))).toBe(reads)
    expect(await code(send(set, account.token, maria.customerId, 'hello'))).toBe(sends)
    expect(await code(acts('typing_on'))).toBe(sends)
    account.set(condition, false)
    expect((await send(set, account.token, maria.customerId, 'hello')).status).toBe(200)
  })

  it('no-role is said in the word of the call', async () => {
    await using set = await stage()
    const { account, maria, get, refused } = await scene(set)
    account.set('no-role', true)
    expect(await refused(get('/me'))).toBe('100/ (#100) Unsupported request - method type: get')
    expect(await refused(send(set, account.token, maria.customerId, 'a'))).toMatch(/method type: post$/)
  })
})

describe('sender actions', () => {
  it('show on the phone, and are refused for what is not there', async () => {
    await using set = await stage()
    const { account, maria, acts, refused } = await scene(set)
    const answer = { status: 200, body: { recipient_id: maria.customerId } }
    const typing = () => maria.phone().businessIsTyping
    expect(await acts('mark_seen')).toMatchObject(answer)
    expect(maria.phone()).toEqual({ messages: [], businessIsTyping: false })
    const { mid } = maria.says('hi')
    account.sendsFromApp(maria.customerId, 'hello')
    expect(await acts('mark_seen')).toMatchObject(answer)
    expect(maria.phone().seenByBusiness).toBe(mid)
    expect(await acts('typing_on')).toMatchObject(answer)
    set.clock.advance(19_999)
    expect(typing()).toBe(true)
    set.clock.advance(1)
    expect(typing()).toBe(false)
    await acts('typing_on')
    expect(await acts('typing_off')).toMatchObject(answer)
    expect(typing()).toBe(false)
    await acts('typing_on')
    await send(set, account.token, maria.customerId, 'there')
    expect(typing()).toBe(false)

    const react = (payload: object) => refused(acts('react', { payload }))
    expect(await refused(acts('dance'))).toBe('100/ (#100) Invalid parameter: sender_action')
    expect(await refused(acts('typing_on', { message: { text: 'a' } }))).toMatch(/: sender_action stands alone$/)
    expect(await react({})).toBe('100/2534015 (#100) Invalid message data: message_id')
    expect(await react({ message_id: 'x', reaction: 'love' })).toMatch(/: message_id$/)
    expect(await react({ message_id: mid })).toMatch(/: reaction$/)
    expect(await refused(acts('react'))).toMatch(/: message_id$/)
  })

  it.each([
    ['love', { reaction: 'love', emoji: '\u2764\ufe0f' }],
    ['like', { reaction: 'like', emoji: '👍' }],
    ['laugh', { reaction: 'laugh', emoji: '😂' }],
    ['wow', { reaction: 'wow', emoji: '😮' }],
    ['sad', { reaction: 'sad', emoji: '😢' }],
    ['angry', { reaction: 'angry', emoji: '😠' }],
    ['🎉', { reaction: 'other', emoji: '🎉' }],
  ])('react with %s, and take it back', async (reaction, business) => {
    await using set = await stage()
    const { maria, acts } = await scene(set)
    const { mid } = maria.says('hi')
    await acts('react', { payload: { message_id: mid, reaction } })
    expect(maria.phone().messages[0]?.reactions).toEqual({ business })
    await acts('unreact', { payload: { message_id: mid } })
    expect(maria.phone().messages[0]?.reactions).toEqual({})
  })
})

describe('control of a thread', () => {
  it('is passed, taken, requested, released and told', async () => {
    await using set = await stage()
    const { maria, get, post, refused } = await scene(set)
    const recipient = { id: maria.customerId }
    const owner = async () =>
      (await get(`/me/thread_owner?recipient=${maria.customerId}`)).body.data[0].thread_owner.app_id
    const INBOX = '1217981644879628'
    const OURS = await owner()
    const done = { status: 200, body: { success: true } }
    expect(OURS).not.toBe(INBOX)
    expect(await post('/me/pass_thread_control', { recipient })).toMatchObject(done)
    expect(await owner()).toBe(INBOX)
    expect(await refused(post('/me/pass_thread_control', { recipient }))).toMatch(/^100\/2534037 /)
    expect(await refused(post('/me/release_thread_control', { recipient }))).toMatch(/^100\/2534037 /)
    expect(await post('/me/take_thread_control', { recipient })).toMatchObject(done)
    expect(await owner()).toBe(OURS)
    expect(await post('/me/release_thread_control', { recipient })).toMatchObject(done)
    expect(await owner()).toBe(INBOX)
    expect(await post('/me/request_thread_control', { recipient })).toMatchObject(done)
    expect(await owner()).toBe(OURS)
    await set.meta.idle()
    expect(set.app.events()).toEqual([
      {
        sender: { id: maria.customerId },
        recipient: { id: maria.accountId },
        timestamp: NOON,
        pass_thread_control: { previous_owner_app_id: INBOX, new_owner_app_id: OURS, metadata: '' },
      },
    ])
    expect(await refused(post('/me/lose_thread_control', { recipient }))).toMatch(/^100\/33 /)
    expect(await refused(post('/me/take_thread_control', { recipient: { id: '1' } }))).toMatch(/^100\/2534014 /)
    const instagram = await scene(set, 'instagram-login')
    expect(await refused(instagram.get(`/me/thread_owner?recipient=${instagram.maria.customerId}`))).toMatch(
      /^100\/33 /,
    )
  })

  it('is told with its metadata when another app takes or returns it, unless silently', async () => {
    await using set = await stage()
    const { account, maria } = await scene(set)
    expect(account.passThread(maria.customerId, { silent: true })).toBe(undefined)
    await account.returnThread(maria.customerId, { metadata: 'done' })?.delivered
    await account.passThread(maria.customerId, { metadata: 'mine' })?.delivered
    const events = set.app.events().map(({ pass_thread_control: pass, take_thread_control: take }) => ({ pass, take }))
    const inbox = '1217981644879628'
    const ours = events[0]?.pass.new_owner_app_id
    expect(events).toEqual([
      { pass: { previous_owner_app_id: inbox, new_owner_app_id: ours, metadata: 'done' }, take: undefined },
      { pass: undefined, take: { previous_owner_app_id: ours, new_owner_app_id: inbox, metadata: 'mine' } },
    ])
  })
})

describe('the subscription of an account', () => {
  it('is set, shown and removed', async () => {
    await using set = await stage()
    const { account, maria, get, post, refused } = await scene(set)
    const path = '/me/subscribed_apps'
    const shown = async () =>
      (await get(path)).body.data.map(({ name, subscribed_fields }: Record<string, unknown>) => [
        name,
        subscribed_fields,
      ])
    expect(await shown()).toEqual([['Helpdesk', ['messages']]])
    const removed = await set.call(path, { method: 'DELETE', token: account.token })
    expect(removed.body).toEqual({ success: true })
    expect(await shown()).toEqual([])
    expect(await maria.says('hi').delivered).toEqual({ outcome: 'not-subscribed' })
    expect(await refused(post(path, {}))).toBe('100/ (#100) Invalid parameter: subscribed_fields')
    for (const field of ['messaging_seen', 'messaging_referral', 'message_edit', 'messaging_handover', 'comments']) {
      expect(await refused(post(path, { subscribed_fields: ['messages', field] }))).toMatch(
        `subscribed_fields: ${field}`,
      )
    }
    expect((await post(path, { subscribed_fields: 'messages,message_reactions' })).body).toEqual({ success: true })
    expect(await maria.says('hi').delivered).toEqual({ outcome: 'delivered' })
    const instagram = await scene(set, 'instagram-login')
    expect((await instagram.post(path, { subscribed_fields: ['comments'] })).status).toBe(200)
  })
})

describe('what a send may say beside its message', () => {
  it.each<readonly [object, string | undefined]>([
    [{ messaging_type: 'RESPONSE' }, undefined],
    [{ messaging_type: 'UPDATE' }, undefined],
    [{ messaging_type: 'SHOUT' }, ': messaging_type'],
    [{ messaging_type: 'MESSAGE_TAG' }, ': tag'],
    [{ messaging_type: 'RESPONSE', tag: 'HUMAN_AGENT' }, ': tag'],
    [{ tag: 'HUMAN_AGENT' }, ': tag'],
    [{ messaging_type: 'MESSAGE_TAG', tag: 'ACCOUNT_UPDATE' }, ': tag is no longer allowed'],
    [{ messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' }, undefined],
    [{ reply_to: { mid: 'nowhere' } }, ': reply_to'],
    [{ reply_to: 'x' }, ': reply_to'],
  ])('%j', async (extra, refusal) => {
    await using set = await stage()
    const { account, maria, refused } = await scene(set)
    account.setHumanAgent(true)
    maria.says('hi')
    const reply = send(set, account.token, maria.customerId, 'hello', { ...extra })
    if (refusal === undefined) expect((await reply).status).toBe(200)
    else expect(await refused(reply)).toMatch(new RegExp(`${refusal}$`))
  })

  it('quotes no message that was unsent, or of another thread', async () => {
    await using set = await stage()
    const { account, maria, refused } = await scene(set)
    const jon = account.customer({ name: 'Jon' })
    const { mid } = maria.says('hi')
    maria.says('there')
    const theirs = jon.says('hi').mid
    maria.unsends(mid)
    for (const quoted of [mid, theirs]) {
      expect(await refused(send(set, account.token, maria.customerId, 'a', { reply_to: { mid: quoted } }))).toMatch(
        /: reply_to$/,
      )
    }
  })
})

describe('the books', () => {
  it('hold a send as a whole, in the ledger and on the phone', async () => {
    await using set = await stage()
    const { account, maria, post } = await scene(set)
    account.setHumanAgent(true)
    const theirs = maria.says('hi').mid
    const extra = { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT', reply_to: { mid: theirs } }
    const mid = (await send(set, account.token, maria.customerId, 'hello', extra)).body.message_id
    await send(set, account.token, 'nobody', 'hello')
    await set.meta.idle()
    const { accountId } = account
    const { customerId } = maria
    expect(set.meta.ledger.sends).toStrictEqual([
      { mid, accountId, customerId, at: NOON, text: 'hello', tag: 'HUMAN_AGENT', answer: 'given' },
    ])
    expect(set.meta.ledger.calls).toEqual([
      { accountId, recipientId: customerId, at: NOON, outcome: 'accepted', mid, status: 200 },
      { accountId, recipientId: 'nobody', at: NOON, outcome: 'refused', status: 400, code: 100, subcode: 2534014 },
    ])
    const image = { type: 'image', payload: { url: 'https://a.example/a.png' } }
    await post('/me/messages', { recipient: { id: customerId }, message: { attachment: image } })
    expect(set.meta.ledger.sends[1]).toStrictEqual({
      mid: expect.any(String),
      accountId,
      customerId,
      at: NOON,
      attachments: [image],
      answer: 'given',
    })
    account.unsends(set.meta.ledger.sends[1]?.mid ?? '')
    const event = { accountId, customerId, state: 'delivered', attempts: 1, answered200: 1 }
    expect(set.meta.ledger.events().slice(0, 2)).toStrictEqual([
      { ...event, eventId: `${accountId}/${customerId}/message/1`, kind: 'message', mid: theirs },
      { ...event, eventId: `${accountId}/${customerId}/echo/1`, kind: 'echo', mid },
    ])
    const shown = { timestamp: NOON, edited: false, seen: false, reactions: {} }
    expect(maria.phone()).toEqual({
      messages: [
        { ...shown, mid: theirs, from: 'customer', text: 'hi' },
        { ...shown, mid, from: 'business', text: 'hello', replyTo: theirs },
      ],
      businessIsTyping: false,
    })
  })

  it('hold a send without a recipient or a token, as far as it goes', async () => {
    await using set = await stage()
    const { account, post, acts } = await scene(set)
    const { accountId } = account
    await post('/me/messages', { message: { text: 'hi' } })
    await set.call('/me/messages', { method: 'POST', body: { recipient: { id: '9' }, message: { text: 'hi' } } })
    account.failNext('bad-gateway')
    await post('/me/messages', { recipient: { id: '9' }, message: { text: 'hi' } })
    account.failNext('no-answer')
    await post('/me/messages', { recipient: { id: '9' }, message: { text: 'hi' } }).catch(() => {})
    // What sends no message is in no book.
    await acts('jump')
    await set.call('/me/conversations', { token: account.token })
    expect(set.meta.ledger.calls).toEqual([
      { accountId, recipientId: '', at: NOON, outcome: 'refused', status: 400, code: 100, subcode: 2534014 },
      { accountId: '', recipientId: '9', at: NOON, outcome: 'refused', status: 401, code: 190 },
      { accountId, recipientId: '9', at: NOON, outcome: 'failed', status: 502 },
      { accountId, recipientId: '9', at: NOON, outcome: 'failed', status: 502 },
    ])
  })

  it('count events, answers and states, and go on where they were saved', () => {
    const ledger = openLedger()
    const event = (n: number, accountId: string, kind: 'message' | 'echo') =>
      ({ eventId: `${n}`, accountId, kind, list: 'messaging', body: {}, mid: `m${n}` }) as const
    ledger.addEvent(event(1, 'a', 'message'), 'waiting')
    ledger.addEvent(event(2, 'b', 'echo'), 'waiting')
    ledger.addEvent(event(3, 'a', 'echo'), 'dropped')
    const attempt = (status: number | undefined, accounts: Readonly<Record<string, number>>, eventIds: string[]) =>
      ledger.addAttempt({
        deliveryId: 'd',
        attempt: 1,
        at: 1,
        bytes: 2,
        sha256: '',
        eventIds,
        accounts,
        answer: status === undefined ? { kind: 'no-answer', reason: 'x' } : { kind: 'answered', status },
      })
    attempt(500, { a: 1, b: 2 }, ['1', '2'])
    attempt(undefined, { a: 4 }, ['1'])
    attempt(200, { a: 8, b: 16 }, ['1', 'unknown'])
    ledger.settleEvent('1', 'given-up')
    ledger.settleEvent('2', 'given-up')
    ledger.settleEvent('unknown', 'given-up')
    for (const book of [ledger, openLedger(ledger.save())]) {
      expect(book.deliveredEvents()).toEqual({ accepted: 24, refused: 3, unanswered: 4 })
      expect(book.deliveredEvents({ accountId: 'a' })).toEqual({ accepted: 8, refused: 1, unanswered: 4 })
      expect(book.events().map(({ state, attempts, answered200 }) => [state, attempts, answered200])).toEqual([
        ['delivered', 3, 1],
        ['given-up', 1, 0],
        ['dropped', 0, 0],
      ])
      expect(book.events({ accountId: 'a' }).map(({ eventId }) => eventId)).toEqual(['1', '3'])
      expect(book.events({ kind: 'echo' }).map(({ eventId }) => eventId)).toEqual(['2', '3'])
      expect(book.event('1')).toEqual({
        eventId: '1',
        accountId: 'a',
        kind: 'message',
        mid: 'm1',
        state: 'delivered',
        attempts: 3,
        answered200: 1,
      })
      expect([book.echoOf('m2'), book.echoOf('m3'), book.echoOf('m1')]).toEqual(['given-up', 'dropped', undefined])
    }
  })
})
