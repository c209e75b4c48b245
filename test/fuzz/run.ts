/**
 * `npm run fuzz -- --seed N --bodies N --engine E`: mutated webhook bodies, correctly signed, through the public face of desks on
 * memory, sqlite or postgres. Prints a table; exits with 1, the seed and the smallest body if something is violated.
 */
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bodyOf } from './bodies.ts'
import { fuzzRun } from './fuzz-run.ts'
import type { Engine } from './ground.ts'
import { smaller } from './smaller.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    bodies: { type: 'string', default: '100000' },
    engine: { type: 'string', default: 'memory' },
    /** Index of the first body. */
    from: { type: 'string', default: '0' },
    'per-desk': { type: 'string', default: '10000' },
  },
})
const seed = Number(values.seed)
const engine = values.engine as Engine
const before = performance.now()
const report = await fuzzRun({
  seed,
  engine,
  bodies: Number(values.bodies),
  from: Number(values.from),
  perDesk: Number(values['per-desk']),
  told: (progress) => console.error(progress),
})
const range = (figures: readonly number[]): string => `${Math.min(...figures)} to ${Math.max(...figures)}`
const { violations } = report
const table: Readonly<Record<string, string | number>> = {
  engine,
  seed,
  bodies: report.bodies,
  '  changed in structure': report.kinds.structure,
  '  changed in bytes': report.kinds.bytes,
  '  with much of something': report.kinds.large,
  'MiB of bodies': Math.round(report.bytes / 1_048_576),
  'known good events, each recorded and shown once': report.good,
  'events delivered': report.outcomes['received'] ?? 0,
  '  recorded': report.outcomes['recorded'] ?? 0,
  '  duplicates': report.outcomes['duplicates'] ?? 0,
  '  ignored': report.outcomes['ignored'] ?? 0,
  '  quarantined': report.outcomes['quarantined'] ?? 0,
  'fresh desks': report.desks,
  'slowest answer beside others, ms': Math.round(report.slowest),
  'over 1 s beside others, and not alone': report.slowBesideOthers,
  'MiB resident after a desk': range(report.resident),
  'MiB of heap used after a desk': range(report.heap),
  minutes: Math.round((performance.now() - before) / 6_000) / 10,
  violations: violations.length,
}
for (const [name, value] of Object.entries(table)) console.log(`${name.padEnd(52)} ${String(value).padStart(12)}`)
for (const [line, count] of report.lines)
  console.log(`  said to operators: ${line.padEnd(60)} ${String(count).padStart(8)}`)
for (const { what, body } of violations.slice(0, 12)) {
  console.log(
    `! seed ${seed}${body === undefined ? '' : `, body ${body.index} (${body.kind}, ${body.bytes.length} bytes)`}: ${what}`,
  )
}
const first = violations.find(({ body }) => body !== undefined)?.body
if (first !== undefined) {
  console.log(`  again: npm run fuzz -- --seed ${seed} --from ${first.index} --bodies 1 --engine ${engine}`)
  const smallest = await smaller(first)
  const { bytes } = smallest ?? bodyOf(seed, first.index)
  console.log(smallest === undefined ? '  alone on a fresh desk it does no harm:' : '  the smallest body that does it:')
  console.log(`  ${bytes.toString('utf8').slice(0, 2_000)}`)
  if (bytes.length > 2_000) {
    const path = join(tmpdir(), `madoguchi-fuzz-${seed}-${first.index}.json`)
    writeFileSync(path, bytes)
    console.log(`  whole: ${path}`)
  }
}
// Bodies of which hardly one holds a good event, or of which all come to the same, would show nothing.
const isTelling =
  report.bodies < 1_000 ||
  (report.good > report.bodies / 2 &&
    ['recorded', 'duplicates', 'ignored', 'quarantined'].every(
      (outcome) => (report.outcomes[outcome] ?? 0) > report.bodies / 20,
    ))
if (!isTelling) console.log('! too few of the bodies tell something')
process.exitCode = violations.length > 0 || !isTelling ? 1 : 0
