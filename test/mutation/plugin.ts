import { CheckStatus, type CheckResult, type Checker } from '@stryker-mutator/api/check'
import type { Mutant as PlannedMutant } from '@stryker-mutator/api/core'
import { commonTokens, declareClassPlugin, declareFactoryPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import type { MutationTestingPlanReadyEvent, Reporter } from '@stryker-mutator/api/report'
import type { TestRunner } from '@stryker-mutator/api/test-runner'
import { strykerPlugins as vitestPlugins } from '@stryker-mutator/vitest-runner'
import { mutantOf, nameOf, plannedMutantOf, sampleOf } from './mutant.ts'
import { RunFile } from './run-file.ts'

// Stryker loads this file in its own process, and again in that of the checker: both read the same settings.
const setting = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: start this by npm run mutate`)
  return value
}
const runFile = new RunFile(setting('MUTATE_RUN_FILE'))

/** Draws the sample once all mutants are known, and writes down what became of each. */
class Recorder implements Reporter {
  onMutationTestingPlanReady({ mutantPlans }: MutationTestingPlanReadyEvent): void {
    if (runFile.read() !== undefined) return
    const all = mutantPlans
      .filter(({ mutant }) => mutant.status === undefined)
      .map(({ mutant }) => plannedMutantOf(mutant))
    const sample = sampleOf(all, Number(setting('MUTATE_SEED')), Number(setting('MUTATE_SAMPLE')))
    runFile.begin(setting('MUTATE_FINGERPRINT'), sample)
  }

  onMutantTested(result: Readonly<PlannedMutant>): void {
    if (result.status === undefined || result.status === 'CompileError' || result.status === 'Ignored') return
    const mutant = mutantOf(result)
    runFile.add({ mutant, status: result.status })
    process.stdout.write(`${result.status.padEnd(10)} ${nameOf(mutant)}\n`)
  }
}

/** Lets only those mutants be run that are in the sample and still to be tried: a checker is where Stryker asks. */
class Sampler implements Checker {
  #wanted: ReadonlySet<string> | undefined

  async init(): Promise<void> {}

  async check(mutants: PlannedMutant[]): Promise<Record<string, CheckResult>> {
    const wanted = (this.#wanted ??= this.#toTry())
    return Object.fromEntries(
      mutants.map((mutant) => [
        mutant.id,
        wanted.has(nameOf(plannedMutantOf(mutant)))
          ? { status: CheckStatus.Passed }
          : { status: CheckStatus.CompileError, reason: 'not to be tried in this run' },
      ]),
    )
  }

  async group(mutants: PlannedMutant[]): Promise<string[][]> {
    return [mutants.map(({ id }) => id)]
  }

  #toTry(): ReadonlySet<string> {
    const run = runFile.read()
    const done = new Set(run?.tried.map(({ mutant }) => nameOf(mutant)))
    return new Set(run?.sample.map(nameOf).filter((name) => !done.has(name)))
  }
}

type RunnerFactory = (injector: unknown) => TestRunner
const [{ factory: runnerOf }] = vitestPlugins as unknown as readonly [{ readonly factory: RunnerFactory }]

/**
 * Stryker's runner for vitest, with names of tests as vitest 5 joins them (`suite > test`; Stryker joins them with a space).
 * Without it no test in a `describe` would be run against any mutant, and each would count as survived.
 */
const vitest5Runner = (injector: unknown): TestRunner => {
  const runner = runnerOf(injector)
  const init = runner.init?.bind(runner)
  runner.init = async () => {
    await init?.()
    const { projects } = (runner as unknown as { ctx: { projects: { config: object }[] } }).ctx
    for (const { config } of projects) {
      let pattern: RegExp | undefined
      Object.defineProperty(config, 'testNamePattern', {
        get: () => pattern,
        set: (given?: RegExp) => {
          pattern = given && new RegExp(given.source.replaceAll(' ', '(?: > | )'))
        },
        enumerable: true,
      })
    }
  }
  return runner
}
vitest5Runner.inject = tokens(commonTokens.injector)

export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.TestRunner, 'vitest-5', vitest5Runner),
  declareClassPlugin(PluginKind.Reporter, 'recorder', Recorder),
  declareClassPlugin(PluginKind.Checker, 'sampler', Sampler),
]
