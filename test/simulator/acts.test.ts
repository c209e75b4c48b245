import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/index.ts'
import { HOUR, NOON, type WebhookBody, type WebhookItem } from './harness.ts'

// What customers and accounts can do, what the app is told of it, and what cannot be done.

/** A simulator that delivers to this process, with what it told. */
const opened = (options: Partial<SimulatorOptions> = {}) => {
  const clock = { time: NOON, now: () => clock.time }
  const bodies: WebhookBody[] = []
  const meta = createSimulator({
    clock,
    appSecret: 'secret',
    verifyToken: 'token',
    webhook: async (request) => {
      bodies.push((await request.json()) as WebhookBody)
      return new Response('ok')
    },
    ...options,
  })
  const account = meta.addAccount({ flavour: 'facebook-login', username: 'acme', accountId: '17', pageId: '5' })
  const maria = account.customer({ name: 'María Ñandú', customerId: '9' })
  const told = async (): Promise<readonly WebhookItem[]> => {
    await meta.idle()
    return bodies.flatMap(({ entry }) =>
      entry.flatMap(({ messaging = [], standby = [], changes = [] }) => [...messaging, ...standby, ...changes]),
    )
  }
  return { meta, clock, account, maria, told, bodies }
}
const last = async (told: () => Promise<readonly WebhookItem[]>) => (await told()).at(-1)
const fromMaria = { sender: { id: '9' }, recipient: { id: '17' }, timestamp: NOON }

