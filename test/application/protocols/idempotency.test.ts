import { describe, expect, it } from 'vitest'
import type { Desk } from 'madoguchi'
import { administrator, aki, anotherDesk, caughtUp, engines, HOUR, openChannel, system, until } from '../desk.ts'
import { memory } from 'madoguchi/memory'
import { happened, onPhone, openQueue, openTalk, stands, type Talk } from '../delivery/talk.ts'

interface Ids {
  readonly channelId: string
  readonly conversationId: string
  readonly replyId: string
  readonly ticketId: string
}
type Asked = { readonly key?: string }

const icon = (last: number) => ({
  fileName: 'icon.png',
  bytes: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, last]),
})
const NEW_CHANNEL = {
  organizationId: 'acme',
  name: 'Second',
  departmentId: 'other',
  account: { accountId: '17841400000000088', flavour: 'instagram-login', appScopedId: '10000000000000088' },
  token: 'token',
} as const

type Ask = (desk: Desk, ids: Ids, asked: Asked) => Promise<object>
/** A command that takes nothing that could be something else under the same key. */
const NOTHING_ELSE = null

/** Every command, in an order in which each has something to do, and the same command asking for something else. */
const commands: readonly (readonly [string, Ask, Ask | typeof NOTHING_ELSE])[] = [
  [
    'setDepartments',
    ({ organizations }, _, asked) =>
      organizations.setDepartments(system, { organizationId: 'acme', departments: ['sales', 'other'], ...asked }),
    ({ organizations }, _, asked) =>
      organizations.setDepartments(system, { organizationId: 'acme', departments: ['other', 'sales'], ...asked }),
  ],
  [
    'create',
    ({ channels }, _, asked) => channels.create(administrator, { ...NEW_CHANNEL, ...asked }),
    ({ channels }, _, asked) => channels.create(administrator, { ...NEW_CHANNEL, agents: ['ben'], ...asked }),
  ],
  [
    'change',
    ({ channels }, { channelId }, asked) => channels.change(administrator, { channelId, name: 'Anew', ...asked }),
    ({ channels }, { channelId }, asked) => channels.change(administrator, { channelId, name: 'Another', ...asked }),
  ],
  [
    'change the icon',
    ({ channels }, { channelId }, asked) => channels.change(administrator, { channelId, icon: icon(1), ...asked }),
    ({ channels }, { channelId }, asked) => channels.change(administrator, { channelId, icon: icon(2), ...asked }),
  ],
  [
    'associate',
    ({ channels }, { channelId }, asked) => channels.associate(administrator, { channelId, agentId: 'eve', ...asked }),
    ({ channels }, { channelId }, asked) => channels.associate(administrator, { channelId, agentId: 'ben', ...asked }),
  ],
  [
    'remove',
    ({ channels }, { channelId }, asked) => channels.remove(administrator, { channelId, agentId: 'eve', ...asked }),
    ({ channels }, { channelId }, asked) => channels.remove(administrator, { channelId, agentId: 'aki', ...asked }),
  ],
  [
    'setHumanAgent',
    ({ channels }, { channelId }, asked) =>
      channels.setHumanAgent(administrator, { channelId, permission: 'granted', ...asked }),
    ({ channels }, { channelId }, asked) =>
      channels.setHumanAgent(administrator, { channelId, permission: 'refused', ...asked }),
  ],
  [
    'reconnect',
    ({ channels }, { channelId }, asked) => channels.reconnect(administrator, { channelId, token: 'one', ...asked }),
    ({ channels }, { channelId }, asked) => channels.reconnect(administrator, { channelId, token: 'two', ...asked }),
  ],
  [
    'disable',
    ({ channels }, { channelId }, asked) => channels.disable(administrator, { channelId, ...asked }),
    NOTHING_ELSE,
  ],
  [
    'enable',
    ({ channels }, { channelId }, asked) => channels.enable(administrator, { channelId, ...asked }),
    NOTHING_ELSE,
  ],
  [
    'pickUp',
    ({ conversations }, { conversationId }, asked) => conversations.pickUp(aki, { conversationId, ...asked }),
    NOTHING_ELSE,
  ],
  [
    'transfer',
    ({ conversations }, { conversationId }, asked) =>
      conversations.transfer(aki, { conversationId, to: null, seen: 'aki', ...asked }),
    ({ conversations }, { conversationId }, asked) =>
      conversations.transfer(aki, { conversationId, to: null, seen: null, ...asked }),
  ],
  [
    'addNote',
    ({ conversations }, { conversationId }, asked) =>
      conversations.addNote(aki, { conversationId, text: 'A note.', ...asked }),
    ({ conversations }, { conversationId }, asked) =>
      conversations.addNote(aki, { conversationId, text: 'A note!', ...asked }),
  ],
  [
    'markRead',
    ({ conversations }, { conversationId }, asked) =>
      conversations.markRead(aki, { conversationId, upTo: 1, ...asked }),
    ({ conversations }, { conversationId }, asked) =>
      conversations.markRead(aki, { conversationId, upTo: 2, ...asked }),
  ],
  [
    'dismissConversion',
    ({ conversations }, { conversationId }, asked) =>
      conversations.dismissConversion(aki, { conversationId, ...asked }),
    NOTHING_ELSE,
  ],
  [
    'convert',
    ({ conversations }, { conversationId }, asked) => conversations.convert(aki, { conversationId, ...asked }),
    NOTHING_ELSE,
  ],
  [
    'assign ticket',
    ({ tickets }, { ticketId }, asked) => tickets.assign(aki, { ticketId, assignee: 'aki', ...asked }),
    ({ tickets }, { ticketId }, asked) => tickets.assign(aki, { ticketId, assignee: null, ...asked }),
  ],
  [
    'ticket status',
    ({ tickets }, { ticketId }, asked) => tickets.setStatus(aki, { ticketId, status: 'pending', ...asked }),
    ({ tickets }, { ticketId }, asked) => tickets.setStatus(aki, { ticketId, status: 'open', ...asked }),
  ],
  ['close ticket', ({ tickets }, { ticketId }, asked) => tickets.close(aki, { ticketId, ...asked }), NOTHING_ELSE],
  ['reopen ticket', ({ tickets }, { ticketId }, asked) => tickets.reopen(aki, { ticketId, ...asked }), NOTHING_ELSE],
  [
    'reply',
    ({ conversations }, { conversationId }, asked) =>
      conversations.reply(aki, { conversationId, text: 'Yes.', ...asked }),
    ({ conversations }, { conversationId }, asked) =>
      conversations.reply(aki, { conversationId, text: 'Different', ...asked }),
  ],
  [
    'withdraw',
    ({ conversations }, { conversationId, replyId }, asked) =>
      conversations.withdraw(aki, { conversationId, replyId, ...asked }),
    ({ conversations }, { conversationId }, asked) =>
      conversations.withdraw(aki, { conversationId, replyId: 'another', ...asked }),
  ],
  [
    'resend',
    ({ conversations }, { conversationId, replyId }, asked) =>
      conversations.resend(aki, { conversationId, replyId, ...asked }),
    ({ conversations }, { conversationId, replyId }, asked) =>
      conversations.resend(aki, { conversationId, replyId, mayArriveTwice: true, ...asked }),
  ],
  [
    'end',
    ({ conversations }, { conversationId }, asked) => conversations.end(aki, { conversationId, ...asked }),
    NOTHING_ELSE,
  ],
  [
    'reopen',
    ({ conversations }, { conversationId }, asked) => conversations.reopen(aki, { conversationId, ...asked }),
    NOTHING_ELSE,
  ],
  [
    'replyAndEnd',
    ({ conversations }, { conversationId }, asked) =>
      conversations.replyAndEnd(aki, { conversationId, text: 'Goodbye.', ...asked }),
    // Also without ending it.
    ({ conversations }, { conversationId }, asked) =>
      conversations.reply(aki, { conversationId, text: 'Goodbye.', ...asked }),
  ],
  [
    'block',
    ({ conversations }, { conversationId }, asked) => conversations.block(aki, { conversationId, ...asked }),
    ({ conversations }, { conversationId }, asked) =>
      conversations.block(aki, { conversationId, reason: 'spam', ...asked }),
  ],
  [
    'unblock',
    ({ conversations }, { conversationId }, asked) => conversations.unblock(aki, { conversationId, ...asked }),
    NOTHING_ELSE,
  ],
  [
    'delete',
    ({ channels }, { channelId }, asked) => channels.delete(administrator, { channelId, ...asked }),
    ({ channels }, { channelId }, asked) =>
      channels.delete(administrator, { channelId, pendingConversions: 'discard', ...asked }),
  ],
]

