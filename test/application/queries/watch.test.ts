import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { InboxChange, Store } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { faultyStore } from 'madoguchi/testing'
import {
  ACCOUNT,
  administrator,
  agent,
  aki,
  ben,
  body,
  caughtUp,
  NOON,
  openDesk,
  post,
  says,
  settled,
  withChannel,
  withOrganization,
} from '../desk.ts'

const opened = async (options: Parameters<typeof openDesk>[0] = {}) => {
  const each = await openDesk({ delivery: { enabled: false }, ...options })
  await withOrganization(each.desk)
  const channelId = await withChannel(each.desk, ACCOUNT)
  await post(each.desk, body([says('m1', 'Hello')]))
  await caughtUp(each)
  const conversationId = (await each.desk.inbox.list(aki)).items[0]?.conversationId ?? ''
  return { ...each, channelId, conversationId }
}
/** Reads on in the background. */
const hearing = (changes: AsyncIterable<InboxChange>) => {
  const heard: string[] = []
  const ended = (async () => {
    for await (const change of changes) {
      heard.push(change.kind === 'changed' ? `changed ${change.entry.lastLine?.text}` : 'removed')
    }
    return 'ended'
  })()
  return { heard, ended }
}

describe('a watcher of the inbox', () => {
  it('hears of everything from the call on, also before it begins to read', async () => {
    const each = await opened()
    const changes = each.desk.inbox.watch(aki)
    await post(each.desk, body([says('m2', 'Between call and reading', { at: NOON + 1 })]))
    await caughtUp(each)
    const first = await changes.next()
    expect(first.value).toMatchObject({ kind: 'changed', entry: { lastLine: { text: 'Between call and reading' } } })
    await changes.return?.()
    expect(await changes.next()).toEqual({ done: true, value: undefined })
  })

  it('hears what enters and what leaves the list it watches', async () => {
    const each = await opened()
    const { desk, conversationId } = each
    const stop = new AbortController()
    const unassigned = hearing(desk.inbox.watch(aki, { view: 'unassigned', signal: stop.signal }))
    const mine = hearing(desk.inbox.watch(aki, { view: 'mine', signal: stop.signal }))
    await desk.conversations.pickUp(aki, { conversationId })
    await caughtUp(each)
    await settled(each)
    expect(unassigned.heard).toEqual(['removed'])
    expect(mine.heard).toEqual(['changed Hello'])
    await desk.conversations.end(aki, { conversationId })
    await caughtUp(each)
    await settled(each)
    expect(mine.heard).toEqual(['changed Hello', 'removed'])
    stop.abort()
    expect(await Promise.all([unassigned.ended, mine.ended])).toEqual(['ended', 'ended'])
    await post(each.desk, body([says('m9', 'Afterwards', { at: NOON + 9 })]))
    await settled(each)
    expect(mine.heard).toHaveLength(2)
  })

  it('that reads slowly finds each conversation once, as it is by then', async () => {
    const each = await opened()
    const changes = each.desk.inbox.watch(aki)
    for (let n = 0; n < 30; n++) await post(each.desk, body([says(`s${n + 10}`, `Slow ${n}`, { at: NOON + n })]))
    await caughtUp(each)
    expect((await changes.next()).value).toMatchObject({ entry: { lastLine: { text: 'Slow 29' } } })
    const further = changes.next()
    expect(await Promise.race([further, settled(each).then(() => 'nothing')])).toBe('nothing')
    await changes.return?.()
    expect((await further).done).toBe(true)
  })

  it('keeps up with many that change at once on a store that is far away', async () => {
    const store = memory()
    let gets = 0
    let isFar = false
    const views: Store['views'] = {
      ...store.views,
      get: async (view, keys) => {
        if (view.name === 'inbox') gets += 1
        if (isFar) await setTimeout(10)
        return store.views.get(view, keys)
      },
    }
    const each = await opened({ store: { ...store, views } })
    const watcher = each.desk.inbox.watch(aki)
    const customers = Array.from({ length: 120 }, (_, n) => `90000${n}`)
    await post(each.desk, body(customers.map((customer) => says(`of ${customer}`, 'Hello', { customer, at: NOON }))))
    await caughtUp(each)
    // Profiles come too, and views read what they fold.
    await settled(each)
    isFar = true
    gets = 0
    const heard = new Set<string>()
    for await (const change of watcher) {
      if (change.kind === 'changed') heard.add(change.entry.customerId)
      if (heard.size === customers.length) break
    }
    expect(gets).toBeLessThan(20)
  })

  it('who loses the association is told once that it is gone, and hears nothing further', async () => {
    const each = await opened()
    const { desk, channelId } = each
    const changes = hearing(desk.inbox.watch(ben))
    await post(desk, body([says('m2', 'Still theirs', { at: NOON + 1 })]))
    await caughtUp(each)
    await settled(each)
    await desk.channels.remove(administrator, { channelId, agentId: 'ben' })
    await caughtUp(each)
    await settled(each)
    expect(changes.heard).toEqual(['changed Still theirs', 'removed'])
    await post(desk, body([says('m3', 'Not theirs', { at: NOON + 2 }), says('x', 'New', { customer: '77', at: NOON })]))
    await caughtUp(each)
    await settled(each)
    expect(changes.heard).toHaveLength(2)
  })

  it('who loses the association between two of many changes hears nothing of the others', async () => {
    const each = await opened()
    const { desk, channelId } = each
    const watcher = desk.inbox.watch(aki)
    const customers = Array.from({ length: 20 }, (_, n) => `90000${n}`)
    await post(desk, body(customers.map((customer) => says(`of ${customer}`, 'Hello', { customer, at: NOON }))))
    await caughtUp(each)
    expect((await watcher.next()).value).toMatchObject({ kind: 'changed' })
    await desk.channels.remove(administrator, { channelId, agentId: 'aki' })
    await post(desk, body([says('last', 'Hello again', { at: NOON + 1 })]))
    const rest = hearing(watcher)
    await caughtUp(each)
    await settled(each)
    expect(rest.heard.filter((one) => one !== 'removed')).toEqual([])
    await watcher.return?.()
  })

  it('who is not associated hears nothing at all', async () => {
    const each = await opened()
    const changes = hearing(each.desk.inbox.watch(agent('cho')))
    await post(each.desk, body([says('m2', 'Secret', { at: NOON + 1 })]))
    await caughtUp(each)
    await settled(each)
    expect(changes.heard).toEqual([])
    await expect(each.desk.inbox.watch(agent('cho'), { channelId: each.channelId }).next()).rejects.toMatchObject({
      code: 'not-associated',
    })
  })

  it('of what is unassigned hears at once of the conversations of an agent who is removed', async () => {
    const each = await opened()
    const { desk, channelId, conversationId } = each
    await desk.conversations.pickUp(ben, { conversationId })
    await caughtUp(each)
    const changes = hearing(desk.inbox.watch(aki, { view: 'unassigned' }))
    await desk.channels.remove(administrator, { channelId, agentId: 'ben' })
    await caughtUp(each)
    await settled(each)
    expect(changes.heard).toEqual(['changed Hello'])
  })
})

