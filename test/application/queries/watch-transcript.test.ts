import { describe, expect, it } from 'vitest'
import type { TranscriptEntry } from 'madoguchi'
import { administrator, aki, caughtUp, openChannel, until } from '../desk.ts'

const opened = async () => {
  const all = await openChannel()
  const hana = all.simulator.customer(all.account.accountId, { name: 'Hana' })
  const { mid } = hana.says('Do you ship to Cordoba?')
  await all.simulator.idle()
  await caughtUp(all)
  const [entry] = (await all.desk.inbox.list(aki)).items
  const seen: TranscriptEntry[] = []
  const conversationId = entry?.conversationId ?? ''
  const changes = all.desk.conversations.watch(aki, { conversationId })
  const reading = (async () => {
    for await (const item of changes) seen.push(item)
  })()
  return { ...all, hana, mid: mid ?? '', conversationId, seen, changes, reading }
}

describe('whoever watches a conversation', () => {
  it('hears of new messages, reactions, edits and what becomes of replies', async () => {
    const { desk, hana, mid, seen, conversationId } = await opened()
    hana.says('Hello?')
    await until(async () => seen.some((item) => item.kind === 'message' && item.text === 'Hello?'))
    hana.edits(mid, 'Do you ship to Córdoba?')
    await until(async () => seen.some((item) => item.kind === 'message' && item.text === 'Do you ship to Córdoba?'))
    await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
    const sent = await until(async () =>
      seen.findLast((item) => item.kind === 'reply' && item.reply.progress.status === 'sent'),
    )
    hana.reacts(sent.kind === 'reply' ? (hana.phone().messages.at(-1)?.mid ?? '') : '', '❤')
    const marked = await until(async () =>
      seen.find((item) => item.kind === 'reply' && item.parts[0]?.marks.customer !== undefined),
    )
    expect(marked).toMatchObject({ parts: [{ marks: { customer: { emoji: '❤' } } }] })
  })

  it('hears nothing more once they are no agent of the channel', async () => {
    const { desk, hana, channelId, reading, seen } = await opened()
    await desk.channels.remove(administrator, { channelId, agentId: 'aki' })
    hana.says('Anybody there?')
    await reading
    expect(seen.some((item) => item.kind === 'message' && item.text === 'Anybody there?')).toBe(false)
  })

  it('may stop at any time', async () => {
    const { changes, reading } = await opened()
    await changes.return?.()
    await expect(reading).resolves.toBeUndefined()
  })
})

it('what an administrator read on a channel is told to administrators, and to nobody else', async () => {
  const { desk, channelId, conversationId, ...all } = await opened()
  await desk.conversations.transcript(administrator, { conversationId })
  await caughtUp({ desk, ...all })
  const { items } = await desk.channels.reads(administrator, { channelId })
  expect(items).toMatchObject([{ what: 'transcript', conversationId, by: { kind: 'administrator', id: 'sato' } }])
  await expect(desk.channels.reads(aki, { channelId })).rejects.toMatchObject({ code: 'not-administrator' })
})
