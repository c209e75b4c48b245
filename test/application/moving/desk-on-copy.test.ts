import { describe, expect, it } from 'vitest'
import { copyStore, createDesk, type Desk, type Store } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { happened, onPhone, openQueue, stands, type Talk } from '../delivery/talk.ts'
import { afterwards, aki, caughtUp, MINUTE, settled, until } from '../desk.ts'
import { processOn } from '../protocols/mortal.ts'
import { contentOf, engines, onlyRead, withEngines } from './places.ts'

withEngines()

const CALL_TIMEOUT = 150

/** What people see. */
const seen = async ({ desk, store }: { desk: Desk; store: Store }, { channelId, conversationId }: Talk) => {
  await caughtUp({ desk, store })
  return {
    inbox: await desk.inbox.list(aki),
    unread: await desk.inbox.unread(aki),
    transcript: await desk.conversations.transcript(aki, { conversationId }),
    conversation: await desk.conversations.get(aki, { conversationId }),
    tickets: await desk.tickets.list(aki, { channelId }),
    deliveries: await desk.worklists.deliveries(aki, { channelId }),
    balance: await desk.operations.balance({ kind: 'system' }),
  }
}

/** A desk that stops closes its store; here others go on with it. */
const left = (store: Store): Store => ({ ...store, close: () => Promise.resolve() })

const pairs = [
  ['memory', 'sqlite'],
  ['sqlite', 'postgres'],
  ['postgres', 'eventstoredb'],
  ['eventstoredb', 'memory'],
] as const

describe.each(pairs)('a desk that moves from %s to %s', (from, to) => {
  it('shows the same, settles what was in flight, and goes on', async () => {
    const { dispatch, ...talk } = await openQueue({ store: left((await engines[from]?.()) ?? memory()) })
    const { desk, conversationId, channelId, customer, clock } = talk

    // Each process that takes over has a higher epoch.
    for (const text of ['First.', 'Second.', 'Third.']) {
      const sending = await dispatch()
      const { replyId } = await desk.conversations.reply(aki, { conversationId, text })
      await stands(talk, replyId, 'sent')
      await sending.stop()
    }
    const epoch = Math.max(...(await happened(talk, 'ReplyAttempted')).map((attempted) => attempted.epoch))
    expect(epoch).toBeGreaterThan(1)
    await desk.conversations.addNote(aki, { conversationId, text: 'asked twice' })
    await desk.conversations.convert(aki, { conversationId })
    await until(async () => (await desk.tickets.list(aki, { channelId })).items.length === 1)
    await customer.says('And to Rosario? \ud83d').delivered

    // One reply is in flight when its process is killed, another one waits.
    const inFlight = await desk.conversations.reply(aki, { conversationId, text: 'To Rosario too.' })
    const waiting = await desk.conversations.reply(aki, { conversationId, text: 'Every week.' })
    const killed = processOn(talk.store, 'attempted')
    const dying = createDesk({ ...talk.options, store: killed.store, onStep: killed.onStep, delivery: {} })
    afterwards(async () => killed.kill())
    await dying.start()
    await until(async () => killed.isDead())

    // While the first desk still runs, and once more when it has stopped.
    const store = left((await engines[to]?.()) ?? memory())
    const { note } = await copyStore(onlyRead(talk.store), store)
    await customer.says('Still there?').delivered
    await desk.conversations.markRead(aki, { conversationId, upTo: 0 })
    const before = await seen(talk, talk)
    await desk.stop()
    const source = await contentOf(talk.store)
    await copyStore(onlyRead(talk.store), store, note && { since: note })
    expect(await contentOf(store)).toEqual(source)

    const looking = createDesk({ ...talk.options, store, delivery: { enabled: false } })
    await looking.start()
    expect(await seen({ desk: looking, store }, talk)).toEqual(before)
    await looking.stop()

    const moved = createDesk({ ...talk.options, store, delivery: { callTimeout: CALL_TIMEOUT } })
    talk.simulator.setWebhook((request) => moved.handle(request))
    await moved.start()
    afterwards(() => moved.stop())
    const now = { ...talk, desk: moved, store }
    await until(async () => (await happened(now, 'ReplyOutcomeUnknown')).length === 1)
    clock.advance(10_000)
    await stands(now, inFlight.replyId, 'unconfirmed')
    await stands(now, waiting.replyId, 'sent')
    const { replyId } = await moved.conversations.reply(aki, { conversationId, text: 'Yes, here.' })
    await stands(now, replyId, 'sent')
    expect(onPhone(now)).toEqual(['First.', 'Second.', 'Third.', 'Every week.', 'Yes, here.'])
    // Its shares of the work began anew, and have overtaken what the log remembers.
    const epochs = (await happened(now, 'ReplyAttempted')).map((attempted) => attempted.epoch)
    expect(epochs.at(-1)).toBeGreaterThan(epoch)

    await customer.says('Thank you').delivered
    clock.advance(61 * MINUTE)
    await until(async () => (await moved.tickets.list(aki, { channelId })).items.length === 2)
    await settled(talk)
    expect(await contentOf(talk.store)).toEqual(source)
  })
})