const ALSO_REUSED = { code: 'key-reused', facts: { field: 'key' } }

/** What commands with a key wrote; what follows from it is written in its own time. */
const eventsOf = async ({ store }: Pick<Talk, 'store'>) =>
  (await store.events.readAll()).events.filter(({ meta }) => meta['commandKey'] !== undefined).length

describe.each(Object.keys(engines))('with an idempotency key, on %s,', (engine) => {
  it('every command that is repeated, at this desk or at another, changes nothing and answers the same, or is refused as something else', async () => {
    const { dispatch: _, ...talk } = await openQueue({ store: engines[engine]?.() as never })
    const other = await anotherDesk(talk.options)
    const ids = { channelId: talk.channelId, conversationId: talk.conversationId, ticketId: '', replyId: '' }
    const answered = new Map<string, object>()
    for (const [name, ask, askElse] of commands) {
      const answer = await ask(talk.desk, ids, { key: `key of ${name}` })
      expect([name, answer]).toEqual([name, { position: expect.any(String) as string, ...answer }])
      if ('ticketId' in answer) ids.ticketId = String(answer.ticketId)
      if ('replyId' in answer && ids.replyId === '') ids.replyId = String(answer.replyId)
      if (name === 'convert')
        await until(async () => (await talk.store.events.head(`ticket-${ids.ticketId}`)) !== undefined)
      answered.set(name, answer)
      const before = await eventsOf(talk)
      for (const desk of [talk.desk, other]) {
        expect([name, await ask(desk, ids, { key: `key of ${name}` })]).toEqual([name, answer])
        const reused = askElse?.(desk, ids, { key: `key of ${name}` })
        await expect(reused ?? Promise.reject(ALSO_REUSED), name).rejects.toMatchObject(ALSO_REUSED)
      }
      expect([name, await eventsOf(talk)]).toEqual([name, before])
    }
    // The channel is deleted by now: what each needed to be done is no longer there, and its answer is still its answer.
    for (const [name, ask] of commands)
      for (const desk of [talk.desk, other])
        expect([name, await ask(desk, ids, { key: `key of ${name}` })]).toEqual([name, answered.get(name)])
  })

  it('a command is recognised after more than 64 others on its stream, also by a process that has just begun', async () => {
    const talk = await openTalk({ store: engines[engine]?.() as never })
    const { desk, conversationId } = talk
    const asked = { conversationId, text: 'Yes.', key: 'the-first' }
    const first = await desk.conversations.reply(aki, asked)
    await stands(talk, first.replyId, 'sent')
    for (let n = 0; n < 70; n++)
      await desk.conversations.addNote(aki, { conversationId, text: `Note ${n}`, key: `note-${n}` })
    expect(await desk.conversations.reply(aki, asked)).toEqual(first)
    const other = await anotherDesk(talk.options)
    expect(await other.conversations.reply(aki, asked)).toEqual(first)
    for (const each of [desk, other])
      await expect(each.conversations.reply(aki, { ...asked, text: 'Different' })).rejects.toMatchObject(ALSO_REUSED)
    expect(await happened(talk, 'ReplyQueued')).toHaveLength(1)
    expect(onPhone(talk)).toEqual(['Yes.'])
  })
})

