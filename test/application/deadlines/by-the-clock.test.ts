import { describe, expect, it } from 'vitest'
import { administrator, aki, caughtUp, DAY, engines, HOUR, MINUTE, settled, until } from '../desk.ts'
import { happened, openTalk, stands, type Talk } from '../delivery/talk.ts'

const ticketsOf = async ({ desk, store, channelId }: Talk) => {
  await caughtUp({ desk, store })
  return (await desk.tickets.list(aki, { channelId })).items
}
const tickets = (talk: Talk, count: number) =>
  until(async () => {
    const items = await ticketsOf(talk)
    return items.length === count && items
  })
const dueAt = async ({ desk, store, channelId }: Talk) => {
  await caughtUp({ desk, store })
  return (await desk.worklists.pendingConversions(aki, { channelId })).items.map((pending) => pending.dueAt)
}
const texts = async ({ desk, store }: Talk, ticketId: string) => {
  await caughtUp({ desk, store })
  return (await desk.tickets.messages(aki, { ticketId })).items.map((item) => ('text' in item ? item.text : undefined))
}
const writes = async ({ customer, ...talk }: Talk, text: string) => {
  await customer.says(text).delivered
  await caughtUp(talk)
}
const QUESTION = 'Do you ship to Cordoba?'

describe.each(Object.keys(engines))('by the clock, on %s,', (engine) => {
  const open = () => openTalk({ store: engines[engine]?.() as never })

  it('a message becomes a ticket after exactly 60 minutes, and what comes then becomes another (S9, S10)', async () => {
    const talk = await open()
    const { clock } = talk
    const first = clock.now()
    expect(await dueAt(talk)).toEqual([first + HOUR])
    clock.advance(30 * MINUTE)
    await writes(talk, 'It is urgent.')
    expect(await dueAt(talk)).toEqual([first + HOUR])
    clock.advance(30 * MINUTE - 1)
    await settled(talk)
    expect(await ticketsOf(talk)).toEqual([])
    clock.advance(1)
    const [one] = await tickets(talk, 1)
    expect(one).toMatchObject({ cause: 'by-time', subject: QUESTION })
    await writes(talk, 'Another question.')
    expect(await dueAt(talk)).toEqual([clock.now() + HOUR])
    clock.advance(HOUR)
    const [two] = await tickets(talk, 2)
    expect(two).toMatchObject({ subject: 'Another question.' })
    expect(await texts(talk, one?.ticketId ?? '')).toEqual([QUESTION, 'It is urgent.'])
    expect(await texts(talk, two?.ticketId ?? '')).toEqual(['Another question.'])
  })

  it('a ticket holds both sides and no note, and what the business writes after it joins it', async () => {
    const talk = await open()
    const { desk, clock, conversationId } = talk
    clock.advance(MINUTE)
    await stands(talk, (await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })).replyId, 'sent')
    await desk.conversations.addNote(aki, { conversationId, text: 'A regular.' })
    clock.advance(HOUR)
    const [ticket] = await tickets(talk, 1)
    expect(await texts(talk, ticket?.ticketId ?? '')).toEqual([QUESTION, 'Yes.'])
    clock.advance(MINUTE)
    await stands(talk, (await desk.conversations.reply(aki, { conversationId, text: 'And soon.' })).replyId, 'sent')
    await until(async () => (await texts(talk, ticket?.ticketId ?? '')).length === 3)
    expect(await texts(talk, ticket?.ticketId ?? '')).toEqual([QUESTION, 'Yes.', 'And soon.'])
    expect(await dueAt(talk)).toEqual([])
  })

  it('with `thread-while-open` messages join the open ticket, reopen it for a while after it was closed, and then start anew', async () => {
    const talk = await open()
    const { desk, clock, channelId } = talk
    await desk.channels.change(administrator, {
      channelId,
      conversion: { afterTicket: 'thread-while-open', reopenWithin: 30 },
    })
    clock.advance(HOUR)
    const [ticket] = await tickets(talk, 1)
    const ticketId = ticket?.ticketId ?? ''
    await writes(talk, 'And to Rosario?')
    await until(async () => (await texts(talk, ticketId)).length === 2)
    await desk.tickets.close(aki, { ticketId })
    clock.advance(30 * MINUTE - 1)
    await writes(talk, 'Thank you!')
    await until(async () => (await desk.tickets.get(aki, { ticketId })).status === 'open')
    expect(await texts(talk, ticketId)).toEqual([QUESTION, 'And to Rosario?', 'Thank you!'])
    await desk.tickets.close(aki, { ticketId })
    clock.advance(30 * MINUTE)
    await writes(talk, 'One more thing.')
    expect((await desk.tickets.get(aki, { ticketId })).status).toBe('closed')
    clock.advance(HOUR)
    expect((await tickets(talk, 2))[0]).toMatchObject({ subject: 'One more thing.' })
  })
})

