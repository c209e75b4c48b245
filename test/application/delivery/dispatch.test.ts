import { describe, expect, it } from 'vitest'
import type { RefusalCode } from 'madoguchi'
import { administrator, agent, aki, ben, DAY, HOUR, settled, until } from '../desk.ts'
import { deliveryOf, happened, onPhone, openQueue, openTalk, stands, type Talk } from './talk.ts'

const bot = { kind: 'automation', id: 'bot', organizationId: 'acme' } as const

/** What takes the right to answer away between the question and the sending. */
const obstacles: readonly {
  readonly name: string
  readonly code: RefusalCode
  readonly actor?: typeof aki | typeof bot
  readonly happens: (talk: Talk) => unknown
}[] = [
  {
    name: 'the channel is disabled',
    code: 'channel-disabled',
    happens: ({ desk, channelId }) => desk.channels.disable(administrator, { channelId }),
  },
  {
    name: 'the channel is deleted',
    code: 'channel-deleted',
    happens: ({ desk, channelId }) => desk.channels.delete(administrator, { channelId }),
  },
  {
    name: 'the customer is blocked',
    code: 'blocked',
    happens: ({ desk, conversationId }) => desk.conversations.block(ben, { conversationId }),
  },
  { name: '7 days have passed', code: 'window-expired', happens: ({ clock }) => clock.advance(7 * DAY) },
  {
    name: 'the author is removed from the channel',
    code: 'not-associated',
    happens: ({ desk, channelId }) => desk.channels.remove(administrator, { channelId, agentId: 'aki' }),
  },
  {
    name: 'an automation comes after 24 hours',
    code: 'human-agent-only',
    actor: bot,
    happens: ({ clock }) => clock.advance(DAY),
  },
  {
    name: 'the Human Agent feature is known to be missing after 24 hours',
    code: 'human-agent-refused',
    happens: async ({ desk, clock, channelId }) => {
      await desk.channels.setHumanAgent(administrator, { channelId, permission: 'refused' })
      clock.advance(DAY)
    },
  },
  {
    name: 'another app holds the thread and an automation answers',
    code: 'other-app-in-control',
    actor: bot,
    happens: ({ account, customer }) => account.passThread(customer.customerId)?.delivered,
  },
  {
    name: 'only the assignee may answer and that is somebody else',
    code: 'not-the-assignee',
    happens: async ({ desk, channelId, conversationId }) => {
      await desk.channels.change(administrator, { channelId, assigneeOnly: true })
      const { assignee } = await desk.conversations.get(ben, { conversationId })
      await desk.conversations.transfer(ben, { conversationId, to: 'ben', seen: assignee })
    },
  },
]

describe('a reply is refused', () => {
  it.each(obstacles)('when it is asked for, because $name', async ({ code, actor = aki, happens }) => {
    const talk = await openTalk()
    await happens(talk)
    await expect(
      talk.desk.conversations.reply(actor, { conversationId: talk.conversationId, text: 'Yes.' }),
    ).rejects.toMatchObject({ code })
    expect(await happened(talk, 'ReplyQueued')).toEqual([])
  })

  it('because the account may not send for a time, when it is asked for and when it leaves', async () => {
    const { dispatch, ...talk } = await openQueue()
    const { desk, account, conversationId } = talk
    account.restrict()
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
    await dispatch()
    expect(await stands(talk, replyId, 'rejected')).toMatchObject({ reason: 'authorization-restricted' })
    await expect(desk.conversations.reply(aki, { conversationId, text: 'Yes?' })).rejects.toMatchObject({
      code: 'authorization-restricted',
    })
  })

  it('to whoever is not associated before anything else, and is told nothing else', async () => {
    const talk = await openTalk()
    await talk.desk.conversations.block(ben, { conversationId: talk.conversationId })
    talk.clock.advance(8 * DAY)
    for (const actor of [agent('eve'), agent('aki', 'other'), administrator]) {
      const asked = talk.desk.conversations.reply(actor, { conversationId: talk.conversationId, text: 'Hello' })
      await expect(asked).rejects.toMatchObject({ code: 'not-associated', facts: {} })
    }
    const nowhere = talk.desk.conversations.reply(aki, { conversationId: 'no-such-conversation', text: 'Hello' })
    await expect(nowhere).rejects.toMatchObject({ code: 'not-associated', facts: {} })
  })

  it('when the conversation was ended, but one that ends it still leaves', async () => {
    const { dispatch, ...talk } = await openQueue()
    const { desk, conversationId } = talk
    const { replyId } = await desk.conversations.replyAndEnd(aki, { conversationId, text: 'Goodbye.' })
    await expect(desk.conversations.reply(aki, { conversationId, text: 'One more.' })).rejects.toMatchObject({
      code: 'conversation-ended',
    })
    await dispatch()
    await stands(talk, replyId, 'sent')
    expect(onPhone(talk)).toEqual(['Goodbye.'])
  })
})