describe('A customer', () => {
  it.each([
    ['❤️', 'love'],
    ['❤', 'love'],
    ['😂', 'laugh'],
    ['😆', 'laugh'],
    ['😮', 'wow'],
    ['😢', 'sad'],
    ['😠', 'angry'],
    ['😡', 'angry'],
    ['👍', 'like'],
    ['🎉', 'other'],
    [undefined, 'love'],
  ])('reacts with %s, which Meta calls %s, and takes it back', async (emoji, reaction) => {
    const { maria, told } = opened()
    const { mid } = maria.says('hi')
    maria.reacts(mid, emoji)
    const shown = { reaction, emoji: emoji ?? '❤️' }
    expect(maria.phone().messages[0]?.reactions).toEqual({ customer: shown })
    expect(await last(told)).toEqual({ ...fromMaria, reaction: { mid, action: 'react', ...shown } })
    maria.unreacts(mid)
    expect(maria.phone().messages[0]?.reactions).toEqual({})
    expect(await last(told)).toEqual({ ...fromMaria, reaction: { mid, action: 'unreact' } })
  })

  it.each([
    [
      'image',
      {},
      {
        url: expect.stringMatching(
          /^https:\/\/lookaside\.fbsbx\.com\/ig_messaging_cdn\/\?asset_id=1799\d{13}&signature=Ab\w{40}$/,
        ),
      },
    ],
    ['image', { url: 'https://a' }, { url: 'https://a' }],
    ['ephemeral', { url: 'https://a' }, undefined],
    ['like_heart', {}, undefined],
    ['template', { payload: { product: 1 } }, { product: 1 }],
    ['share', { payload: { title: 't' }, url: 'https://a' }, { title: 't', url: 'https://a' }],
    ['story', { url: 'https://a' }, { story_media_id: '17949000000000013', story_media_url: 'https://a' }],
    ['ig_story', { url: 'https://a' }, { story_media_id: '17949000000000013', story_media_url: 'https://a' }],
  ])('sends a %s with %j', async (type, enclosure, payload) => {
    const { maria, told } = opened()
    const { mid } = maria.sends({ attachments: [{ type, ...enclosure }] })
    const attachments = [{ type, ...(payload && { payload }) }]
    expect(await last(told)).toEqual({ ...fromMaria, message: { mid, attachments } })
    expect(maria.phone().messages[0]).toStrictEqual({
      mid,
      from: 'customer',
      timestamp: NOON,
      attachments,
      edited: false,
      seen: false,
      reactions: {},
    })
  })

  it('comes from a link, answers a story, taps a reply and quotes', async () => {
    const { maria, told } = opened()
    const { mid: quoted } = maria.sends({ text: 'a', referral: 'spring' })
    expect(await last(told)).toEqual({
      ...fromMaria,
      message: { mid: quoted, text: 'a', referral: { ref: 'spring', source: 'SHORTLINKS', type: 'OPEN_THREAD' } },
    })
    const { mid } = maria.sends({ text: 'b', referral: { ad_id: '1' }, story: { id: '2' }, quickReply: 'YES', at: 7 })
    expect(await last(told)).toEqual({
      ...fromMaria,
      timestamp: 7,
      message: {
        mid,
        text: 'b',
        referral: { ad_id: '1' },
        reply_to: { story: { id: '2' } },
        quick_reply: { payload: 'YES' },
      },
    })
    const again = maria.sends({ text: 'c', replyTo: quoted, unsupported: true })
    expect(await last(told)).toEqual({
      ...fromMaria,
      message: { mid: again.mid, text: 'c', reply_to: { mid: quoted, is_self_reply: true }, is_unsupported: true },
    })
    expect(maria.phone().messages.map((message) => message.replyTo)).toEqual([undefined, undefined, quoted])
  })

  it('edits a message up to five times, and not one that was taken back', async () => {
    const { maria, told, clock } = opened()
    const { mid } = maria.says('0')
    clock.time += 1
    for (let count = 1; count <= 5; count++) {
      expect(maria.edits(mid, String(count)).timestamp).toBe(NOON + 1)
      expect(await last(told)).toEqual({
        ...fromMaria,
        timestamp: NOON + 1,
        message_edit: { mid, text: String(count), num_edit: count % 2 === 1 ? String(count) : count },
      })
      expect(maria.phone().messages).toMatchObject([{ text: String(count), edited: true, timestamp: NOON }])
    }
    expect(() => maria.edits(mid, '6')).toThrow(new RangeError('a message can be edited five times'))
    maria.unsends(mid)
    expect(await last(told)).toEqual({ ...fromMaria, timestamp: NOON + 1, message: { mid, is_deleted: true } })
    expect(() => maria.edits(mid, 'x')).toThrow(`cannot edit ${mid}`)
    expect(maria.phone().messages).toEqual([])
  })

  it('taps, with a message id or without, and without payload where another app owns the thread', async () => {
    const { maria, account, told, bodies } = opened()
    const { mid } = maria.postback({ title: 't', payload: 'p', ref: 'spring' })
    const referral = { ref: 'spring', source: 'SHORTLINKS', type: 'OPEN_THREAD' }
    expect(await last(told)).toEqual({ ...fromMaria, postback: { mid, title: 't', payload: 'p', referral } })
    expect(maria.postback({ title: 't', payload: 'p', withMid: false })).not.toHaveProperty('mid')
    expect(await last(told)).toEqual({ ...fromMaria, postback: { title: 't', payload: 'p' } })
    account.passThread('9', { silent: true })
    maria.postback({ title: 't', payload: 'p' })
    expect(await last(told)).toEqual({ ...fromMaria, postback: { mid: expect.any(String), title: 't' } })
    expect(bodies.at(-1)?.entry[0]).toHaveProperty('standby')
    account.returnThread('9', { silent: true })
    maria.says('hi')
    await told()
    expect(bodies.at(-1)?.entry[0]).toHaveProperty('messaging')
  })

  it('comments in public, on a post or live', async () => {
    const { maria, told, bodies } = opened()
    for (const live of [false, true]) {
      const { commentId, timestamp } = maria.comments('nice', { live })
      expect([commentId.slice(0, 5), commentId.length, timestamp]).toEqual(['17894', 17, NOON])
      expect(await last(told)).toEqual({
        field: live ? 'live_comments' : 'comments',
        value: {
          from: { id: '9', username: 'mari.a.n.andu' },
          media: { id: '17918000000000041', media_product_type: live ? 'LIVE' : 'FEED' },
          id: commentId,
          text: 'nice',
        },
      })
      expect(bodies.at(-1)?.entry[0]?.time).toBe(NOON / 1_000)
    }
    expect(maria.comments('x').commentId).not.toBe(maria.comments('x').commentId)
    expect(maria.window()).toBe('never-opened')
  })

  it('has seen a message of the business and all before it, since the first time', async () => {
    const { meta, account, maria, told, clock } = opened()
    maria.says('hi')
    const mids = ['1', '2', '3'].map((text) => account.sendsFromApp('9', text).mid)
    const seenAt = () => meta.save().world.messages.map(([, message]) => (message as { seenAt?: number }).seenAt)
    expect(maria.sees(mids[1]).timestamp).toBe(NOON)
    expect(await last(told)).toEqual({ ...fromMaria, read: { mid: mids[1] } })
    expect(maria.phone().messages.map(({ seen }) => seen)).toEqual([false, true, true, false])
    clock.time += 1
    maria.sees()
    expect(await last(told)).toEqual({ ...fromMaria, timestamp: NOON + 1, read: { mid: mids[2] } })
    expect(seenAt()).toEqual([undefined, NOON, NOON, NOON + 1])
  })

  it('cannot touch what is not there, or not of the thread', () => {
    const { meta, account, maria } = opened()
    const there = 'there is no such message of the business'
    expect(() => maria.sees()).toThrow(there)
    expect(() => maria.refers('x')).toThrow('no thread yet: give the referral to the first message or postback')
    const { mid } = maria.says('hi')
    const { mid: ours } = account.sendsFromApp('9', 'hello')
    const other = account.customer({})
    const { mid: foreign } = other.says('hi')
    const foreignAccount = { mid: foreign, is: `message ${foreign} is not of this thread` }
    expect(() => maria.sees(mid)).toThrow(there)
    expect(() => maria.unsends(ours)).toThrow(`message ${ours} is not the customer's`)
    expect(() => maria.edits(ours, 'x')).toThrow(`cannot edit ${ours}`)
    expect(() => account.unsends(mid)).toThrow(`not this account's: ${mid}`)
    for (const act of [maria.unsends, maria.reacts, maria.unreacts, (id: string) => maria.edits(id, 'x')])
      expect(() => act(foreignAccount.mid)).toThrow(foreignAccount.is)
    expect(() => maria.sends({ text: 'x', replyTo: foreign })).toThrow(foreignAccount.is)
    const elsewhere = meta.addAccount({ flavour: 'facebook-login', username: 'other' }).customer({ customerId: '9' })
    expect(() => maria.reacts(elsewhere.says('hi').mid)).toThrow('is not of this thread')
    expect(() => maria.unsends('m0')).toThrow('no such message: m0')
    expect(() => account.customerById('99')).toThrow('no such customer: 99 of 17')
  })

  it.each<[string, (it: ReturnType<typeof opened>) => unknown, boolean]>([
    ['writes', ({ maria }) => maria.says('hi'), true],
    ['sends media', ({ maria }) => maria.sends({ attachments: [{ type: 'image' }] }), true],
    ['taps', ({ maria }) => maria.postback({ title: 't', payload: 'p' }), true],
    ['mentions', ({ maria }) => maria.mentions(), true],
    [
      'mentions twice at once',
      ({ maria }) => maria.sends({ attachments: [{ type: 'story_mention' }, { type: 'story_mention' }] }),
      true,
    ],
    ['comments', ({ maria }) => maria.comments('hi'), false],
    ['reacts to the business', ({ maria, account }) => maria.reacts(account.sendsFromApp('9', 'x').mid), false],
  ])('opens the window, or not, when she %s', async (_, act, opens) => {
    const set = opened()
    act(set)
    expect([set.maria.openedAt(), set.maria.window()]).toEqual(opens ? [NOON, 'standard'] : [undefined, 'never-opened'])
  })

  it('opens the window by what the options say', () => {
    const { maria, account } = opened({ opening: { storyMention: false, reaction: true } })
    maria.mentions({ url: 'https://a', at: 5 })
    expect(maria.openedAt()).toBeUndefined()
    maria.sends({ attachments: [{ type: 'story_mention' }], text: 'look', at: 5 })
    expect(maria.openedAt()).toBe(5)
    const { mid } = account.sendsFromApp('9', 'x')
    maria.unreacts(mid)
    expect(maria.openedAt()).toBe(5)
    maria.reacts(mid)
    expect(maria.openedAt()).toBe(NOON)
    maria.sends({ text: 'late', at: 7 })
    expect(maria.openedAt()).toBe(NOON)
    maria.refers('x')
  })

  it('is not reached after a block, until it ends', () => {
    const { meta, maria } = opened()
    const unavailable = () =>
      (meta.save().world.customers[0]?.[1] as { unavailable?: boolean } | undefined)?.unavailable
    let changes = 0
    meta.watch(() => changes++)
    maria.blocksBusiness()
    expect([unavailable(), changes]).toEqual([true, 1])
    maria.unblocksBusiness()
    expect([unavailable(), changes]).toEqual([false, 2])
  })
})

