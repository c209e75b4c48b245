import { expect, it } from 'vitest'
import { systemRuntime } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { Balance, Tally } from '../../../src/application/intake/balance.ts'

const one = (): Tally => {
  const tally = new Tally()
  tally.add('account', 'received')
  tally.add('account', 'recorded')
  return tally
}

it('counts that come in the very moment in which a writing ends are written too', async () => {
  for (let turns = 0; turns <= 20; turns++) {
    const { events } = memory()
    let second: Promise<string> | undefined
    const balance: Balance = new Balance(
      {
        ...events,
        append: async (...asked) => {
          const appended = await events.append(...asked)
          second ??= (async () => {
            for (let turn = 0; turn < turns; turn++) await Promise.resolve()
            await balance.write(one())
            return 'written'
          })()
          return appended
        },
      },
      { now: () => 0 },
      systemRuntime,
    )
    await balance.write(one())
    const waited = new Promise((resolve) => setTimeout(() => resolve(`hangs after ${turns} turns`), 100))
    expect(await Promise.race([second, waited])).toBe('written')
  }
})
