import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ViewRunner } from '../../../src/application/views/view-runner.ts'
import {
  ACCOUNT,
  administrator,
  agent,
  aki,
  anotherDesk,
  body,
  caughtUp,
  NOON,
  openDesk,
  post,
  says,
  system,
  until,
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
type Watch = (all: All, actor?: typeof aki, more?: { signal?: AbortSignal }) => AsyncIterableIterator<unknown, void>
const watchers: Readonly<Record<string, Watch>> = {
  'the inbox': ({ desk, channelId }, actor = aki, more = {}) => desk.inbox.watch(actor, { channelId, ...more }),
  'a conversation': ({ desk, conversationId }, actor = aki, more = {}) =>
    desk.conversations.watch(actor, { conversationId, ...more }),
}
const ENDED = { done: true, value: undefined }

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

describe.each(Object.entries(watchers))('a watch of %s', (_, watch) => {
  it('leaves no listener behind when nobody ever reads it and its reader may not', async () => {
    const all = await opened()
    for (let n = 0; n < 5; n++) watch(all, agent('cho'))
    expect(await until(async () => all.watching() === 0)).toBe(true)
  })

  it('goes with a signal, also one that was aborted before', async () => {
    const all = await opened()
    const stop = new AbortController()
    const changes = watch(all, aki, { signal: stop.signal })
    const next = changes.next()
    stop.abort()
    expect([await next, await watch(all, aki, { signal: stop.signal }).next()]).toEqual([ENDED, ENDED])
    expect(all.watching()).toBe(0)
  })

  it('ends when the desk stops: one that waits, one that is being read, one that nobody reads, and a later one', async () => {
    const all = await opened()
    const waiting = watch(all)
    const next = waiting.next()
    const unread = watch(all)
    const read = watch(all)
    await post(all.desk, body([says('m2', 'And again', { at: NOON + 1 })]))
    expect((await read.next()).done).toBe(false)
    expect((await next).done).toBe(false)
    const last = waiting.next()
    await all.desk.stop()
    expect([await last, await read.next(), await unread.next()]).toEqual([ENDED, ENDED, ENDED])
    const late = watch(all)
    await expect(late.next()).rejects.toMatchObject({ name: 'StoreClosed' })
    expect(await late.next()).toEqual(ENDED)
    expect(listeners.size).toBe(0)
  })

  it('keeps no more than 10,000 changes for whoever does not read, and says so then', async () => {
    const all = await opened()
    const changes = watch(all)
    const [listener] = [...listeners].slice(-1) as [(change: Map<string, Set<string>>) => void]
    const keys = (from: number) =>
      new Set(Array.from({ length: 4_000 }, (__, n) => `${all.conversationId}/${from + n}`))
    const change = (from: number) => new Map(['inbox', 'transcript'].map((view) => [view, keys(from)]))
    listener(change(0))
    listener(change(4_000))
    listener(change(0))
    expect(all.watching()).toBe(1)
    listener(change(8_000))
    expect(all.watching()).toBe(0)
    await expect(changes.next()).rejects.toMatchObject({ name: 'WatchFellBehind' })
    expect(await changes.next()).toEqual(ENDED)
  })
})

describe('a desk that was stopped', () => {
  it('refuses every later call as StoreClosed, and a start, and can be stopped again', async () => {
    const all = await opened()
    const { desk, channelId, conversationId, store } = all
    const [last] = (await store.events.readAll({ backwards: true, limit: 1 })).events
    const waits = desk.waitFor(`${last?.position ?? ''}9`, 60_000)
    const refused = expect(waits).rejects.toMatchObject({ name: 'StoreClosed' })
    await desk.stop()
    await refused
    const of = { conversationId }
    const later: readonly (() => unknown)[] = [
      () => desk.waitFor(undefined),
      () => desk.waitFor(last?.position),
      () => desk.start(),
      () => desk.inbox.list(aki),
      () => desk.inbox.list(aki, { channelId }),
      () => desk.inbox.search(aki, { text: 'hello' }),
      () => desk.inbox.unread(aki),
      () => desk.inbox.entry(aki, conversationId),
      () => desk.conversations.get(aki, of),
      () => desk.conversations.transcript(aki, of),
      () => desk.conversations.windowAt(aki, { ...of, at: NOON }),
      () => desk.conversations.reply(aki, { ...of, text: 'late' }),
      () => desk.conversations.typing(aki, { ...of, on: true }),
      () => desk.channels.list(administrator, { organizationId: 'acme' }),
      () => desk.tickets.list(aki, { channelId }),
      () => desk.worklists.deliveries(aki, { channelId }),
      () => desk.worklists.pendingConversions(aki, { channelId }),
      () => desk.operations.balance(system),
      () => desk.operations.quarantine(system),
      () => desk.operations.readAgain(system),
      async () => desk.operations.progress(system),
      async () => desk.operations.share(system),
      () => desk.organizations.setDepartments(system, { organizationId: 'acme', departments: ['one'] }),
    ]
    for (const call of later) await expect(call(), call.toString()).rejects.toMatchObject({ name: 'StoreClosed' })
    await expect(desk.start()).rejects.toThrow('the desk was stopped')
    expect(
      (await desk.handle(new Request('http://desk.test/instagram/webhook', { method: 'POST', body: '{}' }))).ok,
    ).toBe(false)
    await desk.stop()
  })

  it('lets a server end that had a stream open', async () => {
    const { desk, channelId } = await opened()
    const server = createServer((_request, response) => {
      void (async () => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
        for await (const change of desk.inbox.watch(aki, { channelId })) response.write(`data: ${change.kind}\n\n`)
        response.end()
      })()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const closed = new Promise((resolve) => server.close(resolve))
    await desk.stop()
    expect(await response.text()).toBe('')
    server.closeIdleConnections()
    await closed
  })
})

it('every list is refused before the desk is started, and so is a watch', async () => {
  const first = await opened()
  const { channelId, conversationId, options } = first
  const desk = await anotherDesk(options, {}, false)
  const of = { conversationId }
  const queries: readonly (() => Promise<unknown>)[] = [
    () => desk.inbox.list(aki),
    () => desk.inbox.list(aki, { channelId }),
    () => desk.inbox.search(aki, { text: 'hello' }),
    () => desk.inbox.unread(aki),
    () => desk.inbox.entry(aki, conversationId),
    () => desk.inbox.watch(aki).next(),
    () => desk.conversations.watch(aki, of).next(),
    () => desk.conversations.transcript(aki, of),
    () => desk.conversations.windowAt(aki, { ...of, at: NOON }),
    () => desk.channels.list(administrator, { organizationId: 'acme' }),
    () => desk.tickets.list(aki, { channelId }),
    () => desk.tickets.get(aki, { ticketId: 't' }),
    () => desk.worklists.deliveries(aki, { channelId }),
    () => desk.worklists.delivery(aki, { replyId: 'r' }),
    () => desk.worklists.pendingConversions(aki, { channelId }),
    () => desk.operations.balance(system),
    () => desk.operations.quarantine(system),
    () => desk.waitFor(undefined),
  ]
  for (const query of queries) await expect(query(), query.toString()).rejects.toMatchObject({ code: 'not-started' })
  await desk.start()
  expect((await desk.inbox.list(aki)).items.length).toBe(1)
})