describe('waiting for a position', () => {
  it("resolves when every view shows it, so that one reads one's own writing", async () => {
    const { desk, conversationId } = await opened()
    for (let n = 0; n < 10; n++) {
      const { position } = await desk.conversations.addNote(aki, { conversationId, text: `Note ${n}` })
      await desk.waitFor(position)
      expect((await desk.inbox.entry(aki, conversationId)).counts.notes).toBe(n + 1)
    }
    await desk.waitFor(undefined)
  })

  it('is refused ViewsBehind when the views do not come along, and goes on when they do', async () => {
    const store = faultyStore(memory())
    const { desk, conversationId } = await opened({ store })
    const held = Promise.withResolvers<void>()
    store.onWrite((write) => (write.kind === 'commit' ? { kind: 'hold', until: held.promise } : undefined))
    const { position } = await desk.conversations.addNote(aki, { conversationId, text: 'Slow' })
    await expect(desk.waitFor(position, 20)).rejects.toMatchObject({ name: 'ViewsBehind', position })
    held.resolve()
    await desk.waitFor(position)
    await expect(desk.waitFor('9'.repeat(16), 30)).rejects.toMatchObject({ name: 'ViewsBehind' })
  })

  it('outlives a commit that fails for a moment', async () => {
    const store = faultyStore(memory())
    const { desk, conversationId } = await opened({ store })
    let failures = 2
    store.onWrite((write) => (write.kind === 'commit' && failures-- > 0 ? { kind: 'fail' } : undefined))
    const { position } = await desk.conversations.addNote(aki, { conversationId, text: 'After a while' })
    await desk.waitFor(position)
    expect((await desk.inbox.entry(aki, conversationId)).counts.notes).toBe(1)
  })
})
