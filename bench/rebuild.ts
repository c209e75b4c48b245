import { join } from 'node:path'
import type { ViewChanges } from 'madoguchi'
import { sqlite } from 'madoguchi/sqlite'
import { BareViews, Rows, type Transaction } from './bare-writes.ts'
import { benchDesk, createChannel, silent } from './bench-desk.ts'
import { gatedStore } from './gated-store.ts'
import { type Figure, interleaved, figureOf } from './measure.ts'
import { writeMixedLog } from './mixed-log.ts'
import { place } from './place.ts'
import { Random } from './random.ts'

const SLICE = 20_000

/**
 * One rebuild of all views from nothing, cut into slices: after each of them the base makes the very same changes to a file of
 * its own. The first slice warms both up. The second figure is the whole of it, the first slice too.
 */
export const rebuild = async (rounds: number): Promise<readonly Figure[]> => {
  const path = join(place(), 'desk.db')
  const log = sqlite({ path })
  const maker = benchDesk(log)
  const channelId = await createChannel(maker)
  await writeMixedLog(log, channelId, SLICE * (rounds + 1) + 1_000, new Random(2))
  await maker.stop()

  const commits: (readonly ViewChanges[])[] = []
  const gated = gatedStore(sqlite({ path }), (changes) => commits.push(changes))
  const desk = benchDesk(gated.store, {
    delivery: { enabled: false },
    log: silent,
  })
  const rows = new Rows()
  const bare = new BareViews(join(place(), 'bare.db'), path)
  let ourMilliseconds = 0
  let baseMilliseconds = 0
  await desk.start()
  const aim = '0.4, and 8,000 events/s'
  const slices = await interleaved(
    { name: 'rebuild', unit: 'events/s', aim },
    rounds,
    async () => {
      const began = performance.now()
      await gated.pass(SLICE)
      const took = performance.now() - began
      ourMilliseconds += took
      return (SLICE * 1_000) / took
    },
    async () => {
      const transactions: readonly Transaction[] = commits.splice(0).map((changes) => rows.of(changes))
      globalThis.gc?.()
      const began = performance.now()
      for (const transaction of transactions) bare.write(transaction)
      const took = performance.now() - began
      baseMilliseconds += took
      return (SLICE * 1_000) / took
    },
    1,
  )
  await desk.stop()
  bare.close()
  const all = SLICE * (rounds + 1) * 1_000
  return [
    slices,
    figureOf(
      { name: `rebuild of ${(all / 1_000).toLocaleString('en')}`, unit: 'events/s', aim },
      [all / ourMilliseconds],
      [all / baseMilliseconds],
    ),
  ]
}
