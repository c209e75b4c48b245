import { describe, expect, it } from 'vitest'
import type { Messenger } from 'madoguchi'
import { aki, ben, caughtUp, HOUR, settled, until } from '../desk.ts'
import { deliveryOf, happened, onPhone, openTalk, stands, type Talk } from './talk.ts'

/** Long enough for an echo; then Meta's conversation is looked at. */
const GRACE = 10_000

const answer = async (talk: Talk, text = 'Yes.') =>
  (await talk.desk.conversations.reply(aki, { conversationId: talk.conversationId, text })).replyId
const isUnknown = (talk: Talk, times = 1) =>
  until(async () => (await happened(talk, 'ReplyOutcomeUnknown')).length === times)
const settledBy = async (talk: Talk) => (await happened(talk, 'ReplyPartSent')).map((sent) => sent.settledBy)
const calls = ({ simulator }: Talk) => simulator.ledger.calls.length

/** Meta's conversation shows nothing; the real look keeps within Meta's rate of two calls a second, which takes its time. */
const unseen = (meta: Messenger): Messenger => ({
  ...meta,
  history: () => Promise.resolve({ kind: 'found', messages: [] }),
})

/** Every way in which nobody knows whether it arrived, and nothing did. */
const nothingDone = [
  ['a 502 page', 'bad-gateway'],
  ['a cut connection', 'no-answer'],
  ['code 1', 'unknown'],
  ['code 2', 'transient'],
] as const

describe('a send whose outcome is unknown is never repeated by itself', () => {
  it.each(nothingDone)('after %s: it is looked for once, and then unconfirmed', async (_, error) => {
    const talk = await openTalk(error === 'bad-gateway' ? {} : { messenger: unseen })
    talk.account.failNext(error)
    const replyId = await answer(talk)
    await isUnknown(talk)
    talk.clock.advance(GRACE)
    await stands(talk, replyId, 'unconfirmed')
    expect(await happened(talk, 'ReplyLookedFor')).toMatchObject([{ found: false }])
    talk.clock.advance(HOUR)
    await settled(talk)
    expect(calls(talk)).toBe(1)
    expect(onPhone(talk)).toEqual([])
  })

  it('after a timeout: an answer that comes later is not lost, for the echo of it settles the send', async () => {
    const held = Promise.withResolvers<void>()
    const talk = await openTalk({
      delivery: { callTimeout: 20_000 },
      messenger: (meta) => ({
        ...meta,
        send: async (...asked) => {
          const sent = await meta.send(asked[0], asked[1])
          await held.promise
          return sent
        },
      }),
      simulator: { delivery: { echoDelayMs: 40_000 } },
    })
    const replyId = await answer(talk)
    await until(async () => calls(talk) === 1)
    await settled(talk, 20_000)
    await isUnknown(talk)
    await settled(talk, 20_000)
    await stands(talk, replyId, 'sent')
    held.resolve()
    await settled(talk)
    expect(calls(talk)).toBe(1)
    expect(await settledBy(talk)).toEqual(['text'])
    expect(onPhone(talk)).toEqual(['Yes.'])
  })

  it('holds back the later replies until its automatic settling has ended', async () => {
    const talk = await openTalk({ messenger: unseen })
    talk.account.failNext('transient')
    const first = await answer(talk, 'First.')
    await isUnknown(talk)
    const second = await answer(talk, 'Second.')
    await settled(talk)
    expect(calls(talk)).toBe(1)
    talk.clock.advance(GRACE)
    await stands(talk, second, 'sent')
    expect(await deliveryOf(talk, first)).toMatchObject({ status: 'unconfirmed' })
  })
})

/** Meta took the send, and its answer got lost. */
const lostAnswers = (changes: Parameters<typeof openTalk>[0] = {}) =>
  openTalk({ ...changes, simulator: { faults: { loseAnswer: 1 }, ...changes.simulator } })

