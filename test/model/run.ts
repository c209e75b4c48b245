/**
 * `npm run model -- --seed N --runs N`: random histories on the product and on a naive reference. Prints what was tried; exits with 1 and
 * the shortest history on a difference, and when too little happened in the histories. `--go-on` looks for further differences.
 */
import { parseArgs } from 'node:util'
import { historyOf } from './history.ts'
import { figuresOf, isTelling, type Played, played } from './model-run.ts'
import { shorter } from './shorter.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1000' },
    'go-on': { type: 'boolean', default: false },
  },
})
const first = Number(values.seed)
const before = performance.now()
const runs: Played[] = []
let differences = 0
for (let seed = first; seed < first + Number(values.runs); seed++) {
  const steps = historyOf(seed)
  const run = await played(seed, steps)
  runs.push(run)
  if (runs.length % 250 === 0) console.error(`${runs.length} runs, ${differences} differences`)
  if (run.difference === undefined) continue
  differences++
  const { steps: shortest, played: least } = await shorter(seed, steps)
  console.log(`\n! seed ${seed}: npm run model -- --seed ${seed} --runs 1`)
  for (const step of shortest) console.log(`  ${JSON.stringify(step)}`)
  const { what, expected, shown } = least.difference!
  console.log(`  ${what}\n    reference ${JSON.stringify(expected)}\n    product   ${JSON.stringify(shown)}`)
  if (!values['go-on']) break
}
const minutes = Math.round((performance.now() - before) / 6_000) / 10
const figures = { ...figuresOf(runs), minutes, differences }
for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(40)} ${String(value).padStart(10)}`)
const telling = runs.filter(isTelling).length
const isEnough = telling >= runs.length / 2 || runs.length < 20
if (!isEnough) console.log(`! in only ${telling} of ${runs.length} runs anything of substance happened`)
process.exitCode = differences > 0 || !isEnough ? 1 : 0
