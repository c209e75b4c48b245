/** The dependency fence on the command line: `npm run check:fences`. */
import { ROOT } from './files.ts'
import { violations } from './fences.ts'

const found = violations(process.argv[2] ?? ROOT)
for (const { path, line, rule, detail } of found) console.error(`${path}:${line} ${rule}: ${detail}`)
if (found.length > 0) {
  console.error(`\n${found.length} imports cross a fence; the rules stand in test/house/fences.ts`)
  process.exitCode = 1
}
