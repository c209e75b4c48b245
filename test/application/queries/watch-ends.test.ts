import { afterEach, beforeEach, expect, it } from 'vitest'
import { ViewRunner } from '../../../src/application/views/view-runner.ts'
import {
  ACCOUNT,
  administrator,
  agent,
  aki,
  body,
  caughtUp,
  NOON,
  openDesk,
  post,
  says,
  withChannel,
  withOrganization,
} from '../desk.ts'

// What ends leaves nobody who listens: a listener gathers all that changes until somebody takes it.

const { listen } = ViewRunner.prototype
let listeners = new Set<object>()
beforeEach(() => {
  listeners = new Set()
  ViewRunner.prototype.listen = function (listener) {
    listeners.add(listener)
    const end = listen.call(this, listener)
    return () => {
      listeners.delete(listener)
      return end()
    }
  }
})
afterEach(() => {
  ViewRunner.prototype.listen = listen
})

const opened = async () => {
  const each = await openDesk({ delivery: { enabled: false } })
  await withOrganization(each.desk)
  const channelId = await withChannel(each.desk, ACCOUNT)
  await post(each.desk, body([says('m1', 'Hello')]))
  await caughtUp(each)
  const conversationId = (await each.desk.inbox.list(aki)).items[0]?.conversationId ?? ''
  const before = listeners.size
  return { ...each, channelId, conversationId, watching: () => listeners.size - before }
}
type All = Awaited<ReturnType<typeof opened>>
const watchers: Readonly<Record<string, (all: All, actor?: typeof aki) => AsyncIterableIterator<unknown, void>>> = {
  'the inbox': ({ desk, channelId }, actor = aki) => desk.inbox.watch(actor, { channelId }),
  'a conversation': ({ desk, conversationId }, actor = aki) => desk.conversations.watch(actor, { conversationId }),
}

it.each(Object.entries(watchers))('who may not watch %s leaves no listener behind', async (_, watch) => {
  const all = await opened()
  for (let n = 0; n < 5; n++) {
    const changes = watch(all, agent('cho'))
    await expect(changes.next()).rejects.toMatchObject({ code: 'not-associated' })
    expect(await changes.next()).toEqual({ done: true, value: undefined })
  }
  expect(all.watching()).toBe(0)
})

it.each(Object.entries(watchers))('who stops watching %s leaves no listener behind', async (_, watch) => {
  const all = await opened()
  const changes = watch(all)
  expect(all.watching()).toBe(1)
  await post(all.desk, body([says('m2', 'And again', { at: NOON + 1 })]))
  for await (const _ of changes) break
  expect(all.watching()).toBe(0)
  await watch(all).return?.()
  expect(all.watching()).toBe(0)
})

it('who may watch a conversation no longer leaves no listener behind', async () => {
  const all = await opened()
  const { desk, channelId, conversationId } = all
  const changes = desk.conversations.watch(aki, { conversationId, signal: new AbortController().signal })
  const ended = changes.next()
  await desk.channels.remove(administrator, { channelId, agentId: 'aki' })
  await post(desk, body([says('m2', 'Anybody there?', { at: NOON + 1 })]))
  expect(await ended).toEqual({ done: true, value: undefined })
  expect(all.watching()).toBe(0)
})
