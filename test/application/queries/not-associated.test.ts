import { describe, expect, it } from 'vitest'
import { isRefusal, type Actor, type Desk } from 'madoguchi'
import { administrator, agent, aki, anotherDesk, ben, caughtUp, HOUR, openChannel, stranger, until } from '../desk.ts'

const opened = async () => {
  const each = await openChannel()
  const { desk, simulator, account, clock, channelId } = each
  await simulator.customer(account.accountId, { name: 'Hana' }).says('Hello').delivered
  await caughtUp(each)
  const conversationId = (await desk.inbox.list(aki)).items[0]?.conversationId ?? ''
  const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Good day', key: 'greeting' })
  const { ticketId = '' } = await desk.conversations.convert(aki, { conversationId })
  await desk.conversations.addNote(aki, { conversationId, text: 'A note' })
  await caughtUp(each)
  await until(async () => (await desk.tickets.list(aki, { channelId })).items.length === 1)
  clock.advance(HOUR)
  return { ...each, ids: { channelId, conversationId, replyId, ticketId } }
}
type Ids = Awaited<ReturnType<typeof opened>>['ids']

/** Everything that one can ask of a channel, a conversation, a ticket or a reply. Limits and texts are wrong on purpose: that is told later. */
const asked: Readonly<Record<string, (desk: Desk, actor: Actor, ids: Ids) => Promise<unknown>>> = {
  'inbox.list': (desk, actor, { channelId }) => desk.inbox.list(actor, { channelId, limit: 0, cursor: 'none' }),
  'inbox.search': (desk, actor, { channelId }) => desk.inbox.search(actor, { channelId, text: '', limit: 0 }),
  'inbox.watch': async (desk, actor, { channelId }) => {
    const changes = desk.inbox.watch(actor, { channelId, signal: AbortSignal.timeout(200) })
    await changes.next()
  },
  'inbox.entry': (desk, actor, { conversationId }) => desk.inbox.entry(actor, conversationId),
  'channels.get': (desk, actor, { channelId }) => desk.channels.get(actor, { channelId }),
  'channels.icon': (desk, actor, { channelId }) => desk.channels.icon(actor, { channelId }),
  'conversations.get': (desk, actor, ids) => desk.conversations.get(actor, ids),
  'conversations.windowAt': (desk, actor, ids) => desk.conversations.windowAt(actor, { ...ids, at: Number.NaN }),
  'conversations.transcript': (desk, actor, ids) =>
    desk.conversations.transcript(actor, { ...ids, limit: 0, cursor: 'none' }),
  'conversations.reply': (desk, actor, ids) => desk.conversations.reply(actor, { ...ids, text: '' }),
  'conversations.reply again': (desk, actor, ids) =>
    desk.conversations.reply(actor, { ...ids, text: 'Good day', key: 'greeting' }),
  'conversations.replyAndEnd': (desk, actor, ids) => desk.conversations.replyAndEnd(actor, { ...ids, text: '' }),
  'conversations.withdraw': (desk, actor, ids) => desk.conversations.withdraw(actor, ids),
  'conversations.resend': (desk, actor, ids) => desk.conversations.resend(actor, ids),
  'conversations.pickUp': (desk, actor, ids) => desk.conversations.pickUp(actor, ids),
  'conversations.transfer': (desk, actor, ids) =>
    desk.conversations.transfer(actor, { ...ids, to: 'nobody', seen: 'nobody' }),
  'conversations.end': (desk, actor, ids) => desk.conversations.end(actor, ids),
  'conversations.reopen': (desk, actor, ids) => desk.conversations.reopen(actor, ids),
  'conversations.addNote': (desk, actor, ids) => desk.conversations.addNote(actor, { ...ids, text: '' }),
  'conversations.block': (desk, actor, ids) => desk.conversations.block(actor, ids),
  'conversations.unblock': (desk, actor, ids) => desk.conversations.unblock(actor, ids),
  'conversations.markRead': (desk, actor, ids) => desk.conversations.markRead(actor, { ...ids, upTo: -7 }),
  'conversations.convert': (desk, actor, ids) => desk.conversations.convert(actor, ids),
  'conversations.dismissConversion': (desk, actor, ids) => desk.conversations.dismissConversion(actor, ids),
  'tickets.list': (desk, actor, { channelId }) => desk.tickets.list(actor, { channelId, limit: 0 }),
  'tickets.get': (desk, actor, ids) => desk.tickets.get(actor, ids),
  'tickets.messages': (desk, actor, ids) => desk.tickets.messages(actor, ids),
  'tickets.assign': (desk, actor, ids) => desk.tickets.assign(actor, { ...ids, assignee: 'nobody' }),
  'tickets.setStatus': (desk, actor, ids) => desk.tickets.setStatus(actor, { ...ids, status: 'pending' }),
  'tickets.close': (desk, actor, ids) => desk.tickets.close(actor, ids),
  'tickets.reopen': (desk, actor, ids) => desk.tickets.reopen(actor, ids),
  'worklists.pendingConversions': (desk, actor, { channelId }) =>
    desk.worklists.pendingConversions(actor, { channelId, limit: 0 }),
  'worklists.deliveries': (desk, actor, { channelId }) => desk.worklists.deliveries(actor, { channelId, limit: 0 }),
  'worklists.delivery': (desk, actor, ids) => desk.worklists.delivery(actor, ids),
}
/** What only administrators may do looks the same to everybody else, whether it is there or not. */
const administered: Readonly<Record<string, (desk: Desk, actor: Actor, ids: Ids) => Promise<unknown>>> = {
  change: (desk, actor, ids) => desk.channels.change(actor, { channelId: ids.channelId, name: '' }),
  associate: (desk, actor, ids) => desk.channels.associate(actor, { ...ids, agentId: '' }),
  remove: (desk, actor, ids) => desk.channels.remove(actor, { ...ids, agentId: 'aki' }),
  disable: (desk, actor, ids) => desk.channels.disable(actor, ids),
  enable: (desk, actor, ids) => desk.channels.enable(actor, ids),
  delete: (desk, actor, ids) => desk.channels.delete(actor, ids),
  setHumanAgent: (desk, actor, ids) => desk.channels.setHumanAgent(actor, { ...ids, permission: 'maybe' as never }),
  reconnect: (desk, actor, ids) => desk.channels.reconnect(actor, { ...ids, token: '' }),
  missed: (desk, actor, ids) => desk.channels.missed(actor, ids),
  fetchMissed: (desk, actor, ids) => desk.channels.fetchMissed(actor, ids),
}
const unknown: Ids = { channelId: 'none', conversationId: 'none', replyId: 'none', ticketId: 'none' }
const answerTo = async (ask: () => Promise<unknown>): Promise<string> => {
  try {
    await ask()
    return 'an answer'
  } catch (error) {
    return isRefusal(error) ? `${error.code} ${JSON.stringify(error.facts)}` : String(error)
  }
}

