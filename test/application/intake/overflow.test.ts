import { describe, expect, it } from 'vitest'
import {
  ACCOUNT,
  aki,
  body,
  caughtUp,
  engines,
  NOON,
  openDesk,
  post,
  says,
  system,
  unsends,
  withChannel,
  withOrganization,
} from '../desk.ts'

// A state remembers 256 messages and 24 amendments. One body may hold more: what it pushes out of the state was never asked of the index.

/** A thread of so many messages whose newest event is one that the index of messages does not follow. */
const pickedUp = async (messages: number, store = engines['memory']!()) => {
  const each = await openDesk({ store })
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  const many = Array.from({ length: messages }, (_, n) => says(`m${n}`, `Number ${n}`, { at: NOON + n }))
  expect(await post(each.desk, body(many))).toBe(200)
  await caughtUp(each)
  const { items } = await each.desk.inbox.list(aki)
  await each.desk.conversations.pickUp(aki, { conversationId: items[0]?.conversationId ?? '' })
  await caughtUp(each)
  const counts = async () => {
    await caughtUp(each)
    return (await each.desk.operations.balance(system)).accounts[ACCOUNT]
  }
  return { ...each, counts }
}
const news = (count: number) =>
  Array.from({ length: count }, (_, n) => says(`new${n}`, 'New', { at: NOON + 1_000 + n }))
const unknownUnsends = (count: number) => Array.from({ length: count }, (_, n) => unsends(`unknown${n}`))

describe.each(['memory', 'sqlite'] as const)(
  'on %s, a thread that somebody picked up is answered at the first delivery',
  (engine) => {
    it.each([
      ['the unsend of its oldest message, and a new one', 260, [unsends('m0'), says('new', 'New')], { recorded: 262 }],
      [
        'the unsend of its oldest message, and then that message',
        260,
        [unsends('m0'), says('m0', 'Number 0')],
        { recorded: 261, duplicates: 1 },
      ],
      ['1,000 new messages', 260, news(1_000), { recorded: 1_260 }],
      ['1,000 new messages where none was dropped before', 200, news(1_000), { recorded: 1_200 }],
      [
        '300 unsends of unknown messages, and a new one',
        260,
        [...unknownUnsends(300), says('new', 'New')],
        { recorded: 561 },
      ],
      [
        '300 unsends of unknown messages where none was dropped before, and a new one',
        3,
        [...unknownUnsends(300), says('new', 'New')],
        { recorded: 304 },
      ],
      [
        'so many new messages that all before are dropped, and then one of those',
        200,
        [...news(300), says('m0', 'Number 0')],
        { recorded: 500, duplicates: 1 },
      ],
      [
        'so many new messages that all before are dropped, and unsends of one of those',
        200,
        [...news(300), unsends('m0'), unsends('m0')],
        { recorded: 501, duplicates: 1 },
      ],
    ])('%s', async (_, messages, events, expected) => {
      const each = await pickedUp(messages, engines[engine]!())
      expect(await post(each.desk, body(events))).toBe(200)
      expect(await each.counts()).toMatchObject({ ...expected, unanswered: 0 })
      const { total } = await each.desk.operations.balance(system)
      expect(await post(each.desk, body(events))).toBe(200)
      expect(await each.counts()).toMatchObject({
        recorded: total.recorded,
        duplicates: total.duplicates + events.length,
        unanswered: 0,
      })
    })
  },
)
