/**
 * Writes a log of so many conversations and lets a desk build its views. Arguments: the place as JSON, the number.
 */
import { benchDesk, silent, SYSTEM } from './bench-desk.ts'
import { LOG_BEGINS, LOG_ENDS, writeGrownLog } from './growth-log.ts'
import { openPlace, readPlace } from './growth-place.ts'
import { Random } from './random.ts'

const HOURS = 3_600_000

const [place = '', count = ''] = process.argv.slice(2)
const conversations = Number(count)
const store = openPlace(readPlace(place))
let now = LOG_BEGINS
const desk = benchDesk(store, { delivery: { enabled: false }, clock: { now: () => now }, log: silent })
const began = performance.now()
const told = (what: string): void =>
  console.error(`${conversations} conversations, ${((performance.now() - began) / 1_000).toFixed(0)} s: ${what}`)

const tenth = Math.ceil(conversations / 10)
let next = tenth
const events = await writeGrownLog({ store, desk, conversations, random: new Random(conversations) }, (begun) => {
  if (begun < next) return
  told(`the log has ${begun}`)
  next += tenth
})
told(`${events} events are written`)
now = LOG_ENDS
await desk.start()
const ticking = setInterval(() => {
  const [{ folded, state } = { folded: 0, state: 'none' }] = desk.operations.progress(SYSTEM)
  told(`${folded} events are folded (${state})`)
}, 30_000)
const [last] = (await store.events.readAll({ backwards: true, limit: 1 })).events
await desk.waitFor(last?.position, 12 * HOURS)
clearInterval(ticking)
told('views are built')
await desk.stop()
