/** Which seed is the first that breaks a rule: `node seek.ts <first> <most seeds> [model]` prints it with the rule, or `none`. */
import { historyOf } from '../model/history.ts'
import { played } from '../model/model-run.ts'
import { playLife } from './life.ts'

// Traces of errors that are expected cost more than the errors.
Error.stackTraceLimit = 0

const brokenBy = async (seed: number): Promise<string | undefined> => {
  if (process.argv[4] !== 'model') return (await playLife({ seed })).violations[0]
  const { difference } = await played(seed, historyOf(seed))
  return difference && `${difference.what}: ${JSON.stringify(difference.shown)}`
}

const [first = 1, most = 1] = process.argv.slice(2).map(Number)
let found: string | undefined
for (let seed = first; found === undefined && seed < first + most; seed++) {
  const rule = await brokenBy(seed)
  if (rule !== undefined) found = `${seed - first + 1} ${rule}`
}
console.log(found ?? 'none')
