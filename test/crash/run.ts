/**
 * `node --conditions=madoguchi-source test/crash/run.ts --seed N --messages 5000 --replies 500 --kills 50`, or with many processes
 * `... --engine postgres --hosts 4 --messages 20000 --replies 2000 --kills 12 --pauses 12 --restarts 3`
 */
import { parseArgs } from 'node:util'
import { crashRun } from './crash-run.ts'
import type { Engine, State } from './ground.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    messages: { type: 'string', default: '5000' },
    replies: { type: 'string', default: '500' },
    kills: { type: 'string', default: '50' },
    customers: { type: 'string' },
    jumps: { type: 'string', default: '14' },
    'no-steps': { type: 'boolean', default: false },
    engine: { type: 'string', default: 'sqlite' },
    /** Where the views are, if the log is in EventStoreDB: `sqlite`, `postgres`, or `cluster` for each process's own in memory. */
    state: { type: 'string', default: 'sqlite' },
    client: { type: 'string', default: 'db-client' },
    hosts: { type: 'string', default: '1' },
    pauses: { type: 'string', default: '0' },
    restarts: { type: 'string', default: '0' },
    'gone-after': { type: 'string' },
    /** Where the log, the views and what hosts said are kept if there was a violation. */
    keep: { type: 'string' },
  },
})
const messages = Number(values.messages)
const hosts = Number(values.hosts)
const options = {
  seed: Number(values.seed),
  messages,
  replies: Number(values.replies),
  kills: Number(values.kills),
  customers: Number(values.customers ?? Math.ceil(messages / 16)),
  jumps: Number(values.jumps),
  steps: !values['no-steps'],
  engine: values.engine as Engine,
  state: values.state as State,
  client: values.client as 'db-client' | 'kurrentdb-client',
  hosts,
  pauses: Number(values.pauses),
  restarts: Number(values.restarts),
  told: (progress: string) => console.error(progress),
  goneAfter: Number(values['gone-after'] ?? (hosts === 1 ? 500 : 1_500)),
  ...(values.keep === undefined ? {} : { keep: values.keep }),
}
console.log(
  `seed ${options.seed}: ${messages} messages of ${options.customers} customers, ${options.replies} replies, ${hosts} hosts on ${options.engine}`,
)
const findings = await crashRun(options)
for (const { name, figures, violations } of findings) {
  console.log(`\n${name}${violations.length === 0 ? '' : `: ${violations.length} VIOLATIONS`}`)
  for (const [figure, value] of Object.entries(figures))
    console.log(`  ${figure.padEnd(52)} ${String(value).padStart(8)}`)
  for (const violation of violations.slice(0, 12)) console.log(`  ! ${violation.slice(0, 300)}`)
}
process.exitCode = findings.some(({ violations }) => violations.length > 0) ? 1 : 0