describe('whoever is not associated', () => {
  it('is refused that and nothing else, on every query and command, and for what does not exist', async () => {
    const { desk, ids, store } = await opened()
    const heads = async () => (await store.events.readAll({ limit: 1_000 })).events.length
    const before = await heads()
    const outsiders = [
      agent('cho'),
      agent('constructor'),
      agent('aki', 'other'),
      stranger,
      { ...administrator, organizationId: 'other' } as Actor,
      { kind: 'automation', id: 'bot', organizationId: 'other' } as Actor,
    ]
    const told: Record<string, string[]> = {}
    for (const [name, ask] of Object.entries(asked)) {
      for (const actor of outsiders) {
        const there = await answerTo(() => ask(desk, actor, ids))
        const absent = await answerTo(() => ask(desk, actor, unknown))
        if (there !== 'not-associated {}' || absent !== 'not-associated {}')
          (told[name] ??= []).push(`${JSON.stringify(actor)}: ${there} / ${absent}`)
      }
    }
    expect(told).toEqual({})
    for (const actor of outsiders) {
      for (const ask of Object.values(administered)) {
        const there = await answerTo(() => ask(desk, actor, ids))
        expect(there).toMatch(/^not-administrator /)
        expect(await answerTo(() => ask(desk, actor, unknown))).toBe(there)
      }
      expect((await desk.inbox.list(actor)).items).toEqual([])
      expect(await desk.inbox.unread(actor)).toEqual({ total: 0, channels: {} })
      expect(await desk.inbox.search(actor, { text: 'Hello' })).toEqual({ customers: [], messages: [] })
    }
    expect(await heads()).toBe(before)
  })

  it('learns nothing of a conversation of another channel by naming a channel of their own', async () => {
    const { desk, ids, simulator } = await opened()
    const second = simulator.addAccount({ flavour: 'instagram-login', username: 'second' })
    const { channelId } = await desk.channels.create(administrator, {
      organizationId: 'acme',
      name: 'Second',
      departmentId: 'sales',
      account: { accountId: second.accountId, flavour: 'instagram-login', username: 'second' },
      token: second.token,
      agents: ['cho'],
    })
    const { conversationId } = ids
    const request = { channelId, conversationId, limit: 1 }
    for (const other of [conversationId, 'none']) {
      expect(await answerTo(() => desk.worklists.deliveries(agent('cho'), { ...request, conversationId: other }))).toBe(
        'not-associated {}',
      )
      expect(await answerTo(() => desk.tickets.list(agent('cho'), { ...request, conversationId: other }))).toBe(
        'not-associated {}',
      )
    }
  })

  it('was associated a moment ago: everything is gone at once, and what was theirs is unassigned at once', async () => {
    const { desk, ids, clock } = await opened()
    const { channelId, conversationId } = ids
    expect((await desk.conversations.get(aki, ids)).assignee).toBe('aki')
    await desk.channels.remove(administrator, { channelId, agentId: 'aki' })
    for (const [name, ask] of Object.entries(asked)) {
      expect(`${name}: ${await answerTo(() => ask(desk, aki, ids))}`).toBe(`${name}: not-associated {}`)
    }
    expect((await desk.inbox.list(aki)).items).toEqual([])
    expect(await desk.inbox.unread(aki)).toEqual({ total: 0, channels: {} })
    expect((await desk.inbox.search(aki, { text: 'Hello' })).messages).toEqual([])
    expect((await desk.conversations.get(ben, ids)).assignee).toBeNull()
    expect((await desk.inbox.list(ben, { view: 'unassigned' })).items).toMatchObject([
      { conversationId, assignee: null },
    ])

    await desk.channels.associate(administrator, { channelId, agentId: 'aki' })
    expect((await desk.inbox.list(aki, { view: 'mine' })).items).toEqual([])
    expect((await desk.inbox.list(aki, { view: 'unassigned' })).items).toMatchObject([
      { conversationId, assignee: null },
    ])
    await desk.conversations.pickUp(aki, { conversationId })
    clock.advance(1)
    await until(async () => (await desk.inbox.list(aki, { view: 'mine' })).items.length === 1)
  })
})

