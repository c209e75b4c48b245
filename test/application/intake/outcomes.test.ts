import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Desk, Store } from 'madoguchi'
import { ACCOUNT, caughtUp, engines, openDesk, post, settled, system, withChannel, withOrganization } from '../desk.ts'

interface Outcome {
  readonly account: string
  readonly ends: 'recorded' | 'duplicate' | 'ignored' | 'quarantined'
}
const fixtures = new URL('../../fixtures/', import.meta.url)
const fixture = (name: string): unknown => JSON.parse(readFileSync(new URL(name, fixtures), 'utf8'))
const outcomes = fixture('webhook-outcomes.json') as Readonly<Record<string, readonly Outcome[]>>
const files = Object.keys(outcomes)
const OTHER_ACCOUNT = '17841499000000002'

const opened = async (engine = 'memory') => {
  const each = await openDesk({ store: (engines[engine] as () => Store)() })
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  await withChannel(each.desk, OTHER_ACCOUNT)
  return each
}

const NOTHING = { received: 0, recorded: 0, duplicates: 0, ignored: 0, quarantined: 0, unanswered: 0 }
const MEMBER = {
  recorded: 'recorded',
  duplicate: 'duplicates',
  ignored: 'ignored',
  quarantined: 'quarantined',
} as const
/** What the balance says after one delivery, or after the same once more: then what was new is known. */
const expected = (of: readonly Outcome[], deliveries: number) => {
  const sheet: Record<string, typeof NOTHING> = {}
  for (let delivery = 0; delivery < deliveries; delivery++) {
    for (const { account, ends } of of) {
      const counts = (sheet[account] ??= { ...NOTHING })
      counts.received += 1
      counts[delivery > 0 && ends !== 'ignored' ? 'duplicates' : MEMBER[ends]] += 1
    }
  }
  return sheet
}
const decided = async (store: Store) => {
  const { events } = await store.events.readAll({ limit: 1_000 })
  return events.filter(({ type }) => type !== 'DeliveriesCounted').map(({ id }) => id)
}
const sheetOf = async (desk: Desk) => {
  const { accounts, balances } = await desk.operations.balance(system)
  expect(balances).toBe(true)
  return accounts
}

describe('every webhook body of the samples', () => {
  it.each(files)('%s ends through the whole desk as written down, and a second time changes nothing', async (file) => {
    const each = await opened()
    const { desk, store } = each
    const body = fixture(`payloads/${file}`)
    expect(await post(desk, body)).toBe(200)
    await settled(each)
    await caughtUp(each)
    expect(await sheetOf(desk)).toEqual(expected(outcomes[file] ?? [], 1))
    const before = await decided(store)
    expect(await post(desk, body)).toBe(200)
    await settled(each)
    await caughtUp(each)
    expect(await sheetOf(desk)).toEqual(expected(outcomes[file] ?? [], 2))
    expect(await decided(store)).toEqual(before)
  })

  it('one after the other on one SQLite file, and all of them once more: every event is counted, nothing is new twice', async () => {
    const each = await opened('sqlite')
    const { desk, store } = each
    for (const file of files) expect(await post(desk, fixture(`payloads/${file}`))).toBe(200)
    await settled(each)
    const before = await decided(store)
    await Promise.all(files.map(async (file) => expect(await post(desk, fixture(`payloads/${file}`))).toBe(200)))
    await caughtUp({ desk, store })
    const all = files.flatMap((file) => outcomes[file] ?? [])
    const { total, balances, ignored } = await desk.operations.balance(system)
    expect(balances).toBe(true)
    expect(total).toMatchObject({ received: 2 * all.length, unanswered: 0 })
    // Several of them are about one message: what is older than the newest known, or about one taken back, says nothing any more.
    const { superseded = 0, 'already-unsent': unsent = 0 } = ignored
    expect(total.ignored - superseded - unsent).toBe(2 * all.filter(({ ends }) => ends === 'ignored').length)
    expect(Object.values(ignored).reduce((sum, count) => sum + count, 0)).toBe(total.ignored)
    expect(await decided(store)).toEqual(before)
  })
})
