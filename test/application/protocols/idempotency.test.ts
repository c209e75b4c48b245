import { describe, expect, it } from 'vitest'
import type { Desk } from 'madoguchi'
import { administrator, aki, anotherDesk, caughtUp, engines, HOUR, openChannel, system, until } from '../desk.ts'
import { happened, onPhone, openQueue, openTalk, stands, type Talk } from '../delivery/talk.ts'

interface Ids {
  readonly channelId: string
  readonly conversationId: string
  readonly replyId: string
  readonly ticketId: string
}
type Asked = { readonly key?: string }

/** Every command, in an order in which each has something to do. */
const commands: readonly (readonly [string, (desk: Desk, ids: Ids, asked: Asked) => Promise<object>])[] = [
  [
    'setDepartments',
    ({ organizations }, _, asked) =>
      organizations.setDepartments(system, { organizationId: 'acme', departments: ['sales', 'other'], ...asked }),
  ],
  [
    'change',
    ({ channels }, { channelId }, asked) => channels.change(administrator, { channelId, name: 'Anew', ...asked }),
  ],
  [
    'associate',
    ({ channels }, { channelId }, asked) => channels.associate(administrator, { channelId, agentId: 'eve', ...asked }),
  ],
  [
    'remove',
    ({ channels }, { channelId }, asked) => channels.remove(administrator, { channelId, agentId: 'eve', ...asked }),
  ],
  [
    'setHumanAgent',
    ({ channels }, { channelId }, asked) =>
      channels.setHumanAgent(administrator, { channelId, permission: 'granted', ...asked }),
  ],
  ['disable', ({ channels }, { channelId }, asked) => channels.disable(administrator, { channelId, ...asked })],
  ['enable', ({ channels }, { channelId }, asked) => channels.enable(administrator, { channelId, ...asked })],
  ['pickUp', ({ conversations }, { conversationId }, asked) => conversations.pickUp(aki, { conversationId, ...asked })],
  [
    'transfer',
    ({ conversations }, { conversationId }, asked) =>
      conversations.transfer(aki, { conversationId, to: null, seen: 'aki', ...asked }),
  ],
  [
    'addNote',
    ({ conversations }, { conversationId }, asked) =>
      conversations.addNote(aki, { conversationId, text: 'A note.', ...asked }),
  ],
  [
    'markRead',
    ({ conversations }, { conversationId }, asked) =>
      conversations.markRead(aki, { conversationId, upTo: 1, ...asked }),
  ],
  [
    'dismissConversion',
    ({ conversations }, { conversationId }, asked) =>
      conversations.dismissConversion(aki, { conversationId, ...asked }),
  ],
  [
    'convert',
    ({ conversations }, { conversationId }, asked) => conversations.convert(aki, { conversationId, ...asked }),
  ],
  ['assign ticket', ({ tickets }, { ticketId }, asked) => tickets.assign(aki, { ticketId, assignee: 'aki', ...asked })],
  [
    'ticket status',
    ({ tickets }, { ticketId }, asked) => tickets.setStatus(aki, { ticketId, status: 'pending', ...asked }),
  ],
  ['close ticket', ({ tickets }, { ticketId }, asked) => tickets.close(aki, { ticketId, ...asked })],
  ['reopen ticket', ({ tickets }, { ticketId }, asked) => tickets.reopen(aki, { ticketId, ...asked })],
  [
    'reply',
    ({ conversations }, { conversationId }, asked) =>
      conversations.reply(aki, { conversationId, text: 'Yes.', ...asked }),
  ],
  [
    'withdraw',
    ({ conversations }, { conversationId, replyId }, asked) =>
      conversations.withdraw(aki, { conversationId, replyId, ...asked }),
  ],
  [
    'resend',
    ({ conversations }, { conversationId, replyId }, asked) =>
      conversations.resend(aki, { conversationId, replyId, ...asked }),
  ],
  ['end', ({ conversations }, { conversationId }, asked) => conversations.end(aki, { conversationId, ...asked })],
  ['reopen', ({ conversations }, { conversationId }, asked) => conversations.reopen(aki, { conversationId, ...asked })],
  [
    'replyAndEnd',
    ({ conversations }, { conversationId }, asked) =>
      conversations.replyAndEnd(aki, { conversationId, text: 'Goodbye.', ...asked }),
  ],
  ['block', ({ conversations }, { conversationId }, asked) => conversations.block(aki, { conversationId, ...asked })],
  [
    'unblock',
    ({ conversations }, { conversationId }, asked) => conversations.unblock(aki, { conversationId, ...asked }),
  ],
  ['delete', ({ channels }, { channelId }, asked) => channels.delete(administrator, { channelId, ...asked })],
]

/** What commands with a key wrote; what follows from it is written in its own time. */
const eventsOf = async ({ store }: Pick<Talk, 'store'>) =>
  (await store.events.readAll()).events.filter(({ meta }) => meta['commandKey'] !== undefined).length

describe.each(Object.keys(engines))('with an idempotency key, on %s,', (engine) => {
  it('every command that is repeated, at this desk or at another, changes nothing and answers the same', async () => {
    const { dispatch: _, ...talk } = await openQueue({ store: engines[engine]?.() as never })
    const other = await anotherDesk(talk.options)
    const ids = { channelId: talk.channelId, conversationId: talk.conversationId, ticketId: '', replyId: '' }
    const answered = new Map<string, object>()
    for (const [name, ask] of commands) {
      const answer = await ask(talk.desk, ids, { key: `key of ${name}` })
      expect([name, answer]).toEqual([name, { position: expect.any(String) as string, ...answer }])
      if ('ticketId' in answer) ids.ticketId = String(answer.ticketId)
      if ('replyId' in answer && ids.replyId === '') ids.replyId = String(answer.replyId)
      if (name === 'convert')
        await until(async () => (await talk.store.events.head(`ticket-${ids.ticketId}`)) !== undefined)
      answered.set(name, answer)
      const before = await eventsOf(talk)
      for (const desk of [talk.desk, other])
        expect([name, await ask(desk, ids, { key: `key of ${name}` })]).toEqual([name, answer])
      expect([name, await eventsOf(talk)]).toEqual([name, before])
    }
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
