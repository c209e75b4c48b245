/** `node --conditions=madoguchi-source test/crash/run.ts --seed N --messages 5000 --replies 500 --kills 50` */
import { parseArgs } from 'node:util'
import { crashRun } from './crash-run.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    messages: { type: 'string', default: '5000' },
    replies: { type: 'string', default: '500' },
    kills: { type: 'string', default: '50' },
    customers: { type: 'string' },
    jumps: { type: 'string', default: '14' },
    'no-steps': { type: 'boolean', default: false },
  },
})
const messages = Number(values.messages)
const options = {
  seed: Number(values.seed),
  messages,
  replies: Number(values.replies),
  kills: Number(values.kills),
  customers: Number(values.customers ?? Math.ceil(messages / 16)),
  jumps: Number(values.jumps),
  steps: !values['no-steps'],
}
console.log(`seed ${options.seed}: ${messages} messages of ${options.customers} customers, ${options.replies} replies`)
const findings = await crashRun(options)
for (const { name, figures, violations } of findings) {
  console.log(`\n${name}${violations.length === 0 ? '' : `: ${violations.length} VIOLATIONS`}`)
  for (const [figure, value] of Object.entries(figures))
    console.log(`  ${figure.padEnd(44)} ${String(value).padStart(8)}`)
  for (const violation of violations.slice(0, 12)) console.log(`  ! ${violation.slice(0, 300)}`)
}
process.exitCode = findings.some(({ violations }) => violations.length > 0) ? 1 : 0
