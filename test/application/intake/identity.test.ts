import { describe, expect, it } from 'vitest'
import { memory } from 'madoguchi/memory'
import { faultyStore } from 'madoguchi/testing'
import type { Desk } from 'madoguchi'
import {
  ACCOUNT,
  administrator,
  aki,
  body,
  caughtUp,
  edits,
  HOUR,
  NOON,
  openDesk,
  post,
  says,
  system,
  unsends,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'

const opened = async (options: Parameters<typeof openDesk>[0] = {}) => {
  const each = await openDesk(options)
  await withOrganization(each.desk)
  const channelId = await withChannel(each.desk, ACCOUNT)
  await caughtUp(each)
  return { ...each, channelId }
}
const counts = async (desk: Desk) => (await desk.operations.balance(system)).accounts[ACCOUNT]
const texts = async (desk: Desk, channelId: string) => {
  const lists = await Promise.all([
    desk.inbox.list(aki, { channelId }),
    desk.inbox.list(aki, { channelId, view: 'deleted' }),
  ])
  const transcripts = await Promise.all(
    lists
      .flatMap(({ items }) => items)
      .map(({ conversationId }) => desk.conversations.transcript(aki, { conversationId, backwards: false })),
  )
  return transcripts.flatMap((page) => page.items.flatMap((item) => (item.kind === 'message' ? [item.text] : [])))
}

describe('a message is the same for ever', () => {
  it('on a new channel of the account: what the former one received is a duplicate, what is new is recorded', async () => {
    const each = await opened()
    const { desk, clock } = each
    await post(desk, body([says('m1', 'Before')]))
    clock.advance(HOUR)
    await desk.channels.delete(administrator, { channelId: each.channelId })
    clock.advance(HOUR)
    const second = await withChannel(desk, ACCOUNT)
    await post(desk, body([says('m1', 'Before'), says('m2', 'After', { at: clock.now() })]))
    await caughtUp(each)
    expect(await counts(desk)).toMatchObject({ received: 3, recorded: 2, duplicates: 1 })
    expect(await texts(desk, second)).toEqual(['After'])
    expect(await texts(desk, each.channelId)).toEqual(['Before'])

    await desk.channels.delete(administrator, { channelId: second })
    clock.advance(HOUR)
    const third = await withChannel(desk, ACCOUNT)
    await post(desk, body([says('m1', 'Before'), says('m2', 'After', { at: clock.now() - 2 * HOUR })]))
    await caughtUp(each)
    expect(await texts(desk, third)).toEqual([])
    expect(await counts(desk)).toMatchObject({ received: 5, recorded: 2, duplicates: 3 })
  })

  it('older than its channel: recorded, and no conversion starts', async () => {
    const each = await opened()
    await post(each.desk, body([says('m0', 'From before the desk', { at: NOON - 24 * HOUR })]))
    await caughtUp(each)
    expect(await texts(each.desk, each.channelId)).toEqual(['From before the desk'])
    expect((await each.desk.worklists.pendingConversions(aki, { channelId: each.channelId })).items).toEqual([])
  })

  it('beyond the 256 that the state remembers: the index answers, and a new one is recorded', async () => {
    const each = await opened()
    const many = Array.from({ length: 400 }, (_, n) => says(`m${n}`, `Number ${n}`, { at: NOON + n }))
    await post(each.desk, body(many.slice(0, 200)))
    await post(each.desk, body(many.slice(200)))
    await post(each.desk, body([...many.slice(0, 50), says('late', 'Late and new', { at: NOON })]))
    await caughtUp(each)
    expect(await counts(each.desk)).toMatchObject({ received: 451, recorded: 401, duplicates: 50 })
  })

  it('in one body of 1,000 from one customer, in which each comes twice', async () => {
    const each = await opened()
    const many = Array.from({ length: 500 }, (_, n) => says(`m${n}`, `Number ${n}`, { at: NOON + n }))
    expect(await post(each.desk, body([...many, ...many]))).toBe(200)
    await caughtUp(each)
    expect(await counts(each.desk)).toMatchObject({ received: 1_000, recorded: 500, duplicates: 500 })
  })

  it('not proven while the index is behind: 503 after a while, and recorded or known when it has caught up', async () => {
    const store = faultyStore(memory())
    const each = await opened({ store, intake: { answerWithin: 700 } })
    store.onWrite((write) => (write.kind === 'commit' ? { kind: 'fail' } : undefined))
    const many = Array.from({ length: 300 }, (_, n) => says(`m${n}`, `Number ${n}`, { at: NOON + n }))
    expect(await post(each.desk, body(many))).toBe(200)
    expect(await post(each.desk, body([says('m299', 'Number 299')]))).toBe(200)
    expect(await post(each.desk, body([says('m0', 'Number 0')]))).toBe(503)
    expect(await post(each.desk, body([says('new', 'New')]))).toBe(503)
    store.heal()
    await until(async () => (await post(each.desk, body([says('m0', 'Number 0'), says('new', 'New')]))) === 200)
    await post(each.desk, body([says('m0', 'Number 0')]))
    await caughtUp(each)
    expect(await counts(each.desk)).toMatchObject({ recorded: 301, unanswered: 0 })
    const { events } = await store.events.readAll({ types: ['MessageReceived'], limit: 1_000 })
    expect(events).toHaveLength(301)
  })
})

describe('an unsend is honoured', () => {
  const gone = async (desk: Desk, channelId: string) => {
    expect(await texts(desk, channelId)).toEqual([undefined])
    expect((await desk.inbox.search(aki, { text: 'Secret', channelId })).messages).toEqual([])
  }

  it('on a deleted channel', async () => {
    const each = await opened()
    await post(each.desk, body([says('m1', 'Secret')]))
    await each.desk.channels.delete(administrator, { channelId: each.channelId })
    expect(await post(each.desk, body([unsends('m1')]))).toBe(200)
    await caughtUp(each)
    await gone(each.desk, each.channelId)
    expect(await counts(each.desk)).toMatchObject({ received: 2, recorded: 2 })
  })

  it('on the former channel, when the account has a new one', async () => {
    const each = await opened()
    await post(each.desk, body([says('m1', 'Secret')]))
    each.clock.advance(HOUR)
    await each.desk.channels.delete(administrator, { channelId: each.channelId })
    const second = await withChannel(each.desk, ACCOUNT)
    await post(each.desk, body([unsends('m1'), unsends('m2'), says('m2', 'Also secret', { at: each.clock.now() })]))
    await caughtUp(each)
    await gone(each.desk, each.channelId)
    expect(await texts(each.desk, second)).toEqual([undefined])
  })

  it('on a disabled channel and of a blocked customer', async () => {
    const each = await opened()
    await post(each.desk, body([says('m1', 'Secret')]))
    await caughtUp(each)
    const conversationId = (await each.desk.inbox.list(aki)).items[0]?.conversationId ?? ''
    await each.desk.conversations.block(aki, { conversationId })
    await each.desk.channels.disable(administrator, { channelId: each.channelId })
    await post(each.desk, body([unsends('m1')]))
    await each.desk.channels.enable(administrator, { channelId: each.channelId })
    await each.desk.conversations.unblock(aki, { conversationId })
    await caughtUp(each)
    await gone(each.desk, each.channelId)
  })

  it.each(['in one body', 'in many'])('before its message comes, however many others wait: %s', async (how) => {
    const each = await opened()
    const many = [unsends('m1'), ...Array.from({ length: 40 }, (_, n) => unsends(`other-${n}`)), says('m1', 'Secret')]
    const bodies = how === 'in one body' ? [body(many)] : many.map((one) => body([one]))
    for (const one of bodies) expect(await post(each.desk, one)).toBe(200)
    expect(await post(each.desk, body([edits('m1', 'Secret too', 1), unsends('m1'), unsends('other-0')]))).toBe(200)
    await caughtUp(each)
    const { events } = await each.store.events.readAll({ limit: 1_000 })
    expect(JSON.stringify(events)).not.toContain('Secret')
    expect(await counts(each.desk)).toMatchObject({ received: 45, recorded: 42, duplicates: 2, ignored: 1 })
  })

  it('before its message comes, also when that comes on the next channel of the account', async () => {
    const each = await opened()
    await post(each.desk, body([unsends('m1')]))
    await each.desk.channels.delete(administrator, { channelId: each.channelId })
    const second = await withChannel(each.desk, ACCOUNT)
    await post(each.desk, body([says('m1', 'Secret')]))
    await caughtUp(each)
    await gone(each.desk, second)
  })

  it.each(['in one body', 'in many'])(
    'of everything in an episode of 300 messages: no ticket of nothing, %s',
    async (how) => {
      const each = await opened()
      const written = Array.from({ length: 300 }, (_, n) => says(`m${n}`, `Number ${n}`))
      const all = [...written, ...written.map((_, n) => unsends(`m${n}`))]
      const size = how === 'in one body' ? all.length : 60
      for (let from = 0; from < all.length; from += size)
        expect(await post(each.desk, body(all.slice(from, from + size)))).toBe(200)
      await caughtUp(each)
      expect((await each.desk.worklists.pendingConversions(aki, { channelId: each.channelId })).items).toEqual([])
      expect(await counts(each.desk)).toMatchObject({ received: 600, recorded: 600 })
      expect(await post(each.desk, body([unsends('m0'), unsends('m299')]))).toBe(200)
      await caughtUp(each)
      expect(await counts(each.desk)).toMatchObject({ received: 602, recorded: 600, duplicates: 2 })
    },
  )

  it('of an unknown message of an account without a channel: it waits in quarantine', async () => {
    const each = await openDesk()
    expect(await post(each.desk, body([unsends('m1')]))).toBe(200)
    await caughtUp(each)
    expect(await counts(each.desk)).toMatchObject({ received: 1, quarantined: 1 })
  })
})
