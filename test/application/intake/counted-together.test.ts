import { expect, it } from 'vitest'
import { EventTooLarge, type Store } from 'madoguchi'
import { type Fault, faultyStore } from 'madoguchi/testing'
import { memory } from 'madoguchi/memory'
import {
  ACCOUNT,
  anotherDesk,
  NOON,
  body,
  caughtUp,
  openDesk,
  post,
  says,
  settled,
  system,
  unableToTake,
  withChannel,
  withOrganization,
} from '../desk.ts'

const opened = async (answerWithin = 4_000) => {
  const store = faultyStore(memory())
  const each = await openDesk({ store, intake: { answerWithin } })
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  await caughtUp(each)
  return { ...each, store }
}
type Opened = Awaited<ReturnType<typeof opened>>

/** The streams that a body appends to. */
const appendedTo = async ({ store, desk }: Opened, events: readonly object[]): Promise<readonly string[]> => {
  const streams: string[] = []
  store.onWrite((write) => void (write.kind === 'append' && streams.push(write.stream)))
  expect(await post(desk, body(events))).toBe(200)
  store.heal()
  return streams.map((stream) => stream.slice(0, stream.indexOf('-')))
}
const counts = async (each: Opened) => {
  await caughtUp(each)
  return (await each.desk.operations.balance(system)).accounts[ACCOUNT]
}

it('what is recorded is counted in the same commit, and so is what was decided with it', async () => {
  const each = await opened()
  expect(await appendedTo(each, [says('m1', 'One')])).toEqual(['conversation'])
  await settled(each)
  expect(await appendedTo(each, [says('m2', 'Two'), says('m1', 'One'), says('m2', 'Two')])).toEqual(['conversation'])
  expect(await counts(each)).toMatchObject({ received: 4, recorded: 2, duplicates: 2, unanswered: 0 })
})

it('what makes nothing happen is counted by an event of its own', async () => {
  const each = await opened()
  await appendedTo(each, [says('m1', 'One')])
  await settled(each)
  expect(await appendedTo(each, [says('m1', 'One')])).toEqual(['intake'])
  expect(await counts(each)).toMatchObject({ received: 2, recorded: 1, duplicates: 1 })
})

it('what is run again from quarantine is not counted as received again', async () => {
  const each = await opened()
  const other = '17841499000000077'
  expect(await post(each.desk, body([says('m5', 'Five', { account: other })], other))).toBe(200)
  await withChannel(each.desk, other)
  await caughtUp(each)
  const [item] = (await each.desk.operations.quarantine(system)).items
  expect((await each.desk.operations.rerun(system, item?.quarantineId ?? '')).outcome).toEqual({ kind: 'recorded' })
  await caughtUp(each)
  const { accounts } = await each.desk.operations.balance(system)
  expect(accounts[other]).toMatchObject({ received: 1, recorded: 1, quarantined: 0 })
})

it.each([
  ['lose-reply', { received: 2, recorded: 1, duplicates: 1, unanswered: 0 }],
  ['lose-request', { received: 2, recorded: 1, duplicates: 0, unanswered: 1 }],
] as const)('an append of which nobody ever knew (%s) is looked for before its deliveries count', async (kind, all) => {
  const each = await opened()
  each.store.onWrite((write): Fault | undefined => (write.kind === 'append' ? { kind } : undefined))
  expect(await post(each.desk, body([says('m1', 'One')]))).toBe(503)
  each.store.heal()
  expect(await post(each.desk, body([says('m1', 'One')]))).toBe(200)
  await expect.poll(() => counts(each)).toMatchObject(all)
})

it('an append stays in doubt though the repetitions of it were certainly not applied', async () => {
  const each = await opened()
  let appends = 0
  each.store.onWrite((write): Fault | undefined =>
    write.kind === 'append' ? { kind: appends++ === 0 ? 'lose-reply' : 'fail' } : undefined,
  )
  expect(await post(each.desk, body([says('m1', 'One')]))).toBe(503)
  each.store.heal()
  expect(await post(each.desk, body([says('m1', 'One')]))).toBe(200)
  await expect.poll(() => counts(each)).toMatchObject({ received: 2, recorded: 1, duplicates: 1, unanswered: 0 })
})

