import { describe, expect, it } from 'vitest'
import { systemRuntime } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { faultyStore } from 'madoguchi/testing'
import { Balance, Tally } from '../../../src/application/intake/balance.ts'
import { fastForwardRuntime } from '../fast-forward.ts'

const one = (): Tally => {
  const tally = new Tally()
  tally.add('account', 'received')
  tally.add('account', 'recorded')
  return tally
}

it('counts that come in the very moment in which a writing ends are written too', async () => {
  for (let turns = 0; turns <= 20; turns++) {
    const { events } = memory()
    const runtime = fastForwardRuntime()
    let second: Promise<void> | undefined
    let isWritten = false
    const balance: Balance = new Balance(
      {
        ...events,
        append: async (...asked) => {
          const appended = await events.append(...asked)
          second ??= (async () => {
            for (let turn = 0; turn < turns; turn++) await Promise.resolve()
            await balance.write(one())
            isWritten = true
          })()
          return appended
        },
      },
      { now: () => 0 },
      runtime,
    )
    await balance.write(one())
    await runtime.fastForward(1_000)
    expect(isWritten, `after ${turns} turns`).toBe(true)
  }
})

describe('counts that are too many for one event', () => {
  const many = (accounts: number, name: (n: number) => string): Tally => {
    const tally = new Tally()
    for (let n = 0; n < accounts; n++) {
      tally.add(name(n), 'received')
      tally.ignore(name(n), 'comment')
    }
    return tally
  }
  const counted = async ({ events }: Pick<ReturnType<typeof memory>, 'events'>) => {
    const sum = { accounts: new Set<string>(), received: 0, ignored: 0, comments: 0 }
    for (const { data } of (await events.readAll({ types: ['DeliveriesCounted'], limit: 1_000 })).events) {
      const { counts, ignored } = data as unknown as {
        counts: Record<string, { received: number; ignored: number }>
        ignored: Record<string, number>
      }
      for (const [account, of] of Object.entries(counts)) {
        sum.accounts.add(account)
        sum.received += of.received
        sum.ignored += of.ignored
      }
      sum.comments += ignored['comment'] ?? 0
    }
    return { ...sum, accounts: sum.accounts.size }
  }
  const all = (accounts: number) => ({ accounts, received: accounts, ignored: accounts, comments: accounts })

  it.each([
    ['30,000 accounts', 30_000, (n: number) => `1784149900${n}`],
    ['2,000 accounts whose names are as long as they may be', 2_000, (n: number) => `${n}`.padEnd(512, '\u0001')],
    ['2,000 accounts whose names are as long as they may be, in UTF-8', 2_000, (n: number) => `${n}`.padEnd(170, '窓')],
  ])('are written in parts: %s', async (_, accounts, name) => {
    const store = memory()
    const balance = new Balance(store.events, { now: () => 0 }, systemRuntime)
    await balance.write(many(accounts, name))
    expect(await counted(store)).toEqual(all(accounts))
  })

  it.each(['fail', 'lose-request', 'lose-reply'] as const)(
    'that came together while the store suffered `%s` are written when it is back, each once',
    async (kind) => {
      const store = faultyStore(memory())
      const balance = new Balance(store.events, { now: () => 0 }, systemRuntime)
      await balance.write(many(1, () => '0'))
      let appends = 0
      // It comes back and goes away again while the parts are written.
      store.onWrite(() => (appends++ % 7 < 6 ? { kind } : undefined))
      for (let from = 1; from < 22_000; from += 3_000) {
        const some = many(Math.min(3_000, 22_000 - from), (n) => `${from + n}`)
        await balance.write(some).catch(() => {})
      }
      store.heal()
      await balance.write(many(1, () => '22000'))
      expect(await counted(store)).toEqual(all(22_001))
    },
    60_000,
  )
})

it('goes on where a log was restored under the running process', async () => {
  const store = memory()
  let isRestored = false
  const balance = new Balance(
    {
      ...store.events,
      append: async (stream, expected, events) => {
        if (!isRestored) return store.events.append(stream, expected, events)
        // Its stream has lost what came last.
        const lost = typeof expected === 'number' ? expected - 1 : expected
        isRestored = false
        return store.events.append(stream, lost, events)
      },
    },
    { now: () => 0 },
    systemRuntime,
  )
  await balance.write(one())
  await balance.write(one())
  isRestored = true
  await balance.write(one())
  await balance.write(one())
  const { events } = await store.events.readAll({ types: ['DeliveriesCounted'], limit: 10 })
  expect(events).toHaveLength(4)
})
