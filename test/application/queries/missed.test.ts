import { expect, it } from 'vitest'
import {
  ACCOUNT,
  administrator,
  agent,
  aki,
  body,
  caughtUp,
  DAY,
  HOUR,
  MINUTE,
  openChannel,
  openDesk,
  post,
  says,
  stranger,
  unsends,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'

const missedSome = async () => {
  const each = await openChannel()
  const { desk, simulator, account, clock, channelId } = each
  const hana = simulator.customer(account.accountId, { name: 'Hana' })
  const yuki = simulator.customer(account.accountId, { name: 'Yuki' })
  await hana.says('Before').delivered
  await desk.channels.disable(administrator, { channelId })
  clock.advance(HOUR / 2)
  await hana.says('While closed').delivered
  const regretted = hana.says('Regretted')
  await regretted.delivered
  await yuki.says('Nobody there?').delivered
  await hana.unsends(regretted.mid).delivered
  await yuki.sends({ attachments: [{ type: 'image' }] }).delivered
  clock.advance(HOUR / 4)
  await caughtUp(each)
  return { ...each, hana, yuki }
}

it('what came while a channel was disabled is counted, fetched once it is enabled, and shown as that', async () => {
  const each = await missedSome()
  const { desk, channelId, clock } = each
  expect((await desk.inbox.list(aki)).items.map(({ counts }) => counts)).toMatchObject([{ received: 1 }])
  expect(await desk.channels.missed(administrator, { channelId })).toEqual({ receipts: 3 })
  await expect(desk.channels.fetchMissed(administrator, { channelId })).rejects.toMatchObject({
    code: 'channel-disabled',
  })
  await desk.channels.enable(administrator, { channelId })
  const windows = (await desk.inbox.list(aki)).items.map(({ window }) => window)

  const fetched = await desk.channels.fetchMissed(administrator, { channelId })
  expect(fetched).toMatchObject({ recovered: 3, left: 0 })
  expect(await desk.channels.missed(administrator, { channelId })).toEqual({ receipts: 0 })
  const { items } = await desk.inbox.list(aki)
  expect(items).toHaveLength(2)
  const hers = items.find(({ lastLine }) => lastLine?.text === 'While closed')
  expect(hers).toMatchObject({ unread: 2, counts: { received: 2 } })
  // The receipts had moved the window already.
  expect(windows).toContainEqual(hers?.window)
  const transcript = async (conversationId = '') =>
    (await desk.conversations.transcript(aki, { conversationId, backwards: false })).items.flatMap((item) =>
      item.kind === 'message' ? [[item.text ?? item.outline.kind, item.recovered === true]] : [],
    )
  expect(await transcript(hers?.conversationId)).toEqual([
    ['Before', false],
    ['While closed', true],
  ])
  const other = items.find(({ conversationId }) => conversationId !== hers?.conversationId)
  // Of one instant, so in the order of Meta's ids.
  expect(new Map((await transcript(other?.conversationId)) as [string, boolean][])).toEqual(
    new Map([
      ['Nobody there?', true],
      ['image', true],
    ]),
  )
  expect((await desk.inbox.search(aki, { text: 'Nobody' })).messages).toHaveLength(1)

  // They convert like any message: an hour after they were written.
  const { items: pending } = await desk.worklists.pendingConversions(aki, { channelId })
  expect(pending.map(({ conversationId }) => conversationId)).toContain(other?.conversationId)
  clock.advance(HOUR)
  await until(async () => (await desk.tickets.list(aki, { channelId })).items.length === 2)

  expect(await desk.channels.fetchMissed(administrator, { channelId })).toEqual({ recovered: 0, left: 0 })
  const balance = await desk.operations.balance({ kind: 'system' })
  expect(balance).toMatchObject({ balances: true, total: { received: 6, recorded: 6 } })
})

it('two administrators who fetch at once record everything once; a fetch that Meta refuses can be repeated', async () => {
  const { desk, channelId, simulator } = await missedSome()
  await desk.channels.enable(administrator, { channelId })
  simulator.outage('errors')
  const refused = await desk.channels.fetchMissed(administrator, { channelId })
  simulator.outage(false)
  expect(refused).toMatchObject({ recovered: 0, left: 3, problem: 'outcome-unknown' })
  const both = await Promise.all([1, 2].map(() => desk.channels.fetchMissed(administrator, { channelId })))
  expect(both.reduce((sum, { recovered }) => sum + recovered, 0)).toBe(3)
  expect((await desk.inbox.list(aki)).items.map(({ counts }) => counts.received).toSorted((a, b) => a - b)).toEqual([
    2, 2,
  ])
})

it('a customer who was blocked meanwhile stays unheard', async () => {
  const each = await missedSome()
  const { desk, channelId } = each
  const conversationId = (await desk.inbox.list(aki)).items[0]?.conversationId ?? ''
  await desk.conversations.block(aki, { conversationId })
  await desk.channels.enable(administrator, { channelId })
  expect(await desk.channels.fetchMissed(administrator, { channelId })).toMatchObject({ recovered: 2, left: 1 })
})

it('what a blocked customer wrote while the channel was disabled is never heard, also once both are over', async () => {
  const each = await openChannel()
  const { desk, simulator, account, channelId } = each
  const hana = simulator.customer(account.accountId, { name: 'Hana' })
  await hana.says('Before').delivered
  await caughtUp(each)
  const conversationId = (await desk.inbox.list(aki)).items[0]?.conversationId ?? ''
  await desk.conversations.block(aki, { conversationId })
  await desk.channels.disable(administrator, { channelId })
  await hana.says('Blocked').delivered
  await caughtUp(each)
  expect(await desk.channels.missed(administrator, { channelId })).toEqual({ receipts: 0 })
  await desk.channels.enable(administrator, { channelId })
  await desk.conversations.unblock(aki, { conversationId })
  expect(await desk.channels.fetchMissed(administrator, { channelId })).toEqual({ recovered: 0, left: 0 })
})

it('only administrators of the organization may ask', async () => {
  const { desk, channelId } = await openChannel()
  for (const actor of [aki, agent('nobody'), stranger]) {
    await expect(desk.channels.missed(actor, { channelId })).rejects.toMatchObject({ code: 'not-administrator' })
    await expect(desk.channels.fetchMissed(actor, { channelId })).rejects.toMatchObject({ code: 'not-administrator' })
  }
})

/** A channel that was disabled while both sides wrote, and is enabled again. */
const closedWhile = async (write: (each: Awaited<ReturnType<typeof openTalking>>) => Promise<unknown>) => {
  const each = await openTalking()
  const { desk, channelId, clock } = each
  await desk.channels.disable(administrator, { channelId })
  clock.advance(MINUTE)
  await write(each)
  await caughtUp(each)
  await desk.channels.enable(administrator, { channelId })
  const transcript = async () =>
    (await desk.conversations.transcript(aki, { conversationId: each.conversationId, backwards: false })).items.flatMap(
      (item) => (item.kind === 'message' ? [item] : []),
    )
  return { ...each, transcript }
}
const openTalking = async () => {
  const each = await openChannel()
  const hana = each.simulator.customer(each.account.accountId, { name: 'Hana' })
  await hana.says('Before').delivered
  await caughtUp(each)
  return { ...each, hana, conversationId: (await each.desk.inbox.list(aki)).items[0]?.conversationId ?? '' }
}

it('what the business answered elsewhere meanwhile gets its content too, once, and is found', async () => {
  const each = await closedWhile(async ({ account, hana }) => {
    await hana.says('Are you open?').delivered
    await account.sendsFromApp(hana.customerId, 'From nine o’clock').delivered
    await account.sendsFromApp(hana.customerId, { attachments: [{ type: 'image' }] }).delivered
    const regretted = account.sendsFromApp(hana.customerId, 'Never mind')
    await regretted.delivered
    await account.unsends(regretted.mid).delivered
  })
  const { desk, channelId, transcript } = each
  expect(await desk.channels.missed(administrator, { channelId })).toEqual({ receipts: 3 })
  const both = await Promise.all([1, 2].map(() => desk.channels.fetchMissed(administrator, { channelId })))
  expect(both.reduce((sum, { recovered }) => sum + recovered, 0)).toBe(3)
  expect(await desk.channels.missed(administrator, { channelId })).toEqual({ receipts: 0 })
  const items = await transcript()
  expect(items.map(({ origin, text, recovered }) => [origin, text, recovered === true])).toEqual(
    expect.arrayContaining([
      ['customer', 'Before', false],
      ['customer', 'Are you open?', true],
      ['outside', 'From nine o’clock', true],
      ['outside', undefined, true],
      ['outside', undefined, false],
    ]),
  )
  expect(items.find(({ outline }) => outline.kind === 'image')?.content?.attachments).toMatchObject([
    { url: expect.stringContaining('https://') },
  ])
  expect((await desk.inbox.search(aki, { text: 'nine' })).messages).toHaveLength(1)
  expect(await desk.channels.fetchMissed(administrator, { channelId })).toEqual({ recovered: 0, left: 0 })
})

it('what came has its kind, its links, its quotes and its reactions, and keeps what is not understood', async () => {
  const each = await closedWhile(async ({ hana }) => {
    await hana.sends({ attachments: [{ type: 'ig_post', payload: { url: 'https://www.instagram.com/p/x/' } }] })
      .delivered
    await hana.sends({ attachments: [{ type: 'story_mention', url: 'https://cdn.example/story' }] }).delivered
    await hana.sends({ attachments: [{ type: 'audio' }] }).delivered
    const loved = hana.says('Love it')
    await loved.delivered
    await hana.sends({ attachments: [{ type: 'hologram' }] }).delivered
    await hana.reacts(loved.mid, '\u2764').delivered
  })
  const { desk, channelId, transcript } = each
  expect(await desk.channels.fetchMissed(administrator, { channelId })).toMatchObject({ recovered: 5, left: 0 })
  const items = (await transcript()).filter(({ recovered }) => recovered === true)
  expect(items.map(({ outline }) => outline.kind).toSorted()).toEqual([
    'audio',
    'post',
    'story-mention',
    'text',
    'unknown',
  ])
  const of = (kind: string) => items.find(({ outline }) => outline.kind === kind)
  expect(of('post')?.content?.attachments).toEqual([{ url: 'https://www.instagram.com/p/x/' }])
  expect(of('story-mention')?.content?.attachments).toMatchObject([{ url: 'https://cdn.example/story' }])
  // Meta keeps a story for a day.
  expect(of('story-mention')?.linksExpireAt).toBe((of('story-mention')?.at ?? 0) + DAY)
  expect(of('text')).not.toHaveProperty('linksExpireAt')
  // As if it had come by the webhook: its link is not kept.
  expect(of('audio')?.outline.attachments).toEqual([{ kind: 'audio', placeholder: true }])
  expect(of('audio')?.content?.attachments).toEqual([{}])
  expect(of('text')?.marks.customer).toMatchObject({ action: 'react', reaction: 'love' })
  expect(of('unknown')?.content?.raw).toContain('hologram')
})

it('of more than Meta tells of a thread the newest are fetched, and it is said how many are left', async () => {
  const each = await closedWhile(async ({ account, hana }) => {
    for (let count = 0; count < 25; count += 1) await hana.says(`Message ${count}`).delivered
    await account.sendsFromApp(hana.customerId, 'Slowly!').delivered
  })
  const { desk, channelId } = each
  expect(await desk.channels.missed(administrator, { channelId })).toEqual({ receipts: 26 })
  expect(await desk.channels.fetchMissed(administrator, { channelId })).toMatchObject({ recovered: 20, left: 6 })
  expect(await desk.channels.missed(administrator, { channelId })).toEqual({ receipts: 6 })
  expect(await desk.channels.fetchMissed(administrator, { channelId })).toMatchObject({ recovered: 0, left: 6 })
})

it('what was taken back before it came is not missed, as what was taken back afterwards', async () => {
  const each = await openDesk()
  const { desk } = each
  await withOrganization(desk)
  const channelId = await withChannel(desk, ACCOUNT)
  await desk.channels.disable(administrator, { channelId })
  for (const event of [says('m1', 'One'), unsends('m1'), unsends('m2'), says('m2', 'Two')])
    expect(await post(desk, body([event]))).toBe(200)
  await caughtUp(each)
  expect(await desk.channels.missed(administrator, { channelId })).toEqual({ receipts: 0 })
})
