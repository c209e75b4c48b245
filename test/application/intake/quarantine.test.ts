import { describe, expect, it } from 'vitest'
import type { Desk, Store } from 'madoguchi'
import {
  ACCOUNT,
  aki,
  body,
  caughtUp,
  DAY,
  engines,
  openDesk,
  post,
  says,
  settled,
  system,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'

const waiting = async (desk: Desk) => (await desk.operations.quarantine(system)).items
const counts = async (desk: Desk) => {
  const { accounts, balances } = await desk.operations.balance(system)
  expect(balances).toBe(true)
  return accounts[ACCOUNT]
}

describe.each(Object.keys(engines))('the quarantine, on %s', (engine) => {
  const opened = async () => {
    const each = await openDesk({ store: (engines[engine] as () => Store)() })
    await withOrganization(each.desk)
    return each
  }

  it('keeps what came for an account of no channel; a rerun after the channel was made records it and moves the balance', async () => {
    const { desk, store } = await opened()
    expect(await post(desk, body([says('m1', 'Too early')]))).toBe(200)
    await caughtUp({ desk, store })
    const [item] = await waiting(desk)
    expect(item).toMatchObject({ accountId: ACCOUNT, reason: 'account-of-no-live-channel', status: 'waiting' })
    expect(await counts(desk)).toMatchObject({ received: 1, quarantined: 1, recorded: 0 })
    const quarantineId = item?.quarantineId ?? ''
    expect(JSON.parse((await desk.operations.inspect(system, quarantineId)) ?? '')).toMatchObject({
      entry: [{ messaging: [{ message: { text: 'Too early' } }] }],
    })

    const still = await desk.operations.rerun(system, quarantineId)
    expect(still.outcome).toMatchObject({ kind: 'quarantined', reason: 'account-of-no-live-channel' })

    await withChannel(desk, ACCOUNT)
    const { outcome, position } = await desk.operations.rerun(system, quarantineId)
    expect(outcome).toEqual({ kind: 'recorded' })
    await desk.waitFor(position)
    expect(await counts(desk)).toMatchObject({ received: 1, quarantined: 0, recorded: 1 })
    expect(await waiting(desk)).toEqual([])
    expect((await desk.inbox.list(aki)).items[0]?.lastLine?.text).toBe('Too early')

    await expect(desk.operations.rerun(system, quarantineId)).rejects.toMatchObject({
      name: 'NotInQuarantine',
      status: 'placed',
    })
    await expect(desk.operations.rerun(system, 'nothing')).rejects.toMatchObject({ status: 'unknown' })
    expect(await desk.operations.inspect(system, quarantineId)).toBeUndefined()
    expect(await desk.operations.inspect(system, 'nothing')).toBeUndefined()
  })

  it('is run again by two people at once, and counts once', async () => {
    const { desk, store } = await opened()
    await post(desk, body([says('m1', 'Too early')]))
    await caughtUp({ desk, store })
    const quarantineId = (await waiting(desk))[0]?.quarantineId ?? ''
    await withChannel(desk, ACCOUNT)
    await Promise.allSettled([1, 2, 3].map(() => desk.operations.rerun(system, quarantineId)))
    await caughtUp({ desk, store })
    expect(await counts(desk)).toMatchObject({ received: 1, quarantined: 0 })
    expect((await desk.inbox.list(aki)).items).toHaveLength(1)
  })

  it('keeps a large body beside the log and gives it back whole', async () => {
    const { desk, store } = await opened()
    const text = 'ä'.repeat(200_000)
    expect(await post(desk, body([says('m1', text)]))).toBe(200)
    await caughtUp({ desk, store })
    const [item] = await waiting(desk)
    expect(item?.size).toBeGreaterThan(400_000)
    const { events } = await store.events.readAll({ types: ['EventQuarantined'] })
    expect(events[0]?.personal).toBeUndefined()
    const quarantineId = item?.quarantineId ?? ''
    expect(await desk.operations.inspect(system, quarantineId)).toContain(text)
    await withChannel(desk, ACCOUNT)
    expect((await desk.operations.rerun(system, quarantineId)).outcome).toEqual({ kind: 'recorded' })
    expect(await store.blobs.get(`quarantine/${quarantineId}`)).toBeUndefined()
  })

  it('lets bodies go after 30 days by itself, keeps the count, and does not take them back when they come again', async () => {
    const each = await opened()
    const { desk, store, clock } = each
    const large = body([says('m2', 'b'.repeat(300_000))])
    const small = body([says('m1', 'Short')])
    for (const one of [small, large]) expect(await post(desk, one)).toBe(200)
    await caughtUp({ desk, store })
    const ids = (await waiting(desk)).map(({ quarantineId }) => quarantineId)
    expect(ids).toHaveLength(2)
    clock.advance(30 * DAY - 1)
    await settled(each)
    expect(await waiting(desk)).toHaveLength(2)
    clock.advance(1)
    await until(async () => (await waiting(desk)).length === 0)
    expect(await post(desk, large)).toBe(200)
    for (const quarantineId of ids) {
      expect(await desk.operations.inspect(system, quarantineId)).toBeUndefined()
      expect(await store.blobs.get(`quarantine/${quarantineId}`)).toBeUndefined()
      await expect(desk.operations.rerun(system, quarantineId)).rejects.toMatchObject({ status: 'expired' })
    }
    await caughtUp({ desk, store })
    expect(await counts(desk)).toMatchObject({ received: 3, quarantined: 2, duplicates: 1 })
  })

  it('lets bodies go when the host says', async () => {
    const { desk, clock, store } = await openDesk({ intake: { quarantineFor: DAY } })
    await post(desk, body([says('m1', 'Too early')]))
    await caughtUp({ desk, store })
    expect(await waiting(desk)).toHaveLength(1)
    clock.advance(DAY)
    await until(async () => (await waiting(desk)).length === 0)
  })

  it('is shown newest first, in pages', async () => {
    const { desk, store, clock } = await opened()
    for (let n = 0; n < 5; n++) {
      await post(desk, body([says(`m${n}`, 'Hello')]))
      clock.advance(1)
    }
    await caughtUp({ desk, store })
    const seen: number[] = []
    let cursor: string | undefined
    do {
      const page = await desk.operations.quarantine(system, { limit: 2, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...page.items.map(({ receivedAt }) => receivedAt))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(seen).toHaveLength(5)
    expect(seen).toEqual(seen.toSorted((one, other) => other - one))
  })
})

describe("the operator's side", () => {
  it("is nobody's but the host's", async () => {
    const { desk } = await openDesk()
    for (const ask of [
      () => desk.operations.balance(aki),
      () => desk.operations.quarantine(aki),
      () => desk.operations.inspect(aki, 'x'),
      () => desk.operations.rerun(aki, 'x'),
      async () => desk.operations.progress(aki),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: 'not-administrator' })
    }
  })
})