describe('An account', () => {
  it('is listed with its customers, who have names and ids of their own', () => {
    const { meta, account } = opened()
    const other = meta.addAccount({ flavour: 'instagram-login', username: 'other' })
    const names = [{ name: '  ...' }, {}, { username: 'given', name: 'X' }, { name: 'Ann  Lee-2!' }].map(
      (profile) => other.customer(profile).username,
    )
    expect(names).toEqual([
      expect.stringMatching(/^user\.\d{6}$/),
      expect.stringMatching(/^user\.\d{6}$/),
      'given',
      'ann.lee.2',
    ])
    expect(account.customers().map(({ customerId }) => customerId)).toEqual(['9'])
    expect(other.customers()).toHaveLength(4)
    expect(account.customer({ customerId: '9', name: 'Another' }).username).toBe('mari.a.n.andu')
    expect(meta.accounts().map(({ accountId }) => accountId)).toEqual(['17', other.accountId])
    expect(meta.customer('17', {}).accountId).toBe('17')
    expect(account.pageId).toBe('5')
    expect(other).not.toHaveProperty('pageId')
    expect(() => meta.account('99')).toThrow('no such account: 99')
    expect(() => meta.addAccount({ flavour: 'facebook-login', username: 'x', accountId: '17' })).toThrow(
      'account 17 is there already',
    )
  })

  it('sends from Instagram’s own app and takes back, and the app is told', async () => {
    const { account, maria, told } = opened()
    maria.says('hi')
    const ours = { sender: { id: '17' }, recipient: { id: '9' }, timestamp: NOON }
    const { mid } = account.sendsFromApp('9', { text: 'x', attachments: [{ type: 'like_heart' }] })
    expect(await last(told)).toEqual({
      ...ours,
      message: { mid, text: 'x', attachments: [{ type: 'like_heart' }], is_echo: true },
    })
    expect(account.unsends(mid).timestamp).toBe(NOON)
    expect(await last(told)).toEqual({ ...ours, message: { mid, is_echo: true, is_deleted: true } })
    expect(maria.phone().messages).toHaveLength(1)
  })

  it('is told of a policy, as every other app', async () => {
    const { meta, account, told } = opened()
    for (const action of ['block', 'unblock'] as const) {
      account.enforcesPolicy(action, 'spam')
      expect(await last(told)).toEqual({
        recipient: { id: '17' },
        timestamp: NOON,
        policy_enforcement: { action, reason: 'spam' },
      })
      const saved = meta.save().world.accounts[0]?.[1]
      expect((saved as { conditions?: unknown } | undefined)?.conditions).toEqual(
        action === 'block' ? ['blocked-business'] : [],
      )
    }
  })
})

