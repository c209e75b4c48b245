import { expect, it } from 'vitest'
import { createDesk } from 'madoguchi'
import { conversationIdOf } from '../../../src/application/identity.ts'
import {
  administrator,
  afterwards,
  aki,
  ben,
  DAY,
  engines,
  HOUR,
  MINUTE,
  openDesk,
  settled,
  withOrganization,
} from '../desk.ts'

const ACCOUNT = '17841499000000001'
const CUSTOMERS = ['900000000000001', '900000000000002', '900000000000003']

/**
 * A week of a few conversations on a channel that changes hands and is deleted. `punctual`: a scheduler runs all the time; otherwise nothing fires by itself before the end,
 * and only what people and customers do moves history on.
 */
const aWeek = async (engine: string, punctual: boolean) => {
  const opened = await openDesk({ store: engines[engine]?.() as never, started: false, delivery: { enabled: false } })
  const { desk, store, clock, simulator, options } = opened
  const start = async () => {
    // Names are learned in a process's own time, so here they are not.
    const messenger = { ...options.meta.messenger, profile: () => Promise.resolve({ kind: 'unavailable' } as const) }
    const scheduler = createDesk({ ...options, meta: { ...options.meta, messenger } })
    await scheduler.start()
    afterwards(() => scheduler.stop())
    return scheduler
  }
  const caughtUp = async (scheduler: typeof desk) => {
    const [last] = (await store.events.readAll({ backwards: true, limit: 1 })).events
    await scheduler.waitFor(last?.position)
  }
  /** Lets the scheduler do what is due now. */
  const settle = async (scheduler: typeof desk | undefined) => {
    if (scheduler === undefined) return
    await settled(opened)
    await caughtUp(scheduler)
  }
  await withOrganization(desk)
  const account = simulator.addAccount({ flavour: 'instagram-login', username: 'acme.shop', accountId: ACCOUNT })
  // Only the names of things are compared, so every id that is drawn is given.
  const { channelId } = await desk.channels.create(administrator, {
    organizationId: 'acme',
    name: 'Acme',
    departmentId: 'sales',
    account: { accountId: ACCOUNT, flavour: 'instagram-login', username: 'acme.shop' },
    token: account.token,
    agents: ['aki', 'ben'],
    key: 'the-channel',
  })
  const scheduler = punctual ? await start() : undefined
  const streams = async () =>
    [
      ...new Set(
        (await store.events.readAll({ streamPrefixes: ['conversation-', 'ticket-'] })).events.map(
          ({ stream }) => stream,
        ),
      ),
    ].toSorted()
  const later = async (milliseconds: number) => {
    clock.advance(milliseconds)
    await settle(scheduler)
  }
  const customers = CUSTOMERS.map((customerId) => account.customer({ customerId, username: `c${customerId.at(-1)}` }))
  const says = async (who: number, text: string) => {
    const happening = customers[who]?.says(text)
    expect((await happening?.delivered)?.outcome).toBe('delivered')
    await settle(scheduler)
    return happening?.mid ?? ''
  }
  await says(0, 'One.')
  await says(1, 'Uno.')
  const [first = '', second = '', third = ''] = CUSTOMERS.map((customerId) => conversationIdOf(channelId, customerId))
  await later(30 * MINUTE)
  await says(0, 'Two.')
  await later(45 * MINUTE)
  await says(0, 'Three: a new episode.')
  await desk.conversations.reply(aki, { conversationId: first, text: 'Hello.', key: 'reply-1' })
  await desk.conversations.end(ben, { conversationId: second })
  await later(2 * HOUR)
  await desk.conversations.addNote(aki, { conversationId: first, text: 'Due first.', key: 'note-1' })
  await later(23 * HOUR)
  await says(1, 'Dos.')
  await later(MINUTE)
  await desk.conversations.dismissConversion(aki, { conversationId: second })
  await later(3 * DAY)
  await says(1, 'Tres.')
  await desk.conversations.convert(aki, { conversationId: second })
  // Held by an agent of sales, due, and then the channel goes to others.
  await says(2, 'Eins.')
  await desk.conversations.pickUp(aki, { conversationId: third })
  await later(HOUR + MINUTE)
  await desk.channels.change(administrator, { channelId, departmentId: 'support' })
  await desk.channels.remove(administrator, { channelId, agentId: 'aki' })
  await later(MINUTE)
  await desk.conversations.addNote(ben, { conversationId: third, text: 'Ours now.', key: 'note-2' })
  // Due before the channel is deleted, and taken back after that.
  const taken = await says(2, 'Zwei.')
  await says(0, 'Pending when the channel is deleted.')
  await later(5 * MINUTE)
  await says(1, 'Pending too.')
  await desk.conversations.pickUp(ben, { conversationId: second })
  await later(56 * MINUTE)
  await desk.channels.delete(administrator, { channelId, pendingConversions: 'convert' })
  await later(MINUTE)
  // Whoever leaves a deleted channel still held what its deletion converted.
  await desk.channels.remove(administrator, { channelId, agentId: 'ben' })
  await later(MINUTE)
  expect((await customers[2]?.unsends(taken).delivered)?.outcome).toBe('delivered')
  await later(9 * DAY)
  await settle(scheduler ?? (await start()))
  const history: Record<string, unknown> = {}
  for (const stream of await streams()) {
    const events = await store.events.read(stream)
    // What happened, in its order; not when it was written down.
    history[stream] = events.map(({ type, data, personal }) => ({ type, data, personal }))
  }
  return history
}

it.each(Object.keys(engines))(
  'a scheduler that was off for days writes the same history as a punctual one, on %s',
  async (engine) => {
    const punctual = await aWeek(engine, true)
    const late = await aWeek(engine, false)
    expect(Object.keys(late)).toEqual(Object.keys(punctual))
    expect(late).toEqual(punctual)
    const all = Object.values(punctual).flat() as { readonly type: string; readonly data: Record<string, unknown> }[]
    expect(all.filter(({ type }) => type === 'TicketOpened').length).toBeGreaterThanOrEqual(3)
    expect(all.filter(({ type }) => type === 'ReplyWindowExpired').length).toBeGreaterThanOrEqual(5)
    const causes = all.filter(({ type }) => type === 'TicketOpened').map(({ data: { cause } }) => cause)
    expect(causes).toContain('channel-deleted')
  },
)
