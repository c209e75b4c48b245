import { describe, expect, it } from 'vitest'
import { administrator, agent, aki, caughtUp, DAY, until } from '../desk.ts'
import { happened, openTalk, stands, type Talk } from './talk.ts'

const theirs = async ({ desk, conversationId }: Talk) => {
  const { items } = await desk.conversations.transcript(aki, { conversationId })
  const message = items.find((item) => item.kind === 'message')
  return message?.kind === 'message' ? message.messageId : ''
}
const reactions = ({ customer }: Talk) => customer.phone().messages[0]?.reactions

describe('an agent', () => {
  it('shows that they type, and that they do not any more', async () => {
    const { desk, conversationId, customer } = await openTalk()
    expect(await desk.conversations.typing(aki, { conversationId, on: true })).toEqual({ done: true })
    expect(customer.phone().businessIsTyping).toBe(true)
    await desk.conversations.typing(aki, { conversationId, on: false })
    expect(customer.phone().businessIsTyping).toBe(false)
  })

  it('shows that a message was seen, also when the window is closed', async () => {
    const { desk, conversationId, customer, clock } = await openTalk()
    clock.advance(8 * DAY)
    await desk.conversations.markSeen(aki, { conversationId })
    expect(customer.phone().seenByBusiness).toBe(customer.phone().messages[0]?.mid)
    await expect(desk.conversations.typing(aki, { conversationId, on: true })).rejects.toMatchObject({
      code: 'window-expired',
    })
  })

  it('reacts, reacts otherwise, and takes it back; each is in the transcript once Meta has taken it', async () => {
    const talk = await openTalk()
    const { desk, conversationId, clock } = talk
    const messageId = await theirs(talk)
    for (const emoji of ['❤️', '🎉', null]) {
      clock.advance(1)
      const { done } = await desk.conversations.react(aki, { conversationId, messageId, emoji })
      expect(done).toBe(true)
      expect(reactions(talk)?.business?.emoji).toBe(emoji ?? undefined)
    }
    expect(await happened(talk, 'ReactionChanged')).toMatchObject([
      { messageId, by: 'business', action: 'react', opens: false },
      { by: 'business', action: 'react' },
      { by: 'business', action: 'unreact' },
    ])
  })

  it('reacts to an answer of the desk too', async () => {
    const talk = await openTalk()
    const { desk, conversationId } = talk
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
    const { attempts } = await stands(talk, replyId, 'sent')
    await desk.conversations.react(aki, { conversationId, messageId: attempts[0]?.messageId ?? '', emoji: '👍' })
    const reaction = await until(async () => (await happened(talk, 'ReactionChanged'))[0])
    expect(reaction.messageId).toBe(attempts[0]?.messageId)
  })

  it('learns that Meta refused, and nothing is recorded then', async () => {
    const talk = await openTalk()
    talk.account.failNext('person-unavailable')
    const asked = { conversationId: talk.conversationId, messageId: await theirs(talk), emoji: '❤️' }
    expect(await talk.desk.conversations.react(aki, asked)).toMatchObject({ done: false, why: 'give-up' })
    expect(await happened(talk, 'ReactionChanged')).toEqual([])
  })
})

describe('a gesture is refused', () => {
  it('to whoever may not answer, and tells nothing else', async () => {
    const { desk, conversationId } = await openTalk()
    for (const actor of [agent('eve'), administrator]) {
      await expect(desk.conversations.markSeen(actor, { conversationId })).rejects.toMatchObject({
        code: 'not-associated',
      })
    }
    await expect(desk.conversations.typing(aki, { conversationId: 'nowhere', on: true })).rejects.toMatchObject({
      code: 'not-associated',
    })
  })

  it('on a disabled channel, to a blocked customer, without authorization, and for a message that is not there', async () => {
    const talk = await openTalk()
    const { desk, conversationId, channelId } = talk
    const react = (messageId: string) => desk.conversations.react(aki, { conversationId, messageId, emoji: '❤️' })
    const messageId = await theirs(talk)
    await expect(react('no-such-message')).rejects.toMatchObject({ code: 'message-not-found' })
    await desk.conversations.block(aki, { conversationId })
    await expect(react(messageId)).rejects.toMatchObject({ code: 'blocked' })
    await desk.conversations.unblock(aki, { conversationId })
    await desk.channels.disable(administrator, { channelId })
    await expect(desk.conversations.markSeen(aki, { conversationId })).rejects.toMatchObject({
      code: 'channel-disabled',
    })
    await desk.channels.enable(administrator, { channelId })
    await talk.store.tokens.remove(channelId)
    await expect(react(messageId)).rejects.toMatchObject({ code: 'authorization-lost' })
    await caughtUp(talk)
  })

  it('while the owner has switched access off, which nobody mends by connecting the account again', async () => {
    const talk = await openTalk()
    const { desk, conversationId, account } = talk
    account.failNext('access-off')
    await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
    await until(async () => (await desk.channels.get(administrator, talk)).authorization === 'suspended')
    await expect(desk.conversations.markSeen(aki, { conversationId })).rejects.toMatchObject({
      code: 'authorization-suspended',
    })
  })
})
