import { expect, it } from 'vitest'
import { aki, caughtUp, MINUTE } from '../desk.ts'
import { openTalk, stands, type Talk } from '../delivery/talk.ts'

const waiting = async ({ desk, store }: Pick<Talk, 'desk' | 'store'>) => {
  await caughtUp({ desk, store })
  const { items } = await desk.inbox.list(aki, { view: 'waiting' })
  return items.map(({ waitingSince }) => waitingSince)
}

it('a customer waits exactly since their first message after the last answer, also when more was taken back than a list remembers', async () => {
  const talk = await openTalk()
  const { desk, clock, account, customer, conversationId } = talk
  const begun = clock.now()
  const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Yes.' })
  await stands(talk, replyId, 'sent')
  expect(await waiting(talk)).toEqual([])
  clock.advance(MINUTE)
  const written: { readonly mid: string; readonly at: number }[] = []
  for (let n = 0; n < 40; n += 1) {
    const { mid, delivered } = customer.says(`Message ${n}`)
    await delivered
    written.push({ mid, at: clock.now() })
    clock.advance(1_000)
  }
  expect(await waiting(talk)).toEqual([written[0]?.at])
  for (const { mid } of written.slice(0, 3)) await customer.unsends(mid).delivered
  expect(await waiting(talk)).toEqual([written[3]?.at])
  // The business takes its only answer back.
  const [answer] = customer.phone().messages.filter(({ from }) => from === 'business')
  await account.unsends(answer?.mid ?? '').delivered
  expect(await waiting(talk)).toEqual([begun])
  for (const { mid } of written.slice(3)) await customer.unsends(mid).delivered
  expect(await waiting(talk)).toEqual([begun])
})

it('what a customer wrote at the instant of the answer is answered, also where the transcript has to be asked', async () => {
  const talk = await openTalk()
  const { clock, account, customer } = talk
  clock.advance(MINUTE)
  // All of one instant, in the transcript before and after the answer.
  for (let n = 0; n < 6; n += 1) await customer.says(`With the answer ${n}`).delivered
  await account.sendsFromApp(customer.customerId, 'Yes.').delivered
  clock.advance(1_000)
  const since = clock.now()
  for (let n = 0; n < 30; n += 1) {
    await customer.says(`Message ${n}`).delivered
    clock.advance(1_000)
  }
  expect(await waiting(talk)).toEqual([since])
  const [first] = customer.phone().messages
  await customer.unsends(first?.mid ?? '').delivered
  expect(await waiting(talk)).toEqual([since])
})
