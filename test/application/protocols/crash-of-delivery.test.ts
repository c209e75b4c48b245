import { describe, expect, it } from 'vitest'
import { createDesk } from 'madoguchi'
import { afterwards, aki, engines, settled, until } from '../desk.ts'
import { deliveryOf, happened, onPhone, openQueue, opens, stands } from '../delivery/talk.ts'
import { processOn } from './mortal.ts'

const CALL_TIMEOUT = 150

/** Two replies are queued; a process sends, dies at that step, and another one comes. */
const dies = async (
  engine: string,
  step: Parameters<typeof processOn>[1],
  simulator: NonNullable<Parameters<typeof openQueue>[0]>['simulator'] = {},
) => {
  const { dispatch, ...talk } = await openQueue({ store: engines[engine]?.() as never, simulator })
  const { desk, conversationId, options } = talk
  const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'One.' })
  const later = await desk.conversations.reply(aki, { conversationId, text: 'Two.' })
  const first = processOn(talk.store, step)
  const dying = createDesk({
    ...options,
    store: first.store,
    meta: { ...options.meta, messenger: first.messenger(options.meta.messenger) },
    onStep: first.onStep,
    delivery: { callTimeout: CALL_TIMEOUT },
  })
  afterwards(async () => first.kill())
  await dying.start()
  await until(async () => first.isDead())
  const next = await dispatch({ delivery: { callTimeout: CALL_TIMEOUT } })
  return { ...talk, next, replyId, later: later.replyId }
}

describe.each(Object.keys(engines))('a process that is killed, on %s,', (engine) => {
  it('after `attempted` and before the call: the reply is unknown, never sent by itself, and unconfirmed', async () => {
    const talk = await dies(engine, 'attempted')
    await until(async () => (await happened(talk, 'ReplyOutcomeUnknown')).length === 1)
    talk.clock.advance(10_000)
    await stands(talk, talk.replyId, 'unconfirmed')
    await stands(talk, talk.later, 'sent')
    expect(onPhone(talk)).toEqual(['Two.'])
    expect(talk.simulator.ledger.calls).toHaveLength(1)
  })

  it.each(['called', 'answered'] as const)(
    'when it was %s: the echo settles it, nothing is sent twice, and the next reply follows',
    async (step) => {
      const talk = await dies(engine, step)
      await stands(talk, talk.replyId, 'sent')
      await stands(talk, talk.later, 'sent')
      expect(onPhone(talk)).toEqual(['One.', 'Two.'])
      expect((await deliveryOf(talk, talk.replyId)).attempts).toMatchObject([{ outcome: 'sent', settledBy: 'text' }])
    },
  )
})

it('a process that is killed after the call: where no echo ever comes, one look at the conversation settles it', async () => {
  const talk = await dies('memory', 'answered', { faults: { dropEcho: 1 } })
  await until(async () => (await happened(talk, 'ReplyOutcomeUnknown')).length === 1)
  talk.clock.advance(10_000)
  await stands(talk, talk.replyId, 'sent')
  await stands(talk, talk.later, 'sent')
  expect(onPhone(talk)).toEqual(['One.', 'Two.'])
})

it('a call of a living process is not declared unknown before it can be over', async () => {
  let release = (): void => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const { dispatch, ...talk } = await openQueue({
    messenger: (meta) => ({
      ...meta,
      send: async (...asked) => {
        await held
        return meta.send(...asked)
      },
    }),
  })
  const customers = Array.from({ length: 7 }, (_, n) => talk.account.customer({ username: `customer${n}` }))
  const ids = [talk.conversationId, ...(await Promise.all(customers.map((customer) => opens(talk, customer))))]
  const replies = await Promise.all(
    ids.map((conversationId) => talk.desk.conversations.reply(aki, { conversationId, text: 'One.' })),
  )
  const ofAll = async <Type extends Parameters<typeof happened>[1]>(type: Type) =>
    (await Promise.all(ids.map((conversationId) => happened({ ...talk, conversationId }, type)))).flat()
  await dispatch({ delivery: { callTimeout: 20_000, concurrency: 16 } })
  await until(async () => (await ofAll('ReplyAttempted')).length === ids.length)
  // The second desk takes its share of the conversations and sees their calls; business time jumps: only real time counts.
  await dispatch({ delivery: { callTimeout: 20_000 } })
  talk.clock.advance(60_000)
  await settled(talk)
  expect(await ofAll('ReplyOutcomeUnknown')).toEqual([])
  release()
  for (const { replyId } of replies) await stands(talk, replyId, 'sent')
  expect((await ofAll('ReplyPartSent')).map(({ settledBy }) => settledBy)).toEqual(ids.map(() => 'answer'))
  expect(talk.simulator.ledger.calls).toHaveLength(ids.length)
})
