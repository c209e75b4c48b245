import { describe, expect, it } from 'vitest'
import { administrator, aki, DAY, HOUR, until } from '../desk.ts'
import { happened, onPhone, openQueue, openTalk, opens, simulatedWindow, stands, type Talk } from './talk.ts'

const SECOND = 1_000
const bot = { kind: 'automation', id: 'bot', organizationId: 'acme' } as const

const answer = async (talk: Talk, actor: typeof aki | typeof bot = aki, text = 'Yes.') =>
  (await talk.desk.conversations.reply(actor, { conversationId: talk.conversationId, text })).replyId

const tags = async (talk: Talk) => (await happened(talk, 'ReplyAttempted')).map(({ tag }) => tag)
const sentTags = ({ simulator }: Talk) => simulator.ledger.sends.map(({ tag }) => tag)
const permission = async ({ desk, channelId }: Talk) =>
  (await desk.channels.get(administrator, { channelId })).humanAgent

describe('the reply window', () => {
  it('is open to everybody one millisecond before 24 hours, and to people only at 24 hours', async () => {
    const talk = await openTalk()
    talk.clock.advance(DAY - 1)
    await stands(talk, await answer(talk, bot), 'sent')
    talk.clock.advance(1)
    await expect(answer(talk, bot)).rejects.toMatchObject({ code: 'human-agent-only' })
    await stands(talk, await answer(talk), 'sent')
    expect(await tags(talk)).toEqual(['none', 'human-agent'])
  })

  it('is open to people one millisecond before 7 days, and to nobody at 7 days', async () => {
    const talk = await openTalk()
    talk.clock.advance(7 * DAY - 1)
    await stands(talk, await answer(talk), 'sent')
    talk.clock.advance(1)
    await expect(answer(talk)).rejects.toMatchObject({ code: 'window-expired' })
    expect(sentTags(talk)).toEqual(['HUMAN_AGENT'])
  })

  it('opens again at once when the customer writes, and closes by the newest message', async () => {
    const talk = await openTalk()
    talk.clock.advance(8 * DAY)
    await expect(answer(talk)).rejects.toMatchObject({ code: 'window-expired' })
    await opens(talk, talk.customer, 'Hello?')
    await stands(talk, await answer(talk, bot), 'sent')
    expect(sentTags(talk)).toEqual([undefined])
  })

  it('agrees with the simulator at every instant that matters', async () => {
    const talk = await openTalk()
    const { desk, conversationId, customer, clock } = talk
    const anchor = customer.openedAt() ?? 0
    for (const at of [0, 1, DAY - 1, DAY, DAY + 1, 7 * DAY - 1, 7 * DAY, 30 * DAY].map((age) => anchor + age)) {
      const { state } = await desk.conversations.windowAt(aki, { conversationId, at })
      expect([at, state]).toEqual([at, simulatedWindow(anchor, at)])
    }
    clock.advance(DAY)
    expect((await desk.conversations.get(aki, { conversationId })).window.state).toBe(customer.window())
  })
})

describe('the HUMAN_AGENT tag', () => {
  it('is chosen when the reply leaves, not when it is written', async () => {
    const { dispatch, ...talk } = await openQueue()
    const replyId = await answer(talk)
    talk.clock.advance(DAY)
    await dispatch()
    await stands(talk, replyId, 'sent')
    expect(sentTags(talk)).toEqual(['HUMAN_AGENT'])
  })

  it('is carried within the last minute of 24 hours only where it is known to be granted', async () => {
    for (const [granted, age, tag] of [
      ['unknown', DAY - 60 * SECOND, undefined],
      ['granted', DAY - 60 * SECOND - 1, undefined],
      ['granted', DAY - 60 * SECOND, 'HUMAN_AGENT'],
      ['granted', DAY - 1, 'HUMAN_AGENT'],
    ] as const) {
      const talk = await openTalk()
      await talk.desk.channels.setHumanAgent(administrator, { channelId: talk.channelId, permission: granted })
      talk.clock.advance(age)
      await stands(talk, await answer(talk), 'sent')
      expect([granted, age, ...sentTags(talk)]).toEqual([granted, age, tag])
    }
  })

  it('is never carried by an automation', async () => {
    const talk = await openTalk()
    await talk.desk.channels.setHumanAgent(administrator, { channelId: talk.channelId, permission: 'granted' })
    talk.clock.advance(DAY - 1)
    await stands(talk, await answer(talk, bot), 'sent')
    expect(sentTags(talk)).toEqual([undefined])
  })

  it('that Meta takes after 24 hours shows that the permission is granted', async () => {
    const talk = await openTalk()
    await stands(talk, await answer(talk), 'sent')
    expect(await permission(talk)).toBe('unknown')
    talk.clock.advance(DAY)
    await stands(talk, await answer(talk), 'sent')
    await until(async () => (await permission(talk)) === 'granted')
  })

  it.each([10, 200] as const)(
    'that Meta refuses with %i shows that it is not, and rejects the reply with that reason',
    async (code) => {
      const talk = await openTalk({ humanAgent: false, simulator: { humanAgentRefusal: code } })
      talk.clock.advance(DAY)
      expect(await stands(talk, await answer(talk), 'rejected')).toMatchObject({ reason: 'human-agent-refused' })
      await until(async () => (await permission(talk)) === 'refused')
      await expect(answer(talk)).rejects.toMatchObject({ code: 'human-agent-refused' })
      expect((await talk.desk.conversations.get(aki, { conversationId: talk.conversationId })).whyNot).toMatchObject({
        code: 'human-agent-refused',
      })
      expect((await talk.desk.channels.get(administrator, { channelId: talk.channelId })).authorization).toBe(
        'connected',
      )
    },
  )

  it('that Meta refuses in the last minute of 24 hours is left away, and the reply still arrives', async () => {
    const talk = await openTalk({ humanAgent: false })
    await talk.desk.channels.setHumanAgent(administrator, { channelId: talk.channelId, permission: 'granted' })
    talk.clock.advance(DAY - SECOND)
    await stands(talk, await answer(talk), 'sent')
    expect(await tags(talk)).toEqual(['human-agent', 'none'])
    expect(await permission(talk)).toBe('refused')
    expect(onPhone(talk)).toEqual(['Yes.'])
  })

  it('may be set by an administrator, and is tried again then', async () => {
    const talk = await openTalk()
    const { desk, channelId, clock } = talk
    await desk.channels.setHumanAgent(administrator, { channelId, permission: 'refused' })
    clock.advance(DAY)
    await expect(answer(talk)).rejects.toMatchObject({ code: 'human-agent-refused' })
    await desk.channels.setHumanAgent(administrator, { channelId, permission: 'unknown' })
    await stands(talk, await answer(talk), 'sent')
  })
})

it('that Meta takes for closed rejects the reply and shows that it was Meta who said so', async () => {
  const talk = await openTalk()
  talk.account.failNext('window-closed')
  expect(await stands(talk, await answer(talk), 'rejected')).toMatchObject({
    reason: 'meta-window-closed',
    attempts: [{ outcome: 'rejected', code: '10/2534022' }],
  })
  expect(await permission(talk)).toBe('unknown')
  talk.clock.advance(HOUR)
  await stands(talk, await answer(talk), 'sent')
})
