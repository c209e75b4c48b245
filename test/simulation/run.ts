/**
 * Plays seed after seed until that many faults were injected: `npm run simulate -- --seed N --faults N`. Exits with 1 at the first
 * rule that is broken, with a history that is as short as could be found in the time.
 *
 * `--log` prints all that happens in the first seed and ends; `--digest` prints its digest only. Any run can be cut into several: the
 * line of progress names the seed to go on with.
 */
import { parseArgs } from 'node:util'
import { countsOf, type FaultKind } from './faults.ts'
import { playLife } from './life.ts'
import { shrink } from './shrink.ts'

// Traces of errors that are expected cost more than the errors.
Error.stackTraceLimit = 0

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: '2000' },
    log: { type: 'boolean', default: false },
    digest: { type: 'boolean', default: false },
  },
})
const first = Number(values.seed)
const wanted = Number(values.faults)
if (!Number.isSafeInteger(first) || first < 0 || !Number.isSafeInteger(wanted) || wanted < 1)
  throw new TypeError('--seed and --faults are whole numbers')

const whole = (number: number): string => Math.round(number).toLocaleString('en')

if (values.log || values.digest) {
  const { digest, violations } = await playLife({
    seed: first,
    ...(values.log ? { onLine: (line: string) => console.log(line) } : {}),
  })
  console.log(digest)
  process.exitCode = violations.length > 0 ? 1 : 0
} else {
  const began = performance.now()
  const counts = new Map<FaultKind, number>()
  let [faults, lives, events, virtual, told] = [0, 0, 0, 0, began]
  let seed = first
  const progress = (): string => {
    const minutes = (performance.now() - began) / 60_000
    return (
      `seeds ${first} to ${seed}: ${whole(faults)} faults, ${whole(lives)} lives (${whole(lives / minutes)} a minute), ` +
      `${whole(events)} events, ${(virtual / 3_600_000).toFixed(1)} virtual hours in ${minutes.toFixed(1)} minutes`
    )
  }
  let isBroken = false
  for (; faults < wanted && !isBroken; seed++) {
    const played = await playLife({ seed })
    faults += played.injected.length
    lives += played.lives
    events += played.events
    virtual += played.lasted
    for (const [kind, count] of countsOf(played.injected)) counts.set(kind, (counts.get(kind) ?? 0) + count)
    if (played.violations.length > 0) {
      console.error(`seed ${seed}: ${played.violations.join('; ')}`)
      const { lines, acts, faults: kept } = await shrink(played)
      console.error(`shortened to ${acts} acts and ${kept} faults:\n  ${lines.join('\n  ')}`)
      console.error(
        `\nagain: npm run simulate -- --seed ${seed} --faults 1\nwhole: npm run simulate -- --seed ${seed} --log`,
      )
      process.exitCode = 1
      isBroken = true
    }
    if (performance.now() - told > 10_000) {
      told = performance.now()
      console.log(`${progress()}; next: --seed ${seed + 1}`)
    }
  }
  seed--
  console.log(progress())
  for (const [kind, count] of [...counts].toSorted(([, one], [, other]) => other - one))
    console.log(`  ${whole(count).padStart(10)} ${kind}`)
}
