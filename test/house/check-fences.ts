/** The dependency fence on the command line: `npm run check:fences`. */
import { ROOT } from './files.ts'
import { violations } from './fences.ts'
import { bypasses } from './runtime-fence.ts'

const root = process.argv[2] ?? ROOT
const found = [...violations(root), ...bypasses(root)]
for (const { path, line, rule, detail } of found) console.error(`${path}:${line} ${rule}: ${detail}`)
if (found.length > 0) {
  console.error(
    `\n${found.length} fences are crossed; the rules are in test/house/fences.ts and test/house/runtime-fence.ts`,
  )
  process.exitCode = 1
}