describe('a queued reply is rejected when it would leave', () => {
  it.each(obstacles)('because $name', async ({ code, actor = aki, happens }) => {
    const { dispatch, ...talk } = await openQueue()
    const { replyId } = await talk.desk.conversations.reply(actor, {
      conversationId: talk.conversationId,
      text: 'Yes.',
    })
    await happens(talk)
    await dispatch()
    await until(async () => (await happened(talk, 'ReplyRejected')).length > 0)
    expect(await happened(talk, 'ReplyRejected')).toMatchObject([{ replyId, reason: code }])
    expect(await happened(talk, 'ReplyAttempted')).toEqual([])
    expect(talk.simulator.ledger.calls).toEqual([])
  })

  it('at once when its channel is disabled, also while it waits for a throttled account', async () => {
    const talk = await openTalk()
    const { desk, account, channelId, conversationId } = talk
    account.failNext('instagram-limit')
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
    await until(async () => (await happened(talk, 'ReplyAttemptFailed')).length > 0)
    await desk.channels.disable(administrator, { channelId })
    await until(async () => (await happened(talk, 'ReplyRejected')).length > 0)
    expect(await deliveryOf(talk, replyId, administrator)).toMatchObject({
      status: 'rejected',
      reason: 'channel-disabled',
    })
  })

  it('as of the instant of disabling, however late anybody notices, also when the channel is enabled again', async () => {
    const { dispatch, ...talk } = await openQueue()
    const { desk, clock, channelId, conversationId } = talk
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
    const offAndOn = async () => {
      clock.advance(HOUR)
      await desk.channels.disable(administrator, { channelId })
      const at = clock.now()
      clock.advance(HOUR)
      await desk.channels.enable(administrator, { channelId })
      return at
    }
    const at = await offAndOn()
    await offAndOn()
    const later = await desk.conversations.reply(aki, { conversationId, text: 'Still yes.' })
    // The next command notices, or else delivery.
    expect(await happened(talk, 'ReplyRejected')).toMatchObject([{ replyId, reason: 'channel-disabled', at }])
    await dispatch()
    await stands(talk, later.replyId, 'sent')
    expect(onPhone(talk)).toEqual(['Still yes.'])
  })

  it('by delivery, when the channel was disabled and enabled at one instant while the account was throttled', async () => {
    const talk = await openTalk()
    const { desk, account, channelId, conversationId } = talk
    account.failNext('instagram-limit')
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
    await until(async () => (await happened(talk, 'ReplyAttemptFailed')).length > 0)
    await desk.channels.disable(administrator, { channelId })
    await desk.channels.enable(administrator, { channelId })
    await stands(talk, replyId, 'rejected')
    expect(onPhone(talk)).toEqual([])
  })

  it('for the reason that held first', async () => {
    const { dispatch, ...talk } = await openQueue()
    const { desk, clock, channelId, conversationId } = talk
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
    clock.advance(7 * DAY + HOUR)
    await desk.channels.remove(administrator, { channelId, agentId: 'aki' })
    await desk.channels.disable(administrator, { channelId })
    await dispatch()
    await until(async () => (await happened(talk, 'ReplyRejected')).length > 0)
    expect(await happened(talk, 'ReplyRejected')).toMatchObject([{ replyId, reason: 'window-expired' }])
  })

  it('when its time runs out while it waits for the authorization', async () => {
    const talk = await openTalk()
    const { desk, clock, account, conversationId } = talk
    account.expireToken()
    await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
    await until(async () => (await happened(talk, 'ReplyAttemptFailed')).length > 0)
    clock.advance(7 * DAY + HOUR)
    const rejected = await until(async () => (await happened(talk, 'ReplyRejected'))[0])
    expect(rejected.reason).toBe('window-expired')
  })
})

describe('a reply that is taken back', () => {
  it('never leaves', async () => {
    const { dispatch, ...talk } = await openQueue()
    const { desk, conversationId } = talk
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
    await desk.conversations.withdraw(ben, { conversationId, replyId })
    await dispatch()
    await settled(talk)
    expect(await deliveryOf(talk, replyId)).toMatchObject({ status: 'rejected', reason: 'withdrawn', attempts: [] })
    expect(onPhone(talk)).toEqual([])
  })

  it('is refused once it has been attempted', async () => {
    const talk = await openTalk()
    const { desk, conversationId } = talk
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
    await stands(talk, replyId, 'sent')
    await expect(desk.conversations.withdraw(aki, { conversationId, replyId })).rejects.toMatchObject({
      code: 'reply-state',
    })
  })
})
