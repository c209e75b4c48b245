import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { LogLevel } from '@stryker-mutator/api/core'
import { Stryker } from '@stryker-mutator/core'
import { AREAS, areaOf, type Area } from './areas.ts'
import { reasonToPass } from './equivalents.ts'
import { nameOf } from './mutant.ts'
import { RunFile, type Tried } from './run-file.ts'

// npm run mutate -- [area ...] [--seed N] [--sample N] [--again] [--fresh]
// Plants faults in the sources of an area and says how many its tests notice. A run that was stopped goes on where it was,
// as long as neither sources nor tests changed; --fresh begins again, --again tries only those that were not killed: what ran out of time once
// may have been late beside a busy process.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    sample: { type: 'string', default: '400' },
    again: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
  },
})

const cache = 'node_modules/.cache/mutation'
const noticed = ({ status }: Tried): boolean => status === 'Killed' || status === 'Timeout'

const filesOf = (globs: readonly string[]): readonly string[] => {
  const left = new Set(globs.filter((glob) => glob.startsWith('!')).flatMap((glob) => globSync(glob.slice(1))))
  return globs
    .filter((glob) => !glob.startsWith('!'))
    .flatMap((glob) => globSync(glob))
    .filter((file) => file.endsWith('.ts') && !left.has(file) && ![...left].some((path) => file.startsWith(`${path}/`)))
    .toSorted()
}

const fingerprintOf = ({ sources, tests }: Area): string => {
  const hash = createHash('sha256')
  for (const file of filesOf([...sources, ...tests])) hash.update(file).update(readFileSync(file))
  return hash.digest('hex')
}

const mutate = async (name: string): Promise<boolean> => {
  const area = areaOf(name)
  mkdirSync(cache, { recursive: true })
  const path = join(cache, `${name}-${values.seed}-${values.sample}.jsonl`)
  const runFile = new RunFile(path)
  const fingerprint = fingerprintOf(area)
  const before = runFile.read()
  if (values.again && before !== undefined) {
    runFile.begin(fingerprint, before.sample)
    for (const tried of before.tried) if (tried.status === 'Killed') runFile.add(tried)
  } else if (values.fresh || (before !== undefined && before.fingerprint !== fingerprint)) rmSync(path, { force: true })
  Object.assign(process.env, {
    MUTATE_AREA: name,
    MUTATE_RUN_FILE: path,
    MUTATE_SEED: values.seed,
    MUTATE_SAMPLE: values.sample,
    MUTATE_FINGERPRINT: fingerprint,
  })
  await new Stryker({
    mutate: [...area.sources],
    testRunner: 'vitest-5',
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    checkers: ['sampler'],
    reporters: ['recorder'],
    plugins: ['@stryker-mutator/vitest-runner', './test/mutation/plugin.ts'],
    concurrency: 1,
    testRunnerNodeArgs: ['--conditions=madoguchi-source'],
    dryRunTimeoutMinutes: 30,
    timeoutMS: 20_000,
    // Not below node_modules: what is there is not loaded as sources are.
    tempDirName: '.mutation',
    ignorePatterns: ['docs', 'bench'],
    // TypeScript 7 has no API for Stryker to read a configuration by: a name that is not there makes it leave that out.
    tsconfigFile: 'none.json',
    disableTypeChecks: false,
    allowConsoleColors: false,
    logLevel: 'warn' as LogLevel,
  }).runMutationTest()
  return report(name, area, runFile.read()?.tried ?? [])
}

const report = (name: string, { aim }: Area, tried: readonly Tried[]): boolean => {
  const equivalent = tried.filter((one) => !noticed(one) && reasonToPass(one.mutant) !== undefined)
  const living = tried.filter((one) => !noticed(one) && reasonToPass(one.mutant) === undefined)
  const killed = tried.filter(noticed)
  const share = killed.length / Math.max(1, killed.length + living.length)
  for (const { mutant, status } of living) console.log(`not noticed (${status}): ${nameOf(mutant)}`)
  console.log(
    `${name}: ${killed.length} of ${tried.length} noticed, ${equivalent.length} equivalent, ` +
      `${(share * 100).toFixed(1)} % without them (aim ${aim * 100} %)`,
  )
  return share >= aim
}

let reached = true
for (const name of positionals.length === 0 ? Object.keys(AREAS) : positionals)
  reached = (await mutate(name)) && reached
process.exitCode = reached ? 0 : 1