describe('it is settled', () => {
  it('by an echo of equal text', async () => {
    const talk = await lostAnswers()
    const replyId = await answer(talk)
    await stands(talk, replyId, 'sent')
    expect(await settledBy(talk)).toEqual(['text'])
    expect(onPhone(talk)).toEqual(['Yes.'])
  })

  it('by one look at the conversation, when no echo ever comes', async () => {
    const talk = await lostAnswers({ simulator: { faults: { loseAnswer: 1, dropEcho: 1 } } })
    const replyId = await answer(talk)
    await isUnknown(talk)
    talk.clock.advance(GRACE)
    await stands(talk, replyId, 'sent')
    expect(await settledBy(talk)).toEqual(['look'])
    expect(calls(talk)).toBe(1)
  })

  it('by an echo that comes when it was given up as unconfirmed', async () => {
    const talk = await openTalk({ messenger: unseen })
    talk.account.failNext('transient')
    const replyId = await answer(talk)
    await isUnknown(talk)
    talk.clock.advance(GRACE)
    await stands(talk, replyId, 'unconfirmed')
    // What Meta sends much later: the echo of the very text.
    await talk.account.sendsFromApp(talk.customer.customerId, 'Yes.').delivered
    expect(await stands(talk, replyId, 'sent')).toMatchObject({ attempts: [{ settledBy: 'text' }] })
  })

  it('each by its own echo, where two equal texts follow each other', async () => {
    const talk = await lostAnswers()
    const first = await answer(talk, 'Yes.')
    const second = await answer(talk, 'Yes.')
    await stands(talk, first, 'sent')
    await stands(talk, second, 'sent')
    const sent = await happened(talk, 'ReplyPartSent')
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(2)
    expect(onPhone(talk)).toEqual(['Yes.', 'Yes.'])
  })

  it('by count and kind, where it was a picture', async () => {
    const talk = await lostAnswers()
    const { replyId } = await talk.desk.conversations.reply(aki, {
      conversationId: talk.conversationId,
      media: [{ kind: 'image', url: 'https://shop.test/a.jpg' }],
    })
    await stands(talk, replyId, 'sent')
    expect(await settledBy(talk)).toEqual(['text'])
  })

  it('not by an echo from before it was attempted', async () => {
    const talk = await openTalk({ messenger: unseen })
    await talk.account.sendsFromApp(talk.customer.customerId, 'Yes.').delivered
    talk.account.failNext('transient')
    const replyId = await answer(talk)
    await isUnknown(talk)
    talk.clock.advance(GRACE)
    await stands(talk, replyId, 'unconfirmed')
    expect(await settledBy(talk)).toEqual([])
  })

  it('and a reply from elsewhere with another text stays a reply from elsewhere', async () => {
    const talk = await openTalk({ messenger: unseen })
    talk.account.failNext('transient')
    const replyId = await answer(talk)
    await isUnknown(talk)
    await talk.account.sendsFromApp(talk.customer.customerId, 'We are closed.').delivered
    talk.clock.advance(GRACE)
    await stands(talk, replyId, 'unconfirmed')
    const { items } = await talk.desk.conversations.transcript(aki, { conversationId: talk.conversationId })
    expect(items.map((item) => item.kind)).toContain('message')
    expect(items.filter((item) => item.kind === 'message')).toHaveLength(2)
  })
})

describe('echo and answer of one send', () => {
  it.each([
    ['the echo first', { echoFirst: 1 }],
    ['the answer first', {}],
  ] as const)('join by the message id: %s', async (_, faults) => {
    const talk = await openTalk({ simulator: { faults } })
    const replyId = await answer(talk)
    await stands(talk, replyId, 'sent')
    await talk.simulator.idle()
    expect(await settledBy(talk)).toEqual(['answer'])
    const { items } = await talk.desk.conversations.transcript(aki, { conversationId: talk.conversationId })
    expect(items.filter((item) => item.kind === 'reply')).toHaveLength(1)
    expect(items.filter((item) => item.kind === 'message')).toHaveLength(1)
  })

  it('leave the customer waiting when an automation has answered, the echo of each part first', async () => {
    const talk = await openTalk({ simulator: { faults: { echoFirst: 1 } } })
    const { desk, conversationId } = talk
    const bot = { kind: 'automation', id: 'bot', organizationId: 'acme' } as const
    const media = [{ kind: 'image', url: 'https://shop.test/a.jpg' }] as const
    const { replyId } = await desk.conversations.reply(bot, { conversationId, text: 'We are on it.', media })
    await stands(talk, replyId, 'sent')
    await talk.simulator.idle()
    await caughtUp(talk)
    const { items } = await desk.inbox.list(aki, { view: 'waiting' })
    expect(items.map((item) => item.conversationId)).toEqual([conversationId])
  })

  it('win over equal text that had settled it: the other message is one from elsewhere then', async () => {
    // While the call is on its way somebody writes the same in the Instagram app.
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const talk = await openTalk({
      messenger: (meta): Messenger => ({
        ...meta,
        send: async (...asked) => {
          await held
          return meta.send(...asked)
        },
      }),
    })
    const replyId = await answer(talk)
    await until(async () => (await happened(talk, 'ReplyAttempted')).length > 0)
    await talk.account.sendsFromApp(talk.customer.customerId, 'Yes.').delivered
    release()
    await stands(talk, replyId, 'sent')
    await talk.simulator.idle()
    expect(await settledBy(talk)).toEqual(['answer'])
    const { items } = await talk.desk.conversations.transcript(aki, { conversationId: talk.conversationId })
    expect(items.filter((item) => item.kind === 'message')).toHaveLength(2)
    expect(onPhone(talk)).toEqual(['Yes.', 'Yes.'])
  })
})

