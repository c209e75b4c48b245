import { afterEach, expect, it } from 'vitest'
import { createDesk, type Actor, type Desk } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { meta } from 'madoguchi/meta'
import { createSimulator, movableClock } from 'madoguchi/simulator'
import { until } from './desk.ts'

const noon = 1_788_858_000_000
const HOUR = 3_600_000
const secret = '0123456789abcdef0123456789abcdef'
const system: Actor = { kind: 'system' }
const administrator: Actor = { kind: 'administrator', id: 'sato', organizationId: 'acme' }
const aki: Actor = { kind: 'agent', id: 'aki', organizationId: 'acme' }

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

const started = async () => {
  const clock = movableClock(noon)
  const simulator = createSimulator({ appSecret: secret, verifyToken: 'verify', clock })
  const listening = await simulator.listen()
  open.push(() => listening.close())
  const desk: Desk = createDesk({
    store: memory(),
    meta: meta({
      appSecrets: [secret],
      verifyToken: 'verify',
      hosts: { facebook: `${listening.url}/graph.facebook.com`, instagram: `${listening.url}/graph.instagram.com` },
    }),
    clock: { now: () => clock.now() },
  })
  simulator.setWebhook((request) => desk.handle(request))
  await desk.start()
  open.push(() => desk.stop())
  const account = simulator.addAccount({ flavour: 'instagram-login', username: 'acme.shop' })
  await desk.organizations.setDepartments(system, { organizationId: 'acme', departments: ['sales', 'support'] })
  const { channelId, position } = await desk.channels.create(administrator, {
    organizationId: 'acme',
    name: 'Acme',
    departmentId: 'sales',
    account: { accountId: account.accountId, flavour: 'instagram-login', username: 'acme.shop' },
    token: account.token,
    agents: ['aki'],
  })
  await desk.waitFor(position)
  return { clock, simulator, desk, account, channelId }
}

it('a signed webhook is in the inbox, its answer on the phone, and after 60 minutes there is a ticket', async () => {
  const { clock, simulator, desk, account, channelId } = await started()
  const customer = simulator.customer(account.accountId, { name: 'Hana', username: 'hana' })
  expect((await customer.says('Do you ship to Cordoba?').delivered).outcome).toBeDefined()
  const entry = await until(async () => (await desk.inbox.list(aki)).items[0])
  expect(entry).toMatchObject({ unread: 1, folder: 'open', assignee: null, window: { state: 'standard' } })
  expect(entry.lastLine?.text).toBe('Do you ship to Cordoba?')

  const { conversationId } = entry
  await desk.conversations.reply(aki, { conversationId, text: 'Yes, within a week.' })
  await until(async () => customer.phone().messages.some((message) => message.text === 'Yes, within a week.'))
  const reply = await until(async () => {
    const { items } = await desk.conversations.transcript(aki, { conversationId })
    return items.find((item) => item.kind === 'reply' && item.reply.progress.status === 'sent')
  })
  expect(reply).toMatchObject({ text: 'Yes, within a week.' })
  await until(async () => (await desk.inbox.list(aki, { view: 'mine' })).items[0]?.profile.name === 'Hana')

  expect((await desk.worklists.pendingConversions(aki, { channelId })).items).toMatchObject([{ dueAt: noon + HOUR }])
  clock.advance(HOUR)
  const ticket = await until(async () => (await desk.tickets.list(aki, { channelId })).items[0])
  expect(ticket).toMatchObject({ status: 'open', subject: 'Do you ship to Cordoba?', cause: 'by-time' })
  expect((await desk.tickets.messages(aki, { ticketId: ticket.ticketId })).items.map(({ kind }) => kind)).toEqual([
    'message',
    'reply',
  ])

  clock.advance(24 * HOUR)
  await until(async () => (await desk.inbox.list(aki)).items[0]?.window.state === 'human-agent')
  clock.advance(6 * 24 * HOUR)
  await expect(desk.conversations.reply(aki, { conversationId, text: 'Still there?' })).rejects.toMatchObject({
    code: 'window-expired',
  })
  await simulator.idle()
  const balance = await until(async () => {
    const sheet = await desk.operations.balance(system)
    return sheet.total.received >= 2 && sheet
  })
  expect(balance.balances).toBe(true)
  expect(balance.total.received).toBe(simulator.ledger.deliveredEvents().accepted)
})
