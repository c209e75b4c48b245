/** Which seed is the first that breaks a rule: `node seek.ts <first> <most seeds>` prints it with the rule, or `none`. */
import { playLife } from './life.ts'

// Traces of errors that are expected cost more than the errors.
Error.stackTraceLimit = 0

const [first = 1, most = 1] = process.argv.slice(2).map(Number)
let found: string | undefined
for (let seed = first; found === undefined && seed < first + most; seed++) {
  const { violations } = await playLife({ seed })
  if (violations.length > 0) found = `${seed - first + 1} ${violations[0]}`
}
console.log(found ?? 'none')
