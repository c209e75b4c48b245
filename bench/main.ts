/**
 * `npm run bench` prints a table; `npm run bench -- --json` one line of JSON for each figure.
 * `npm run bench -- intake rebuild --rounds=5` measures some figures only, in fewer rounds (default 11).
 * `npm run bench -- growth --sizes=10000,100000 --engines=sqlite,postgres --keep=<folder>`: only if it is named, for it takes
 * long. What is in the folder is used again.
 */
import { parseArgs } from 'node:util'
import { appendOnPostgres, appendOnPostgresAgainstSingle, appendOnSqlite } from './append.ts'
import { appendOnEventStoreDb } from './append-eventstoredb.ts'
import { batchOnEventStoreDb, batchOnMemory, batchOnPostgres, batchOnSqlite } from './batch.ts'
import { growth } from './growth.ts'
import {
  intakeOfNewCustomers,
  intakeOfNewOnPostgres,
  intakeOnPostgres,
  intakeUntilVisible,
  intakeWithoutViews,
} from './intake.ts'
import { longConversationCold, longConversationWarm } from './long-conversation.ts'
import { type Figure, report } from './measure.ts'
import { memory } from './memory.ts'
import { stopPostgres } from './postgres-server.ts'
import { rebuild } from './rebuild.ts'
import { visible } from './visible.ts'

const BENCHES: Readonly<Record<string, (rounds: number) => Promise<Figure | readonly Figure[]>>> = {
  intake: intakeWithoutViews,
  'intake-new': intakeOfNewCustomers,
  'intake-visible': intakeUntilVisible,
  'intake-postgres': intakeOnPostgres,
  'intake-postgres-new': intakeOfNewOnPostgres,
  'append-postgres': appendOnPostgres,
  'append-postgres-single': appendOnPostgresAgainstSingle,
  'append-sqlite': appendOnSqlite,
  'append-eventstoredb': appendOnEventStoreDb,
  visible,
  'batch-memory': batchOnMemory,
  'batch-sqlite': batchOnSqlite,
  'batch-postgres': batchOnPostgres,
  'batch-eventstoredb': batchOnEventStoreDb,
  'long-warm': longConversationWarm,
  'long-cold': longConversationCold,
  rebuild,
  memory,
  growth: (rounds) => growth(rounds, { sizes, engines, ...(values.keep === undefined ? {} : { keep: values.keep }) }),
}
const ENGINES = ['sqlite', 'postgres'] as const

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '11' },
    sizes: { type: 'string', default: '10000,100000' },
    engines: { type: 'string', default: ENGINES.join() },
    keep: { type: 'string' },
  },
  allowPositionals: true,
})
const sizes = values.sizes.split(',').map(Number)
const engines = ENGINES.filter((engine) => values.engines.split(',').includes(engine))
const unknown = positionals.filter((name) => !(name in BENCHES))
const rounds = Number(values.rounds)
const isSize = (size: number): boolean => Number.isSafeInteger(size) && size >= 1_000
if (unknown.length > 0 || engines.length === 0 || !sizes.every(isSize) || !Number.isSafeInteger(rounds) || rounds < 1) {
  console.error(`usage: npm run bench -- [--json] [--rounds=11] [${Object.keys(BENCHES).join('] [')}]`)
  process.exit(2)
}
const figures: Figure[] = []
for (const [name, bench] of Object.entries(BENCHES)) {
  if (positionals.length > 0 ? !positionals.includes(name) : name === 'growth') continue
  const measured = [await bench(rounds)].flat()
  figures.push(...measured)
  if (values.json) console.log(report(measured, true))
}
if (!values.json) console.log(report(figures, false))
await stopPostgres()
