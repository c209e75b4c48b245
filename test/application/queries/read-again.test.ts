import { describe, expect, it } from 'vitest'
import { createDesk, type DeskOptions } from 'madoguchi'
import {
  ACCOUNT,
  administrator,
  afterwards,
  aki,
  ben,
  body,
  caughtUp,
  engines,
  HOUR,
  MINUTE,
  NOON,
  openDesk,
  post,
  stranger,
  system,
  unsends,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'

const YUKI = '900000000000002'

/** A poll, as this release does not know it. */
const asks = (mid: string, question: string, { customer = '900000000000001', at = NOON } = {}) => ({
  sender: { id: customer },
  recipient: { id: ACCOUNT },
  timestamp: at,
  message: { mid, attachments: [{ type: 'poll', payload: { question } }] },
})

/** A release that understands polls. */
const newer = (options: DeskOptions): DeskOptions => ({
  ...options,
  meta: {
    ...options.meta,
    platform: {
      ...options.meta.platform,
      readAgain: (raw) => {
        const { attachments } = JSON.parse(raw) as {
          readonly attachments: readonly { payload: { question: string } }[]
        }
        return { kind: 'text', text: attachments[0]?.payload.question ?? '', attachments: [] }
      },
    },
  },
})

const asked = async (store: keyof typeof engines = 'memory') => {
  const each = await openDesk({ store: engines[store]?.() as never })
  await withOrganization(each.desk)
  const channelId = await withChannel(each.desk, ACCOUNT)
  const events = [
    asks('m1', 'Red or blue?'),
    asks('m2', 'Small or large?', { at: NOON + 1 }),
    asks('m3', 'Today?', { customer: YUKI, at: NOON + 2 }),
  ]
  expect(await post(each.desk, body(events))).toBe(200)
  await caughtUp(each)
  const upgraded = createDesk(newer(each.options))
  await upgraded.start()
  afterwards(() => upgraded.stop())
  return { ...each, channelId, upgraded }
}
type Asked = Awaited<ReturnType<typeof asked>>

const shown = async ({ desk }: Pick<Asked, 'desk'>) =>
  (await desk.inbox.list(aki)).items.map(({ lastLine, unread, window, pending, counts }) => ({
    text: lastLine?.text,
    rest: { unread, window, pending, counts },
  }))

describe.each(Object.keys(engines))('on %s, messages of an unknown kind', (engine) => {
  it('are shown once they can be read: in transcript, inbox and search, and nothing else moves', async () => {
    const each = await asked(engine)
    const { desk, upgraded, channelId, store, clock } = each
    clock.advance(10 * MINUTE)
    const before = await shown(each)
    expect(before.map(({ text }) => text)).toEqual([undefined, undefined])
    // This release understands no more than when they came.
    expect(await desk.operations.readAgain(system)).toEqual({ looked: 3, read: 0 })

    const { position, ...done } = await upgraded.operations.readAgain(administrator, { channelId })
    expect(done).toEqual({ looked: 3, read: 3 })
    await desk.waitFor(position)
    const after = await shown(each)
    expect(new Set(after.map(({ text }) => text))).toEqual(new Set(['Small or large?', 'Today?']))
    expect(after.map(({ rest }) => rest)).toEqual(before.map(({ rest }) => rest))
    const { items } = await desk.inbox.list(aki)
    const conversationId = items.find(({ lastLine }) => lastLine?.text !== 'Today?')?.conversationId ?? ''
    const transcript = await desk.conversations.transcript(aki, { conversationId, backwards: false })
    expect(transcript.items.flatMap((item) => (item.kind === 'message' ? [item.text] : []))).toEqual([
      'Red or blue?',
      'Small or large?',
    ])
    expect((await desk.inbox.search(ben, { text: 'blue' })).messages).toHaveLength(1)

    // One commit for each conversation, and none when it is asked again.
    const events = async () => (await store.events.readAll({ types: ['MessageReadAgain'], limit: 100 })).events
    expect(new Set((await events()).map(({ stream }) => stream)).size).toBe(2)
    expect(await upgraded.operations.readAgain(system)).toEqual({ looked: 0, read: 0 })
    expect(await events()).toHaveLength(3)
    clock.advance(HOUR)
    await until(async () => (await desk.tickets.list(aki, { channelId })).items.length === 2)
  })
})

it('they are looked at page by page, those that stay unknown too, each once', async () => {
  const { desk, upgraded } = await asked()
  const first = await desk.operations.readAgain(system, { limit: 2 })
  expect(first).toEqual({ looked: 2, read: 0, cursor: expect.any(String) })
  expect(await desk.operations.readAgain(system, { limit: 2, cursor: first.cursor as string })).toEqual({
    looked: 1,
    read: 0,
  })
  const begun = await upgraded.operations.readAgain(system, { limit: 2 })
  expect(begun).toMatchObject({ looked: 2, read: 2, cursor: expect.any(String) })
  expect(await upgraded.operations.readAgain(system, { limit: 2, cursor: begun.cursor as string })).toMatchObject({
    looked: 1,
    read: 1,
  })
})

it('two who ask at once read each message once', async () => {
  const { upgraded, store } = await asked()
  const both = await Promise.all([1, 2].map(() => upgraded.operations.readAgain(system)))
  expect(both.reduce((sum, { read }) => sum + read, 0)).toBe(3)
  expect((await store.events.readAll({ types: ['MessageReadAgain'], limit: 100 })).events).toHaveLength(3)
})

it('what was taken back is not read, and leaves nothing in the log that could be', async () => {
  const { desk, upgraded, store } = await asked()
  expect(await post(desk, body([unsends('m1')]))).toBe(200)
  expect(await upgraded.operations.readAgain(system)).toMatchObject({ read: 2 })
  const { events } = await store.events.readAll({ types: ['MessageReadAgain'], limit: 100 })
  expect(JSON.stringify(events)).not.toContain('blue')
})

it('administrators ask for their own channels, the host for all; a deleted channel is left as it is', async () => {
  const { desk, upgraded, channelId, store } = await asked()
  for (const [actor, request] of [
    [administrator, {}],
    [stranger, { channelId }],
    [aki, { channelId }],
    [administrator, { channelId: 'none' }],
  ] as const)
    await expect(upgraded.operations.readAgain(actor, request)).rejects.toMatchObject({ code: 'not-administrator' })
  await expect(upgraded.operations.readAgain(system, { channelId: 'none' })).rejects.toMatchObject({
    code: 'channel-not-found',
  })
  await expect(upgraded.operations.readAgain(system, { limit: 201 })).rejects.toMatchObject({ code: 'invalid' })
  await expect(upgraded.operations.readAgain(system, { cursor: 'x' })).rejects.toMatchObject({ code: 'invalid' })
  await desk.channels.delete(administrator, { channelId })
  await expect(upgraded.operations.readAgain(system, { channelId })).rejects.toMatchObject({ code: 'channel-deleted' })
  expect(await upgraded.operations.readAgain(system)).toEqual({ looked: 3, read: 0 })
  expect((await store.events.readAll({ types: ['MessageReadAgain'], limit: 100 })).events).toEqual([])
})