describe('the look at the conversation', () => {
  const looking = async (
    answers: readonly (Awaited<ReturnType<Messenger['history']>> | 'real')[],
    changes: Parameters<typeof openTalk>[0] = {},
  ) => {
    const left = [...answers]
    let looks = 0
    const talk = await openTalk({
      ...changes,
      messenger: (meta) => ({
        ...meta,
        history: (...asked) => {
          looks++
          const planned = left.shift() ?? 'real'
          return planned === 'real' ? meta.history(...asked) : Promise.resolve(planned)
        },
      }),
    })
    talk.account.failNext('transient')
    const replyId = await answer(talk)
    await isUnknown(talk)
    talk.clock.advance(GRACE)
    return { ...talk, replyId, looks: () => looks }
  }

  it('is taken again when Meta does not answer it, and that alone proves nothing', async () => {
    const talk = await looking([{ kind: 'throttled', code: '4', scope: 'app' }])
    await stands(talk, talk.replyId, 'unconfirmed')
    expect(talk.looks()).toBe(2)
    expect(await happened(talk, 'ReplyLookedFor')).toHaveLength(1)
  })

  it('waits for the authorization when that is lost, and is taken when the account is connected again', async () => {
    const talk = await looking([{ kind: 'authorization-lost', code: '190/463' }])
    const { desk, channelId, account } = talk
    await until(async () => (await desk.channels.get(administratorOf, { channelId })).authorization === 'lost')
    await settled(talk)
    expect(await happened(talk, 'ReplyLookedFor')).toEqual([])
    expect((await deliveryOf(talk, talk.replyId)).status).toBe('attempted')
    await desk.channels.reconnect(administratorOf, { channelId, token: account.issueToken() })
    await stands(talk, talk.replyId, 'unconfirmed')
    expect(await happened(talk, 'ReplyLookedFor')).toMatchObject([{ found: false }])
  })

  it('that Meta refuses for good ends the automatic settling without having seen anything', async () => {
    const talk = await looking([{ kind: 'give-up', why: 'customer-unavailable', code: '100/2534014' }])
    await stands(talk, talk.replyId, 'unconfirmed')
    expect(await happened(talk, 'ReplyLookedFor')).toEqual([])
  })
})

const administratorOf = { kind: 'administrator', id: 'sato', organizationId: 'acme' } as const

describe('an unconfirmed reply', () => {
  const unconfirmed = async () => {
    const talk = await openTalk({ messenger: unseen })
    talk.account.failNext('transient')
    const replyId = await answer(talk)
    await isUnknown(talk)
    talk.clock.advance(GRACE)
    await stands(talk, replyId, 'unconfirmed')
    return { ...talk, replyId }
  }

  it('is sent again only by an agent who accepts that it may arrive twice', async () => {
    const talk = await unconfirmed()
    const { desk, conversationId, replyId } = talk
    await expect(desk.conversations.resend(ben, { conversationId, replyId })).rejects.toMatchObject({
      code: 'may-arrive-twice',
    })
    const bot = { kind: 'automation', id: 'bot', organizationId: 'acme' } as const
    await expect(
      desk.conversations.resend(bot, { conversationId, replyId, mayArriveTwice: true }),
    ).rejects.toMatchObject({ code: 'not-associated' })
    await desk.conversations.resend(ben, { conversationId, replyId, mayArriveTwice: true })
    const delivery = await stands(talk, replyId, 'sent')
    expect(delivery.attempts.map(({ outcome }) => outcome)).toEqual(['unconfirmed', 'sent'])
    expect(delivery.resent).toMatchObject([{ by: { id: 'ben' }, mayArriveTwice: true }])
    expect(onPhone(talk)).toEqual(['Yes.'])
  })

  it('that is asked for twice at once is sent again once', async () => {
    const talk = await unconfirmed()
    const { desk, conversationId, replyId } = talk
    const asked = { conversationId, replyId, mayArriveTwice: true }
    await Promise.all([desk.conversations.resend(aki, asked), desk.conversations.resend(ben, asked)])
    await stands(talk, replyId, 'sent')
    await settled(talk)
    expect(onPhone(talk)).toEqual(['Yes.'])
  })
})
