import { describe, expect, it } from 'vitest'
import type { Tickets } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { aki, anotherDesk, engines, HOUR, settled, until } from '../desk.ts'
import { openTalk, opens, type Talk } from '../delivery/talk.ts'
import { processOn } from './mortal.ts'

type Told = { readonly id: string; readonly type: string; readonly ticketId: string }

/** A host that keeps its tickets itself, and refuses what it is told to refuse. */
const host = (refuses: (told: Told) => boolean | Promise<boolean> = () => false) => {
  const heard: Told[] = []
  const taken: Told[] = []
  const tickets: Tickets = {
    receive: async (event, id) => {
      const told = { id, type: event.type, ticketId: event.data.ticketId }
      heard.push(told)
      if (await refuses(told)) throw new RangeError('not now')
      taken.push(told)
    },
  }
  return { heard, taken, tickets }
}
/** What happens to the ticket of the talk: opened, put on hold, closed. */
const livesThrough = async ({ desk, channelId }: Talk, ticketId?: string) => {
  const found = await until(async () => ticketId ?? (await desk.tickets.list(aki, { channelId })).items[0]?.ticketId)
  await desk.tickets.setStatus(aki, { ticketId: found, status: 'on-hold' })
  await desk.tickets.close(aki, { ticketId: found })
  return found
}
const LIFE = ['TicketOpened', 'TicketStatusChanged', 'TicketClosed']
const inLog = async ({ store }: Pick<Talk, 'store'>) =>
  (await store.events.readAll({ streamPrefixes: ['ticket-'] })).events.map(({ id }) => id)

describe.each(Object.keys(engines))('a host that owns its tickets, on %s,', (engine) => {
  it('is told of every ticket event in order, with the ids of the log', async () => {
    const { taken, tickets } = host()
    const talk = await openTalk({ store: engines[engine]?.() as never, options: { tickets } })
    talk.clock.advance(HOUR)
    await livesThrough(talk)
    await until(async () => taken.length === 3)
    await settled(talk)
    expect(taken.map(({ type }) => type)).toEqual(LIFE)
    expect(taken.map(({ id }) => id)).toEqual(await inLog(talk))
  })

  it('that was killed with the desk is told again from where it stood, and misses nothing', async () => {
    const store = engines[engine]?.() as never
    const process = processOn(store)
    // The process dies while the host hears of the second event: what it answers then is not kept.
    const first = host(({ type }) => {
      if (type === 'TicketStatusChanged') process.kill()
      return false
    })
    const talk = await openTalk({
      store: process.store,
      messenger: process.messenger,
      options: { tickets: first.tickets },
    })
    talk.clock.advance(HOUR)
    await until(async () => first.taken.length === 1)
    const second = host()
    const { items } = await talk.desk.tickets.list(aki, { channelId: talk.channelId })
    await talk.desk.tickets.setStatus(aki, { ticketId: items[0]?.ticketId ?? '', status: 'on-hold' })
    await until(async () => process.isDead())
    const next = await anotherDesk({ ...talk.options, store, tickets: second.tickets })
    await next.tickets.close(aki, { ticketId: items[0]?.ticketId ?? '' })
    await until(async () => second.taken.some(({ type }) => type === 'TicketClosed'))
    expect(second.taken.map(({ type }) => type).slice(-2)).toEqual(LIFE.slice(-2))
    const all = [...first.taken, ...second.taken].map(({ id }) => id)
    expect([...new Set(all)]).toEqual(await inLog({ store }))
  })
})

/** One that outlives the desks on it. */
const lastingStore = () => ({ ...memory(), close: async () => {} })
/** A desk on the same log that has lost its views, or has its own: those of `memory()` beside a log in a cluster. */
const withoutViews = (talk: Talk, tickets: Tickets) =>
  anotherDesk({ ...talk.options, store: { ...talk.store, views: memory().views }, tickets })

it('a host that was told of everything is not told again where the views are gone', async () => {
  const before = host()
  const talk = await openTalk({ store: lastingStore(), options: { tickets: before.tickets } })
  talk.clock.advance(HOUR)
  const ticketId = await livesThrough(talk)
  await until(async () => before.taken.length === 3)
  await settled(talk)
  await talk.desk.stop()
  const after = host()
  const desk = await withoutViews(talk, after.tickets)
  await desk.tickets.reopen(aki, { ticketId })
  await until(async () => after.taken.length > 0)
  await settled(talk)
  expect(after.heard.map(({ type }) => type)).toEqual(['TicketReopened'])
  // And where a process has the turn again that had it long ago.
  await desk.stop()
  const again = host()
  const back = await anotherDesk({ ...talk.options, tickets: again.tickets })
  await back.tickets.close(aki, { ticketId })
  await until(async () => again.taken.length > 0)
  await settled(talk)
  expect(again.heard.map(({ type }) => type)).toEqual(['TicketClosed'])
})

it('what a host did not take is told again also where the views are gone', async () => {
  const before = host(({ type }) => type === 'TicketStatusChanged')
  const talk = await openTalk({ store: lastingStore(), options: { tickets: before.tickets } })
  talk.clock.advance(HOUR)
  await livesThrough(talk)
  await until(async () => before.heard.some(({ type }) => type === 'TicketStatusChanged'))
  await settled(talk)
  await talk.desk.stop()
  const after = host()
  await withoutViews(talk, after.tickets)
  await until(async () => after.taken.some(({ type }) => type === 'TicketClosed'))
  expect(after.taken.map(({ type }) => type).slice(-2)).toEqual(LIFE.slice(-2))
})

it('an event that the host refuses is told again, before anything else of its ticket; other tickets go on', async () => {
  let isRefusing = true
  let poisoned: string | undefined
  const { taken, heard, tickets } = host(
    ({ ticketId, type }) => isRefusing && ticketId === (poisoned ??= ticketId) && type === 'TicketOpened',
  )
  const talk = await openTalk({ options: { tickets } })
  talk.clock.advance(HOUR)
  const first = await livesThrough(talk)
  await until(async () => heard.length > 0)
  const other = await opens(talk, talk.account.customer({ username: 'second' }))
  const { ticketId = '' } = await talk.desk.conversations.convert(aki, { conversationId: other })
  await until(async () => (await talk.store.events.head(`ticket-${ticketId}`)) !== undefined)
  await livesThrough(talk, ticketId)
  await until(async () => taken.filter((told) => told.ticketId === ticketId).length === 3)
  expect(taken.filter((told) => told.ticketId === first)).toEqual([])
  isRefusing = false
  await until(async () => taken.filter((told) => told.ticketId === first).length === 3)
  expect(taken.filter((told) => told.ticketId === first).map(({ type }) => type)).toEqual(LIFE)
  expect(new Set(heard.map(({ id }) => id)).size).toBe(6)
})

it('a host that comes later is told of everything from the beginning', async () => {
  const talk = await openTalk()
  talk.clock.advance(HOUR)
  await livesThrough(talk)
  const { taken, tickets } = host()
  await anotherDesk({ ...talk.options, tickets })
  await until(async () => taken.length === 3)
  expect(taken.map(({ type }) => type)).toEqual(LIFE)
})

it('a host that never answers does not keep the desk from stopping', async () => {
  const tickets: Tickets = { receive: () => new Promise(() => {}) }
  const talk = await openTalk({ options: { tickets } })
  talk.clock.advance(HOUR)
  await until(async () => (await inLog(talk)).length > 0)
  await talk.desk.stop()
  await expect(talk.desk.inbox.list(aki)).rejects.toMatchObject({ name: 'StoreClosed' })
})