describe('Ids', () => {
  const shapes = (meta: Simulator) => {
    const account = meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const maria = account.customer({})
    const { mid } = maria.says('hi')
    const thread = meta.save().world.threads.at(-1)?.[1] as { conversationId?: string } | undefined
    return {
      account: account.accountId,
      page: account.pageId ?? '',
      bare: meta.addPage({ name: 'x' }),
      appScoped: account.appScopedId,
      customer: maria.customerId,
      mid,
      fromApp: account.sendsFromApp(maria.customerId, 'x').mid,
      conversation: thread?.conversationId ?? '',
      comment: maria.comments('x').commentId,
      token: account.token,
    }
  }
  const fresh = (seed: number) => createSimulator({ appSecret: 's', verifyToken: 't', seed })

  it('have the shape of Meta’s, follow from the seed, and differ by it', () => {
    const ids = shapes(fresh(1))
    expect(ids).toEqual({
      account: expect.stringMatching(/^17841\d{8}0001$/),
      page: expect.stringMatching(/^1\d{10}0001$/),
      bare: expect.stringMatching(/^1\d{10}0002$/),
      appScoped: expect.stringMatching(/^24\d{11}0001$/),
      customer: expect.stringMatching(/^9\d{8}000001$/),
      mid: expect.stringMatching(/^aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOj[\w-]+ZD$/),
      fromApp: expect.stringMatching(/^aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOj[\w-]+ZD$/),
      conversation: expect.stringMatching(/^aWdfZAG06MTpJR01lc3NhZA2VUaHJlYWQ6[\w-]+$/),
      comment: expect.stringMatching(/^17894\d{8}0001$/),
      token: expect.stringMatching(/^EAA[A-Za-z0-9]{60}1$/),
    })
    const inner = (id: string) =>
      Buffer.from(id.slice('aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOj'.length, -2), 'base64url').toString()
    expect(inner(ids.mid)).toMatch(new RegExp(`^${ids.account}:\\d{36}:32\\d{25}00000001$`))
    expect(inner(ids.fromApp)).toMatch(new RegExp(`^${ids.account}:\\d{36}:34\\d{25}00000001$`))
    expect(inner(ids.mid).split(':')[1]).toBe(inner(ids.fromApp).split(':')[1])
    expect(
      Buffer.from(ids.conversation.slice('aWdfZAG06MTpJR01lc3NhZA2VUaHJlYWQ6'.length), 'base64url').toString(),
    ).toBe(`${ids.account}:${ids.customer}`)
    expect(shapes(fresh(1))).toEqual(ids)
    expect(Object.entries(shapes(fresh(2))).filter(([name, id]) => id === ids[name as keyof typeof ids])).toEqual([])
  })

  it('never repeat', () => {
    const meta = fresh(1)
    const all = Array.from({ length: 30 }, () => Object.values(shapes(meta))).flat()
    expect(all.filter((id, at) => all.indexOf(id) !== at)).toEqual([])
  })
})