it('a changed delay touches new schedules only (S16)', async () => {
  const talk = await openTalk()
  const { desk, clock, channelId } = talk
  const first = clock.now()
  await desk.channels.change(administrator, { channelId, conversion: { delay: 1 } })
  await writes(talk, 'More.')
  expect(await dueAt(talk)).toEqual([first + HOUR])
  clock.advance(HOUR)
  await tickets(talk, 1)
  await writes(talk, 'New.')
  expect(await dueAt(talk)).toEqual([clock.now() + MINUTE])
  await desk.channels.change(administrator, { channelId, conversion: { delay: 'never' } })
  clock.advance(MINUTE)
  await tickets(talk, 2)
  await writes(talk, 'Never.')
  expect(await dueAt(talk)).toEqual([])
})

it.each([0, 1_441, 1.5, Number.NaN])('a delay of %d minutes is refused', async (delay) => {
  const { desk, channelId } = await openTalk()
  await expect(desk.channels.change(administrator, { channelId, conversion: { delay } })).rejects.toMatchObject({
    code: 'invalid',
  })
})

describe('a deleted channel (S15)', () => {
  it('refuses everything but reading, to its agents too, who still read what is there', async () => {
    const talk = await openTalk()
    const { desk, channelId, conversationId, customer } = talk
    await desk.channels.delete(administrator, { channelId })
    const { conversations } = desk
    for (const asked of [
      () => conversations.reply(aki, { conversationId, text: 'Hello' }),
      () => conversations.transfer(aki, { conversationId, to: 'ben', seen: null }),
      () => conversations.pickUp(aki, { conversationId }),
      () => conversations.block(aki, { conversationId }),
      () => conversations.convert(aki, { conversationId }),
      () => conversations.end(aki, { conversationId }),
      () => conversations.addNote(aki, { conversationId, text: 'Gone.' }),
      () => desk.channels.change(administrator, { channelId, name: 'Other' }),
      () => desk.channels.associate(administrator, { channelId, agentId: 'eve' }),
      () => desk.channels.enable(administrator, { channelId }),
    ]) {
      await expect(asked()).rejects.toMatchObject({ code: 'channel-deleted' })
    }
    await customer.says('Anybody there?').delivered
    await caughtUp(talk)
    expect(await happened(talk, 'MessageReceived')).toHaveLength(1)
    expect((await conversations.transcript(aki, { conversationId })).items.length).toBeGreaterThan(0)
    expect((await desk.tickets.list(aki, { channelId })).items).toMatchObject([{ cause: 'channel-deleted' }])
  })
})

describe('the ends of the window', () => {
  it('are written once for 24 hours and once for 7 days, and again only for a new anchor', async () => {
    const talk = await openTalk()
    const { clock } = talk
    const anchor = clock.now()
    clock.advance(DAY)
    await until(async () => (await happened(talk, 'ReplyWindowExpired')).length === 1)
    clock.advance(6 * DAY)
    await until(async () => (await happened(talk, 'ReplyWindowExpired')).length === 2)
    clock.advance(30 * DAY)
    await settled(talk)
    expect(await happened(talk, 'ReplyWindowExpired')).toEqual([
      { kind: 'standard', anchor, at: anchor + DAY },
      { kind: 'human-agent', anchor, at: anchor + 7 * DAY },
    ])
    await writes(talk, 'Back again.')
    clock.advance(8 * DAY)
    await until(async () => (await happened(talk, 'ReplyWindowExpired')).length === 4)
  })
  it('are written too when a message comes after both are over, long behind what the desk has looked at', async () => {
    const talk = await openTalk()
    const { clock, customer } = talk
    const first = clock.now()
    clock.advance(10 * DAY)
    await until(async () => (await happened(talk, 'ReplyWindowExpired')).length === 2)
    await settled(talk)
    await customer.says('Are you there?', { at: first + DAY }).delivered
    await until(async () => (await happened(talk, 'ReplyWindowExpired')).length === 4)
    expect((await happened(talk, 'ReplyWindowExpired')).slice(2)).toMatchObject([
      { kind: 'standard', anchor: first + DAY },
      { kind: 'human-agent', anchor: first + DAY },
    ])
  })
})