it('a conversion that is asked for again after its ticket was closed answers the same ticket', async () => {
  const talk = await openTalk()
  const { desk, conversationId, clock } = talk
  const asked = { conversationId, key: 'convert-1' }
  const { ticketId = '' } = await desk.conversations.convert(aki, asked)
  await until(async () => (await talk.store.events.head(`ticket-${ticketId}`)) !== undefined)
  await desk.tickets.close(aki, { ticketId })
  clock.advance(HOUR)
  await talk.customer.says('More.').delivered
  await caughtUp(talk)
  expect(await desk.conversations.convert(aki, asked)).toMatchObject({ ticketId })
  expect(await happened(talk, 'ConversationConverted')).toHaveLength(1)
})

it.each(['', 'x'.repeat(201)])('a key of %j is refused', async (key) => {
  const { desk, conversationId } = await openTalk()
  await expect(desk.conversations.addNote(aki, { conversationId, text: 'A note.', key })).rejects.toMatchObject({
    code: 'invalid',
  })
})

it('a new token that is given again puts no older one back, also on a channel that was connected all the time', async () => {
  const each = await openChannel()
  const { desk, store, channelId, account } = each
  const monday = { channelId, token: account.issueToken(), key: 'monday' }
  const first = await desk.channels.reconnect(administrator, monday)
  const tuesday = { channelId, token: account.issueToken(), key: 'tuesday' }
  await desk.channels.reconnect(administrator, tuesday)
  expect(await desk.channels.reconnect(administrator, monday)).toEqual(first)
  const other = await anotherDesk(each.options)
  expect(await other.channels.reconnect(administrator, monday)).toEqual(first)
  expect(await store.tokens.get(channelId)).toBe(tuesday.token)
})

