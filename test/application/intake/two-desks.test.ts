import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Desk, EventTooLarge, type Store } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { toWire } from 'madoguchi/simulator'
import { sqlite } from 'madoguchi/sqlite'
import {
  ACCOUNT,
  administrator,
  afterwards,
  aki,
  anotherDesk,
  body,
  caughtUp,
  edits,
  folder,
  NOON,
  openDesk,
  post,
  says,
  SECRET,
  system,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'

const openedOn = async (store: Store) => {
  const each = await openDesk({ store, delivery: { enabled: false } })
  await withOrganization(each.desk)
  const channelId = await withChannel(each.desk, ACCOUNT)
  await caughtUp(each)
  return { ...each, channelId }
}
const opened = async () => {
  const path = join(folder(), 'desk.db')
  return { ...(await openedOn(sqlite(path))), path }
}
const CUSTOMERS = 8
/** Bodies of which each comes to both desks, with messages that other bodies hold too. */
const bodies = Array.from({ length: 60 }, (_, n) =>
  body([
    says(`m${n}`, `Number ${n}`, { customer: `80000${n % CUSTOMERS}`, at: NOON + n }),
    says(`m${n + 1}`, `Number ${n + 1}`, { customer: `80000${(n + 1) % CUSTOMERS}`, at: NOON + n + 1 }),
    edits(`m${n}`, `Edited ${n}`, 1, { customer: `80000${n % CUSTOMERS}`, at: NOON + n }),
  ]),
)
const EVENTS = 2 * 60 * 3
const MESSAGES = 61

const proven = async (desk: Desk) => {
  const { total, balances } = await desk.operations.balance(system)
  expect(balances).toBe(true)
  expect(total).toMatchObject({ received: EVENTS, recorded: MESSAGES + 60, quarantined: 0, unanswered: 0 })
  const { items } = await desk.inbox.list(aki, { limit: 200 })
  expect(items).toHaveLength(CUSTOMERS)
  expect(items.reduce((sum, { counts }) => sum + counts.received, 0)).toBe(MESSAGES)
  const shown = await Promise.all(
    items.map(async ({ conversationId }) => {
      const page = await desk.conversations.transcript(aki, { conversationId, limit: 200 })
      return page.items.flatMap((item) => (item.kind === 'message' ? [item.text] : []))
    }),
  )
  expect(shown.flat()).toHaveLength(MESSAGES)
  expect(new Set(shown.flat()).size).toBe(MESSAGES)
}

it('two desks on one file take in the same bodies at once: nothing twice, and both show everything', async () => {
  const each = await opened()
  const other = await anotherDesk({ ...each.options, store: sqlite(each.path) })
  const heard = new Set<string>()
  const changes = other.inbox.watch(aki)
  const listening = (async () => {
    for await (const change of changes) if (change.kind === 'changed') heard.add(change.entry.customerId)
  })()
  const statuses = await Promise.all(bodies.flatMap((one) => [post(each.desk, one), post(other, one)]))
  expect(new Set(statuses)).toEqual(new Set([200]))
  const { events } = await each.store.events.readAll({ backwards: true, limit: 1 })
  await Promise.all([each.desk, other].map((desk) => desk.waitFor(events[0]?.position)))
  await proven(each.desk)
  await proven(other)
  await until(async () => heard.size === CUSTOMERS)
  await changes.return?.()
  await listening
})

it.each(['sqlite', 'memory'] as const)(
  'what one desk has just done is known to the other, whatever that remembers: on %s',
  async (engine) => {
    // One engine is asked before anything is decided, the other one sees to it when it appends.
    const path = join(folder(), 'desk.db')
    const each = await openedOn(engine === 'sqlite' ? sqlite(path) : memory())
    const other = await anotherDesk(engine === 'sqlite' ? { ...each.options, store: sqlite(path) } : each.options)
    const desks = [each.desk, other]
    const recorded = async () => (await each.store.events.readAll({ types: ['MessageReceived'] })).events.length
    for (let n = 0; n < 6; n++) {
      const [first, second] = n % 2 === 0 ? desks : desks.toReversed()
      expect(await post(first!, body([says(`m${n}`, `Number ${n}`)]))).toBe(200)
      expect(await post(second!, body([says(`m${n}`, `Number ${n}`)]))).toBe(200)
      expect(await recorded()).toBe(n + 1)
    }
    await each.desk.channels.disable(administrator, { channelId: each.channelId })
    expect(await post(other, body([says('while disabled', 'Not kept')]))).toBe(200)
    await each.desk.channels.enable(administrator, { channelId: each.channelId })
    // Decided on the disabled channel it would make nothing happen, and no append would notice.
    expect(await post(other, body([edits('m1', 'Edited again', 1)]))).toBe(200)
    expect(await post(other, body([says('enabled', 'Kept')]))).toBe(200)
    expect(await recorded()).toBe(7)
    await other.channels.delete(administrator, { channelId: each.channelId })
    expect(await post(each.desk, body([says('deleted', 'Nowhere')]))).toBe(200)
    expect(await recorded()).toBe(7)
    await caughtUp(each)
    const { total, balances } = await each.desk.operations.balance(system)
    expect([balances, total]).toMatchObject([
      true,
      { received: 16, recorded: 9, duplicates: 6, quarantined: 1, unanswered: 0 },
    ])
  },
)

it('what is too large for the log does not keep the rest from being decided on the channel as it is now', async () => {
  const store = memory()
  // As engines do that see the size before they are asked for a place.
  const small: Store = {
    ...store,
    events: {
      ...store.events,
      append: (stream, expected, events, options) =>
        events.some(({ type, personal }) => type === 'MessageReceived' && personal?.['text'] === 'Large')
          ? Promise.reject(new EventTooLarge(1, 2))
          : store.events.append(stream, expected, events, options),
    },
  }
  const each = await openedOn(small)
  const other = await anotherDesk(each.options)
  expect(await post(each.desk, body([says('m1', 'Hello')]))).toBe(200)
  await other.channels.change(administrator, { channelId: each.channelId, name: 'Renamed' })
  expect(await post(each.desk, body([says('m2', 'Large'), says('m3', 'Small')]))).toBe(200)
  await other.channels.disable(administrator, { channelId: each.channelId })
  expect(await post(each.desk, body([says('m4', 'Large')]))).toBe(200)
  await caughtUp(each)
  const { total, balances } = await each.desk.operations.balance(system)
  // The first large one is quarantined; of the second one the disabled channel keeps no text, so it is not large.
  expect([balances, total]).toMatchObject([true, { received: 4, recorded: 3, quarantined: 1, unanswered: 0 }])
})

it('a former channel that this code cannot read does not keep the account from being served', async () => {
  const each = await opened()
  const { store } = each
  expect(await post(each.desk, body([says('m1', 'Hello')]))).toBe(200)
  const other = await anotherDesk({ ...each.options, store: sqlite(each.path) })
  await other.channels.delete(administrator, { channelId: each.channelId })
  const channel = await withChannel(other, ACCOUNT)
  const [last] = await store.events.read(`channel-${each.channelId}`, { backwards: true, limit: 1 })
  await store.events.append(`channel-${each.channelId}`, last?.revision ?? 0, [
    { ...last!, id: crypto.randomUUID(), type: 'ChannelRenamed', version: 99 },
  ])
  expect(await post(each.desk, body([says('m2', 'Hello')]))).toBe(200)
  const { events } = await store.events.readAll({ types: ['MessageReceived'] })
  expect(events.map(({ meta }) => meta['channelId'])).toEqual([each.channelId, channel])
})

it('a desk in another process is as good as one in this', async () => {
  const each = await opened()
  const child = fork(new URL('second-process.ts', import.meta.url), [each.path, SECRET], {
    execArgv: ['--conditions=madoguchi-source', '--disable-warning=ExperimentalWarning'],
  })
  afterwards(async () => void child.kill('SIGKILL'))
  await once(child, 'message')
  const answers = new Map<number, (status: number) => void>()
  child.on('message', ({ n, status }: { n: number; status: number }) => answers.get(n)?.(status))
  const postThere = (one: unknown, n: number) =>
    new Promise<number>((resolve) => {
      answers.set(n, resolve)
      child.send({ n, body: toWire(one as never) })
    })
  const statuses = await Promise.all(bodies.flatMap((one, n) => [post(each.desk, one), postThere(one, n)]))
  expect(new Set(statuses)).toEqual(new Set([200]))
  await caughtUp(each)
  await proven(each.desk)
  child.send('stop')
  await once(child, 'exit')
  await proven(each.desk)
})
