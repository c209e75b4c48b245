import { AKI, benchDesk } from './bench-desk.ts'
import { openPlace } from './growth-place.ts'
import { LOG_ENDS } from './growth-log.ts'
import { Random } from './random.ts'
import { commonWord } from './texts.ts'
const store = openPlace({ engine: 'sqlite', path: process.argv[2]! })
const now = Date.now() + 4e11
const desk = benchDesk(store, { delivery: { enabled: false }, clock: { now: () => LOG_ENDS, onMove: () => () => {} } as any })
await desk.start()
const random = new Random(7)
const time = async (name: string, n: number, f: () => Promise<unknown>) => { const ts: number[] = []; for (let i = 0; i < n; i++) { const t = performance.now(); await f(); ts.push(performance.now() - t) } ts.sort((a, b) => a - b); console.log(name, 'p50', ts[n >> 1]!.toFixed(2), 'p90', ts[Math.floor(n * 0.9)]!.toFixed(2)) }
let calls = 0, places = 0
const o = store.views.places.bind(store.views)
store.views.places = async (...a: any[]) => { const r = await (o as any)(...a); calls++; places += r.length; return r }
for (let k = 0; k < 3; k++) {
  await time('search-words', 300, () => desk.inbox.search(AKI, { text: `${commonWord(random)} ${commonWord(random)} `, limit: 20 }))
  console.log(calls / 300, places / 300); calls = places = 0
  await time('search', 300, () => desk.inbox.search(AKI, { text: `${commonWord(random)} ` }))
  console.log(calls / 300, places / 300); calls = places = 0
}
process.exit(0)
