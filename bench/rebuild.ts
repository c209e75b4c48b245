import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sqlite } from 'madoguchi/sqlite'
import { BareViews } from './bare-writes.ts'
import { benchDesk, createChannel, silent } from './bench-desk.ts'
import { type Figure, interleaved } from './measure.ts'
import { writeMixedLog } from './mixed-log.ts'
import { place } from './place.ts'
import { Random } from './random.ts'

const EVENTS = 200_000

/** Milliseconds until all views of this file can be read. */
const rebuilt = async (path: string): Promise<number> => {
  const store = sqlite(path)
  const [head] = (await store.events.readAll({ backwards: true, limit: 1 })).events
  const desk = benchDesk(store, { delivery: { enabled: false }, log: silent })
  const began = performance.now()
  await desk.start()
  await desk.waitFor(head?.position, 3_600_000)
  const took = performance.now() - began
  await desk.stop()
  await store.close()
  return took
}

const remove = (path: string): void => {
  for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true })
}

/** All views, built from nothing until they can be read; the base writes the documents and entries that are there then. */
export const rebuild = async (rounds: number): Promise<Figure> => {
  const folder = place()
  const [log, desk, views, base] = ['log.db', 'desk.db', 'desk.views.db', 'bare.db'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string]
  const store = sqlite(log)
  const maker = benchDesk(store)
  const channelId = await createChannel(maker)
  await writeMixedLog(store, channelId, EVENTS, new Random(2))
  await maker.stop()
  await store.close()
  return interleaved(
    { name: 'rebuild', unit: 'events/s', aim: '0.4, and 8,000 events/s' },
    rounds,
    async () => {
      remove(desk)
      remove(views)
      copyFileSync(log, desk)
      return (EVENTS * 1_000) / (await rebuilt(desk))
    },
    async () => {
      remove(base)
      const bare = new BareViews(base, views)
      const took = bare.copy()
      bare.close()
      return (EVENTS * 1_000) / took
    },
    1,
  )
}
