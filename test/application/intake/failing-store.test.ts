import { describe, expect, it } from 'vitest'
import { faultyStore, type Fault } from 'madoguchi/testing'
import { memory } from 'madoguchi/memory'
import {
  ACCOUNT,
  aki,
  body,
  caughtUp,
  echoes,
  openDesk,
  post,
  says,
  system,
  withChannel,
  withOrganization,
} from '../desk.ts'

const OTHER = '900000000000002'
const UNKNOWN = '17841499000000077'
/** Two threads, something to quarantine, and the balance: four appends. */
const EVENTS = 5
const delivery = {
  object: 'instagram',
  entry: [
    body([says('m1', 'One'), echoes('e1', 'Two'), says('m3', 'Three')]).entry[0],
    body([says('m4', 'Four', { customer: OTHER })]).entry[0],
    body([says('m5', 'Five', { account: UNKNOWN })], UNKNOWN).entry[0],
  ],
}

const opened = async (answerWithin = 4_000) => {
  const store = faultyStore(memory())
  const each = await openDesk({ store, intake: { answerWithin } })
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  return { ...each, store }
}
type Opened = Awaited<ReturnType<typeof opened>>

/** Nothing twice, nothing missing, and the books agree with the log. */
const proven = async (each: Opened, deliveries: number) => {
  // What is in doubt is looked for after the answer.
  const received = async () => {
    await caughtUp(each)
    return (await each.desk.operations.balance(system)).total.received
  }
  await expect.poll(received).toBe(EVENTS * deliveries)
  const { events } = await each.store.events.readAll({ limit: 1_000 })
  const messages = events.filter(({ type }) => type === 'MessageReceived' || type === 'MessageEchoed')
  expect(messages.map(({ data }) => data['mid'] as string).toSorted()).toEqual(['e1', 'm1', 'm3', 'm4'])
  expect(events.filter(({ type }) => type === 'EventQuarantined')).toHaveLength(1)
  const { total, balances } = await each.desk.operations.balance(system)
  expect(balances).toBe(true)
  expect(total.received).toBe(EVENTS * deliveries)
  expect(Object.values(total).every((count) => count >= 0)).toBe(true)
  expect(total.recorded + total.quarantined).toBeLessThanOrEqual(EVENTS)
  expect(total.recorded + total.quarantined + total.unanswered).toBeGreaterThanOrEqual(EVENTS)
  const { items } = await each.desk.inbox.list(aki)
  expect(items.map(({ counts }) => counts.received).toSorted((one, other) => one - other)).toEqual([1, 2])
  return total
}

describe.each(['fail', 'lose-request', 'lose-reply'] as const)('a store whose appends suffer `%s`', (kind) => {
  it.each([1, 2, 3, 4])(
    'at append %i only: answered 200 or 503, and after a redelivery everything is there once',
    async (nth) => {
      const each = await opened()
      let n = 0
      each.store.onWrite((write): Fault | undefined => (write.kind === 'append' && ++n === nth ? { kind } : undefined))
      const status = await post(each.desk, delivery)
      expect(n).toBeGreaterThanOrEqual(Math.min(nth, 3))
      expect(status).toBe(kind === 'fail' ? 503 : 200)
      each.store.heal()
      expect(await post(each.desk, delivery)).toBe(200)
      const total = await proven(each, 2)
      // What is known to have been recorded is counted as that, also if Meta was told to come again.
      expect(total.recorded + total.quarantined).toBe(EVENTS)
    },
  )

  it.each([1, 2, 3, 4])('from append %i on: 503, and after a redelivery everything is there once', async (nth) => {
    const each = await opened()
    let n = 0
    each.store.onWrite((write): Fault | undefined => (write.kind === 'append' && ++n >= nth ? { kind } : undefined))
    expect(await post(each.desk, delivery)).toBe(503)
    expect(await post(each.desk, delivery)).toBe(503)
    each.store.heal()
    expect(await post(each.desk, delivery)).toBe(200)
    await proven(each, 3)
  })

  it('only for the balance: 503 for all that wait for it, and no count is lost', async () => {
    const each = await opened()
    each.store.onWrite((write): Fault | undefined =>
      write.kind === 'append' && write.stream.startsWith('intake-') ? { kind } : undefined,
    )
    expect(await Promise.all([1, 2, 3].map(() => post(each.desk, delivery)))).toEqual([503, 503, 503])
    expect(await post(each.desk, delivery)).toBe(503)
    each.store.heal()
    expect(await post(each.desk, delivery)).toBe(200)
    const total = await proven(each, 5)
    expect(total).toMatchObject({ recorded: 4, quarantined: 1, duplicates: 20, unanswered: 0 })
  })
})

describe('a slow store', () => {
  it('is answered 503 in time, and what becomes durable afterwards is counted as recorded', async () => {
    const each = await opened(150)
    await caughtUp(each)
    const slowly = Promise.withResolvers<void>()
    each.store.onWrite((write) => (write.kind === 'append' ? { kind: 'hold', until: slowly.promise } : undefined))
    expect(await post(each.desk, delivery)).toBe(503)
    each.store.heal()
    slowly.resolve()
    expect(await post(each.desk, delivery)).toBe(200)
    const total = await proven(each, 2)
    expect(total).toMatchObject({ recorded: 4, quarantined: 1, duplicates: 5, unanswered: 0 })
  })

  it('is answered 503 in time when only the balance is slow', async () => {
    const each = await opened(150)
    const slowly = Promise.withResolvers<void>()
    each.store.onWrite((write) =>
      write.kind === 'append' && write.stream.startsWith('intake-')
        ? { kind: 'hold', until: slowly.promise }
        : undefined,
    )
    expect(await post(each.desk, delivery)).toBe(503)
    each.store.heal()
    slowly.resolve()
    expect(await post(each.desk, delivery)).toBe(200)
    expect(await proven(each, 2)).toMatchObject({ recorded: 4, quarantined: 1, duplicates: 5 })
  })

  it('does not hold up deliveries that do not need it', async () => {
    const each = await opened(1_000)
    each.store.onWrite((write) =>
      write.kind === 'append' && write.events.some(({ personal }) => personal?.['text'] === 'Four')
        ? { kind: 'fail' }
        : undefined,
    )
    expect(await post(each.desk, delivery)).toBe(503)
    expect(await post(each.desk, body([says('m9', 'Nine')]))).toBe(200)
    await caughtUp(each)
    expect((await each.desk.inbox.list(aki)).items[0]?.counts.received).toBe(3)
    each.store.heal()
    expect(await post(each.desk, delivery)).toBe(200)
  })
})