it.each(['lose-reply', 'lose-request'] as const)('what concerns the account is counted once (%s)', async (kind) => {
  const each = await opened()
  const policy = {
    sender: { id: '900000000000001' },
    recipient: { id: ACCOUNT },
    timestamp: NOON,
    'policy-enforcement': { action: 'block', reason: 'spam' },
  }
  each.store.onWrite((write): Fault | undefined => (write.kind === 'append' ? { kind } : undefined))
  expect(await post(each.desk, body([policy]))).toBe(503)
  each.store.heal()
  expect(await post(each.desk, body([policy]))).toBe(200)
  await expect.poll(() => counts(each)).toMatchObject({ received: 2, unanswered: 1 })
})

it('what goes to quarantine is in no doubt, whatever became of what was decided with it', async () => {
  const each = await opened()
  const desk = await anotherDesk(unableToTake('m2', each.options))
  const delivery = body([says('m1', 'One'), says('m2', 'Two')])
  each.store.onWrite((write): Fault | undefined => (write.kind === 'append' ? { kind: 'lose-reply' } : undefined))
  expect(await post(desk, delivery)).toBe(503)
  each.store.heal()
  expect(await post(desk, delivery)).toBe(200)
  await expect
    .poll(() => counts(each))
    .toMatchObject({ received: 4, recorded: 1, duplicates: 1, quarantined: 1, unanswered: 1 })
})

it('deliveries of one customer that are too large together are counted once each, whichever of them fails', async () => {
  const store = faultyStore(memory())
  const tooLarge: Store = {
    ...store,
    events: {
      ...store.events,
      append: (stream, expected, events, options) => {
        const received = events.filter(({ type }) => type === 'MessageReceived')
        if (received.length > 1) return Promise.reject(new EventTooLarge(1, 2))
        return store.events.append(stream, expected, events, options)
      },
    },
  }
  const each = await openDesk({ store: tooLarge })
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  let appends = 0
  store.onWrite((write): Fault | undefined =>
    write.kind === 'append' && write.stream.startsWith('conversation-') && ++appends === 2
      ? { kind: 'fail' }
      : undefined,
  )
  const delivery = body([says('m1', 'One'), says('m2', 'Two'), says('m3', 'Three')])
  expect(await post(each.desk, delivery)).toBe(503)
  store.heal()
  expect(await post(each.desk, delivery)).toBe(200)
  await expect
    .poll(() => counts({ ...each, store }))
    .toMatchObject({ received: 6, recorded: 3, duplicates: 2, unanswered: 1 })
})

it.each([
  ['lose-reply', { received: 4, recorded: 2, duplicates: 2, unanswered: 0 }],
  ['lose-request', { received: 4, recorded: 2, duplicates: 1, unanswered: 1 }],
] as const)('what became of a delivery after its answer had to leave (%s) is counted once', async (kind, all) => {
  const each = await opened(60)
  const held = Promise.withResolvers<void>()
  const slowly = { kind: 'hold', until: held.promise } as const
  each.store.onWrite((write): Fault | undefined => (write.kind === 'append' ? slowly : undefined))
  expect(await post(each.desk, body([says('m1', 'One')]))).toBe(503)
  held.resolve()
  await settled(each)
  each.store.onWrite((write): Fault | undefined => (write.kind === 'append' ? { kind } : undefined))
  expect(await post(each.desk, body([says('m2', 'Two')]))).toBe(503)
  await settled(each)
  each.store.heal()
  expect(await post(each.desk, body([says('m1', 'One'), says('m2', 'Two')]))).toBe(200)
  await expect.poll(() => counts(each)).toMatchObject(all)
})