it('a key of a command that had nothing to do is not used by it', async () => {
  const talk = await openTalk()
  const { desk, conversationId } = talk
  await desk.conversations.end(aki, { conversationId })
  const asked = { conversationId, key: 'end-it' }
  await desk.conversations.end(aki, asked)
  await talk.customer.says('One more thing.').delivered
  await caughtUp(talk)
  await desk.conversations.end(aki, asked)
  await talk.customer.says('And one more.').delivered
  await caughtUp(talk)
  await desk.conversations.end(aki, asked)
  expect(await happened(talk, 'ConversationEnded')).toHaveLength(2)
})

it('one key for two different replies at once, at two desks, is one reply and one refusal', async () => {
  const talk = await openTalk()
  const other = await anotherDesk(talk.options)
  const { conversationId } = talk
  for (let round = 0; round < 12; round++) {
    const key = `round ${round}`
    const asked = await Promise.allSettled([
      talk.desk.conversations.reply(aki, { conversationId, text: 'Yes', key }),
      other.conversations.reply(aki, { conversationId, text: 'Different', key }),
    ])
    expect(asked.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(asked.find(({ status }) => status === 'rejected')).toMatchObject({ reason: ALSO_REUSED })
    expect(await happened(talk, 'ReplyQueued')).toHaveLength(round + 1)
  }
})

it('one key for two different channels at once makes one of them whole, and nothing of the other', async () => {
  const talk = await openTalk()
  const other = await anotherDesk(talk.options)
  const account = { ...NEW_CHANNEL.account, accountId: '17841400000000089', appScopedId: '10000000000000089' }
  const one = { ...NEW_CHANNEL, departmentId: 'support', key: 'new' }
  const two = { ...one, account, token: 'other token' }
  const asked = await Promise.allSettled([
    talk.desk.channels.create(administrator, one),
    other.channels.create(administrator, two),
  ])
  const winner = asked.findIndex(({ status }) => status === 'fulfilled')
  expect(asked[1 - winner]).toMatchObject({ status: 'rejected', reason: ALSO_REUSED })
  const { channelId } = (asked[winner] as PromiseFulfilledResult<{ channelId: string }>).value
  expect(await talk.store.tokens.get(channelId)).toBe([one, two][winner]?.token)
  // The account of the other is free.
  const free = [two, one][winner]?.account ?? account
  await talk.desk.channels.create(administrator, { ...NEW_CHANNEL, account: free, departmentId: 'support' })
})

it('a key that an older version used, which kept no content, answers as before', async () => {
  const talk = await openTalk()
  const { desk, store, conversationId } = talk
  const first = await desk.conversations.addNote(aki, { conversationId, text: 'A note.', key: 'k' })
  const events = await store.events.read(`conversation-${conversationId}`)
  const older = memory()
  for (const { stream, revision: _, position: __, ...event } of (await store.events.readAll()).events) {
    const { commandContent: ___, ...meta } = event.meta
    const head = await older.events.head(stream)
    await older.events.append(stream, head?.revision ?? 'none', [{ ...event, meta }])
  }
  expect(events.some(({ meta }) => 'commandContent' in meta)).toBe(true)
  const upgraded = await anotherDesk({ ...talk.options, store: older })
  const again = await upgraded.conversations.addNote(aki, { conversationId, text: 'Another note.', key: 'k' })
  expect(again.noteId).toBe(first.noteId)
})
