import { expect, it } from 'vitest'
import type { Desk } from 'madoguchi'
import {
  ACCOUNT,
  administrator,
  aki,
  body,
  caughtUp,
  DAY,
  echoes,
  edits,
  HOUR,
  NOON,
  openDesk,
  post,
  says,
  system,
  withChannel,
  withOrganization,
} from '../desk.ts'

const opened = async () => {
  const each = await openDesk()
  await withOrganization(each.desk)
  const channelId = await withChannel(each.desk, ACCOUNT)
  await post(each.desk, body([says('m1', 'Before')]))
  await caughtUp(each)
  const [entry] = (await each.desk.inbox.list(aki)).items
  return { ...each, channelId, conversationId: entry?.conversationId ?? '' }
}
const texts = async (desk: Desk, conversationId: string) => {
  const { items } = await desk.conversations.transcript(aki, { conversationId, backwards: false })
  return items.flatMap((item) => (item.kind === 'message' ? [item.text] : []))
}
const balanceOf = async (desk: Desk) => (await desk.operations.balance(system)).accounts[ACCOUNT]
/** No personal part of any event and no document of any view holds it. */
const isNowhere = async (store: Awaited<ReturnType<typeof opened>>['store'], text: string) => {
  const { events } = await store.events.readAll({ limit: 1_000 })
  expect(JSON.stringify(events)).not.toContain(text)
}

it('a disabled channel keeps a receipt without content, which moves the window and starts no conversion', async () => {
  const each = await opened()
  const { desk, clock, channelId, conversationId } = each
  await desk.channels.disable(administrator, { channelId })
  clock.advance(3 * HOUR)
  await caughtUp(each)
  const pending = (await desk.worklists.pendingConversions(aki, { channelId })).items
  const at = clock.now()
  const events = [
    says('m2', 'While closed', { at }),
    edits('m1', 'Changed while closed', 1),
    echoes('e1', 'Owner while closed', { at }),
  ]
  expect(await post(desk, body(events))).toBe(200)
  expect(await post(desk, body(events))).toBe(200)
  await caughtUp(each)
  await isNowhere(each.store, 'hile closed')
  // Of message, echo and edit there are receipts; all three were the same the second time.
  expect(await balanceOf(desk)).toMatchObject({ recorded: 4, duplicates: 3, ignored: 0 })
  expect((await desk.conversations.get(aki, { conversationId })).window).toMatchObject({
    state: 'standard',
    standardUntil: at + DAY,
  })
  expect((await desk.worklists.pendingConversions(aki, { channelId })).items.length).toBeLessThanOrEqual(pending.length)
  expect((await desk.inbox.search(aki, { text: 'closed' })).messages).toEqual([])
  expect((await desk.operations.balance(system)).balances).toBe(true)
  await expect(desk.conversations.reply(aki, { conversationId, text: 'Hello' })).rejects.toMatchObject({
    code: 'channel-disabled',
  })
  await desk.conversations.addNote(aki, { conversationId, text: 'Still possible' })
})

it('a customer who is blocked leaves receipts only, and a new conversation is not shown for them', async () => {
  const each = await opened()
  const { desk, conversationId, clock } = each
  await desk.conversations.block(aki, { conversationId })
  clock.advance(HOUR)
  await post(desk, body([says('m2', 'Insult', { at: clock.now() }), edits('m1', 'Insult edited', 1)]))
  await caughtUp(each)
  await isNowhere(each.store, 'Insult')
  expect(await texts(desk, conversationId)).toEqual(['Before'])
  expect((await desk.conversations.get(aki, { conversationId })).window).toMatchObject({
    standardUntil: clock.now() + DAY,
  })
  await desk.conversations.unblock(aki, { conversationId })
  await post(desk, body([says('m2', 'Insult', { at: clock.now() }), says('m3', 'Sorry', { at: clock.now() })]))
  await caughtUp(each)
  expect(await texts(desk, conversationId)).toEqual(['Before', 'Sorry'])
})

it('nothing of what was withheld is kept when it is edited after the customer is unblocked, but a receipt', async () => {
  const each = await opened()
  const { desk, conversationId, clock } = each
  await desk.conversations.block(aki, { conversationId })
  await post(desk, body([says('m2', 'Insult', { at: clock.now() })]))
  await desk.conversations.unblock(aki, { conversationId })
  expect(await post(desk, body([edits('m2', 'Insult again', 1)]))).toBe(200)
  await caughtUp(each)
  await isNowhere(each.store, 'Insult')
  expect(await balanceOf(desk)).toMatchObject({ recorded: 3, duplicates: 0, ignored: 0 })
})

it('a deleted channel receives nothing: what comes waits in quarantine, also what concerns the account', async () => {
  const each = await opened()
  const { desk, channelId } = each
  await desk.channels.delete(administrator, { channelId })
  const policy = {
    recipient: { id: ACCOUNT },
    timestamp: NOON,
    'policy-enforcement': { action: 'block', reason: 'https://example.com/policy' },
  }
  expect(await post(desk, body([says('m2', 'Too late'), policy]))).toBe(200)
  await caughtUp(each)
  expect((await desk.operations.balance(system)).accounts[ACCOUNT]).toMatchObject({ recorded: 1, quarantined: 2 })
  expect(await texts(desk, each.conversationId)).toEqual(['Before'])
})

it('a deletion that has not freed its account yet receives nothing either, and holds nobody up', async () => {
  const each = await opened()
  const { desk, channelId, store } = each
  const head = await store.events.head(`channel-${channelId}`)
  // As a process leaves it that dies between the deletion and what follows from it.
  await store.events.append(`channel-${channelId}`, head?.revision ?? 0, [
    {
      id: '0b0e7f9e-55ac-4fd3-8a63-1a7f30a7d5a1',
      type: 'ChannelDeleted',
      version: 1,
      data: { channelId, by: { kind: 'system' }, at: NOON, pendingConversions: 'convert' },
      meta: { organizationId: 'acme', channelId },
      recordedAt: NOON,
    },
  ])
  const roles = { recipient: { id: ACCOUNT }, timestamp: NOON, app_roles: { '1': ['primary_receiver'] } }
  expect(await post(desk, body([says('m2', 'Too late'), roles]))).toBe(200)
  await caughtUp(each)
  expect((await desk.operations.balance(system)).accounts[ACCOUNT]).toMatchObject({ recorded: 1, quarantined: 2 })
})