describe('What was issued', () => {
  it('says when it happened by the machine where there is no clock', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOON + 7 })
    onTestFinished(() => void vi.useRealTimers())
    const meta = createSimulator({ appSecret: 'secret', verifyToken: 'token' })
    const account = meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    expect(account.customer({}).says('hi').timestamp).toBe(NOON + 7)
  })

  it('says when it happened, by the clock', () => {
    const { maria, clock } = opened()
    clock.time += HOUR
    for (const { timestamp } of [maria.says('hi'), maria.mentions(), maria.refers('x'), maria.comments('x')])
      expect(timestamp).toBe(NOON + HOUR)
  })
})

describe('The books', () => {
  it('name what the app was told, with kind and message, and whether it was', async () => {
    const { meta, account, maria, told } = opened()
    const { mid } = maria.says('hi')
    const { mid: ours } = account.sendsFromApp('9', 'hello')
    maria.edits(mid, 'new')
    maria.reacts(ours)
    maria.unreacts(ours)
    maria.sees()
    maria.unsends(mid)
    account.unsends(ours)
    const { mid: tap } = maria.postback({ title: 't', payload: 'p' })
    maria.postback({ title: 't', payload: 'p', withMid: false })
    maria.refers('x')
    maria.comments('x')
    account.passThread('9')
    account.enforcesPolicy('unblock', 'x')
    account.setSubscribed(false)
    maria.says('unheard')
    await told()
    const events = meta.ledger.events().map(({ kind, mid: of, customerId, state }) => [kind, of, customerId, state])
    expect(events).toEqual([
      ['message', mid, '9', 'delivered'],
      ['echo', ours, '9', 'delivered'],
      ['edit', mid, '9', 'delivered'],
      ['reaction', ours, '9', 'delivered'],
      ['reaction', ours, '9', 'delivered'],
      ['seen', ours, '9', 'delivered'],
      ['unsend', mid, '9', 'delivered'],
      ['echo-unsend', ours, '9', 'delivered'],
      ['postback', tap, '9', 'delivered'],
      ['postback', undefined, '9', 'delivered'],
      ['referral', undefined, '9', 'delivered'],
      ['comment', undefined, '9', 'delivered'],
      ['thread-control', undefined, '9', 'delivered'],
      ['policy', undefined, undefined, 'delivered'],
      ['message', expect.any(String), '9', 'not-subscribed'],
    ])
    expect(new Set(meta.ledger.events().map(({ eventId }) => eventId)).size).toBe(15)
    expect(meta.ledger.events({ kind: 'reaction' })).toHaveLength(2)
  })
})
