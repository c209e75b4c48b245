import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createDesk, type Messenger } from 'madoguchi'
import { faultyStore } from '../../../src/testing/faulty-store.ts'
import { afterwards, aki, anotherDesk, ben, engines, MINUTE, NOBODY_DIES, settled, until } from '../desk.ts'
import { happened, onPhone, openQueue, openTalk, opens, stands } from './talk.ts'

/** Counts the calls that are under way at once, in all and per customer. The first calls end when so many are under way. */
const counted = (together = 1) => {
  const areTogether = Promise.withResolvers<void>()
  const under = new Map<string, number>()
  const most = { ofOne: 0, ofAll: 0 }
  const messenger = (meta: Messenger): Messenger => ({
    ...meta,
    send: async (sender, message, options) => {
      const { customerId } = message
      under.set(customerId, (under.get(customerId) ?? 0) + 1)
      most.ofOne = Math.max(most.ofOne, under.get(customerId) ?? 0)
      most.ofAll = Math.max(
        most.ofAll,
        [...under.values()].reduce((sum, n) => sum + n, 0),
      )
      if (under.size === together) areTogether.resolve()
      await areTogether.promise
      await setTimeout(15)
      const result = await meta.send(sender, message, options)
      under.set(customerId, (under.get(customerId) ?? 0) - 1)
      return result
    },
  })
  return { most, messenger }
}

describe.each(Object.keys(engines))('on %s', (engine) => {
  it('replies of one conversation leave in order, one call at a time, and of several side by side', async () => {
    const { most, messenger } = counted(4)
    const talk = await openTalk({ store: engines[engine]?.() as never, messenger, options: NOBODY_DIES })
    const { desk, account } = talk
    const others = await Promise.all([1, 2, 3].map((n) => opens(talk, account.customer({ username: `customer${n}` }))))
    const texts = Array.from({ length: 8 }, (_, index) => `Line ${index}.`)
    for (const text of texts) {
      for (const conversationId of [talk.conversationId, ...others])
        await desk.conversations.reply(text.length % 2 ? aki : ben, { conversationId, text })
    }
    await until(async () => talk.simulator.ledger.sends.length === 32)
    expect(onPhone(talk)).toEqual(texts)
    expect(most.ofOne).toBe(1)
    expect(most.ofAll).toBe(4)
  })

  it('two desks on one store send every reply once, in order', async () => {
    const { most, messenger } = counted()
    const talk = await openTalk({ store: engines[engine]?.() as never, messenger })
    const other = await anotherDesk(talk.options)
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 ? talk.desk : other).conversations.reply(aki, {
          conversationId: talk.conversationId,
          text: `Line ${index}.`,
        }),
      ),
    )
    for (const { replyId } of replies) await stands(talk, replyId, 'sent')
    expect(talk.simulator.ledger.sends).toHaveLength(12)
    expect(most.ofOne).toBe(1)
    const queued = (await happened(talk, 'ReplyQueued')).map(({ replyId }) => replyId)
    const sent = (await happened(talk, 'ReplyPartSent')).map(({ replyId }) => replyId)
    expect(sent).toEqual(queued)
  })
})

it('a reply that was queued before the desk was started leaves when it is', async () => {
  const { dispatch, ...talk } = await openQueue()
  const idle = createDesk({ ...talk.options, delivery: {} })
  const { replyId } = await idle.conversations.reply(aki, { conversationId: talk.conversationId, text: 'Yes.' })
  await settled(talk)
  expect(talk.simulator.ledger.calls).toEqual([])
  await dispatch()
  await stands(talk, replyId, 'sent')
})

describe('a store that fails for a time', () => {
  it('after the call: the answer is kept and recorded when the store is back, without a second call', async () => {
    const store = faultyStore(engines['memory']?.() as never)
    const talk = await openTalk({ store })
    store.onWrite((write) =>
      write.kind === 'append' && write.events.some(({ type }) => type === 'ReplyPartSent')
        ? { kind: 'fail' }
        : undefined,
    )
    const { replyId } = await talk.desk.conversations.reply(aki, { conversationId: talk.conversationId, text: 'Yes.' })
    await until(async () => talk.simulator.ledger.sends.length === 1)
    await settled(talk)
    expect(await happened(talk, 'ReplyPartSent')).toEqual([])
    store.heal()
    await settled(talk, MINUTE)
    await stands(talk, replyId, 'sent')
    expect((await happened(talk, 'ReplyPartSent')).map(({ settledBy }) => settledBy)).toEqual(['answer'])
    expect(talk.simulator.ledger.calls).toHaveLength(1)
  })

  it('before the call: there is no call until `attempted` is durable', async () => {
    const store = faultyStore(engines['memory']?.() as never)
    const talk = await openTalk({ store })
    store.onWrite((write) =>
      write.kind === 'append' && write.events.some(({ type }) => type === 'ReplyAttempted')
        ? { kind: 'fail' }
        : undefined,
    )
    const { replyId } = await talk.desk.conversations.reply(aki, { conversationId: talk.conversationId, text: 'Yes.' })
    await settled(talk)
    expect(talk.simulator.ledger.calls).toEqual([])
    store.heal()
    await settled(talk, MINUTE)
    await stands(talk, replyId, 'sent')
  })
})

describe('stopping', () => {
  it('waits for a call that is under way, and records its answer', async () => {
    let calls = 0
    const held = Promise.withResolvers<void>()
    const talk = await openTalk({
      messenger: (meta) => ({
        ...meta,
        send: async (...asked) => {
          calls++
          await held.promise
          return meta.send(...asked)
        },
      }),
    })
    afterwards(() => talk.store.close())
    const { conversationId, desk } = talk
    await desk.conversations.reply(aki, { conversationId, text: 'One.' })
    await desk.conversations.reply(aki, { conversationId, text: 'Two.' })
    await until(async () => calls === 1)
    const told: string[] = []
    const append = talk.store.events.append
    Object.assign(talk.store.events, {
      append: (...asked: Parameters<typeof append>) => {
        told.push(...asked[2].map(({ type }) => type))
        return append(...asked)
      },
    })
    const stopped = desk.stop()
    await settled(talk, 1_000)
    expect(told).toEqual([])
    held.resolve()
    await stopped
    expect(told).toContain('ReplyPartSent')
    await settled(talk)
    expect(calls).toBe(1)
  })

  it('gives a call up that takes too long, and records that nobody knows', async () => {
    const told: string[] = []
    const talk = await openTalk({
      delivery: { stopWithin: 100 },
      messenger: (meta) => ({ ...meta, send: () => new Promise(() => {}) }),
    })
    await talk.desk.conversations.reply(aki, { conversationId: talk.conversationId, text: 'One.' })
    await until(async () => (await happened(talk, 'ReplyAttempted')).length === 1)
    const append = talk.store.events.append
    Object.assign(talk.store.events, {
      append: (...asked: Parameters<typeof append>) => {
        told.push(...asked[2].map(({ type }) => type))
        return append(...asked)
      },
    })
    await talk.desk.stop()
    expect(told).toEqual(['ReplyOutcomeUnknown'])
  })
})
