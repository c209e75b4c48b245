import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sqlite } from 'madoguchi/sqlite'
import { asPublished } from './as-published.ts'
import { benchDesk, createChannel, silent } from './bench-desk.ts'
import { type Figure, interleaved } from './measure.ts'
import { place } from './place.ts'
import { Random } from './random.ts'
import { bodyOf, signed } from './webhook-requests.ts'

const MANY = 100_000
const FEW = 1_000
const BATCH = 500

/** A desk's file with so many conversations, all of them in the views. */
const fileWith = async (conversations: number): Promise<string> => {
  const path = join(place(), 'desk.db')
  const store = sqlite({ path })
  const desk = benchDesk(store, { delivery: { enabled: false }, log: silent })
  await createChannel(desk)
  const random = new Random(3)
  for (let first = 0; first < conversations; first += BATCH) {
    const customers = Array.from({ length: BATCH }, (_, n) => first + n)
    const { status } = await desk.handle(signed(bodyOf(customers, Date.now(), random)))
    if (status !== 200) throw new Error(`a webhook was answered with ${status}`)
  }
  await desk.start()
  const [last] = (await store.events.readAll({ backwards: true, limit: 1 })).events
  await desk.waitFor(last?.position, 3_600_000)
  await desk.stop()
  return path
}

/** What a working process holds, in a process of its own, with 100,000 conversations on disk against 1,000. */
export const memory = async (rounds: number): Promise<Figure> => {
  const published = asPublished()
  const [many, few] = [await fileWith(MANY), await fileWith(FEW)]
  const working = async (path: string, conversations: number): Promise<number> => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      join(published, 'bench', 'memory-process.js'),
      path,
      String(conversations),
    ])
    return Number(stdout)
  }
  return interleaved(
    { name: 'memory', unit: 'MB', aim: 'under 300 MB' },
    rounds,
    () => working(many, MANY),
    () => working(few, FEW),
    0,
  )
}
