import { expect, it } from 'vitest'
import { aki, settled, until } from '../desk.ts'
import { deliveryOf, happened, openTalk, stands } from './talk.ts'

const transcriptOf = async ({ desk, conversationId }: Awaited<ReturnType<typeof openTalk>>) =>
  (await desk.conversations.transcript(aki, { conversationId })).items

it('a reply that Meta refused and delivered all the same is shown as sent, once, and cannot be sent again', async () => {
  const talk = await openTalk()
  const { desk, account, customer, conversationId, simulator } = talk
  account.failNext('invalid-data')
  const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'It costs 10.' })
  await stands(talk, replyId, 'rejected')
  // On the phone all the same: its echo is the only sign.
  await account.sendsFromApp(customer.customerId, 'It costs 10.').delivered
  await stands(talk, replyId, 'sent')
  expect(await happened(talk, 'ReplyPartSent')).toMatchObject([{ settledBy: 'text' }])
  const delivery = await deliveryOf(talk, replyId)
  expect(delivery.attempts).toMatchObject([{ outcome: 'sent', settledBy: 'text' }])
  expect(delivery).not.toHaveProperty('reason')
  const items = await transcriptOf(talk)
  expect(items.filter((item) => item.kind === 'message' && item.origin === 'outside')).toEqual([])
  expect(items.flatMap((item) => (item.kind === 'reply' ? [item.reply.progress.status] : []))).toEqual(['sent'])
  await expect(desk.conversations.resend(aki, { conversationId, replyId })).rejects.toMatchObject({
    code: 'reply-state',
  })
  expect(simulator.ledger.calls).toHaveLength(1)
})

it('a reply that was throttled and delivered all the same does not go a second time', async () => {
  const talk = await openTalk()
  const { desk, account, customer, conversationId, simulator, clock } = talk
  account.failNext('rate-limit')
  const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
  await until(async () => (await happened(talk, 'ReplyAttemptFailed')).length === 1)
  await account.sendsFromApp(customer.customerId, 'Yes.').delivered
  await stands(talk, replyId, 'sent')
  clock.advance(60_000)
  await settled(talk)
  expect(simulator.ledger.calls).toHaveLength(1)
})