describe('an administrator who is not associated', () => {
  it('reads, which is recorded once a minute, and does not answer', async () => {
    const { desk, ids, store, clock } = await opened()
    const { channelId, conversationId } = ids
    const read = async () => (await store.events.readAll({ types: ['ReadByAdministrator'], limit: 1_000 })).events
    expect(await read()).toEqual([])
    await desk.conversations.transcript(administrator, { conversationId })
    await desk.conversations.transcript(administrator, { conversationId })
    await desk.inbox.list(administrator, { channelId })
    await desk.inbox.search(administrator, { channelId, text: 'Hello' })
    await desk.tickets.list(administrator, { channelId })
    await desk.worklists.deliveries(administrator, { channelId })
    await desk.worklists.pendingConversions(administrator, { channelId })
    expect((await read()).map(({ data }) => [data['what'], data['conversationId'], data['by']])).toEqual(
      [
        ['transcript', conversationId],
        ['inbox', undefined],
        ['search', undefined],
        ['tickets', undefined],
        ['deliveries', undefined],
        ['pending-conversions', undefined],
      ].map(([what, of]) => [what, of, { kind: 'administrator', id: 'sato' }]),
    )
    clock.advance(60_000)
    await desk.conversations.transcript(administrator, { conversationId })
    expect(await read()).toHaveLength(7)
    await desk.conversations.transcript(aki, { conversationId })
    expect(await read()).toHaveLength(7)
    await expect(desk.conversations.reply(administrator, { conversationId, text: 'Hi' })).rejects.toMatchObject({
      code: 'not-associated',
    })
    await desk.channels.associate(administrator, { channelId, agentId: 'sato' })
    await desk.conversations.reply(administrator, { conversationId, text: 'Hi' })
    await desk.conversations.transcript(administrator, { conversationId, limit: 1 })
    expect(await read()).toHaveLength(7)
  })
})

it('sees what another process has changed at the next look, whatever was listed before', async () => {
  const each = await opened()
  const { desk, ids } = each
  const other = await anotherDesk(each.options)
  const cleo = agent('cleo')
  const seen = async () => {
    const [{ items }, { total }] = await Promise.all([desk.inbox.list(cleo), desk.inbox.unread(cleo)])
    return [items.length, total]
  }
  expect(await seen()).toEqual([0, 0])
  for (let n = 0; n < 2; n++) {
    await other.channels.associate(administrator, { channelId: ids.channelId, agentId: 'cleo' })
    await caughtUp(each)
    expect(await seen()).toEqual([1, 1])
    expect(await seen()).toEqual([1, 1])
    // The view may lag behind, but the channel itself is asked.
    await other.channels.remove(administrator, { channelId: ids.channelId, agentId: 'cleo' })
    expect(await seen()).toEqual([0, 0])
    await caughtUp(each)
    expect(await seen()).toEqual([0, 0])
  }
})
