import { checkBalance } from './checks/balance.ts'
import { checkMessages } from './checks/messages.ts'
import { checkProcesses } from './checks/processes.ts'
import { checkCommands, checkReplies } from './checks/replies.ts'
import { checkTickets } from './checks/tickets.ts'
import { checkViews } from './checks/views.ts'
import { type Finding, withEvidence } from './evidence.ts'
import { keepEvidence } from './keep-evidence.ts'
import { play, type Played, type PlayOptions } from './play.ts'
import { setStage, type Stage, type StageOptions } from './stage.ts'

export type { Finding } from './evidence.ts'

export interface CrashRunOptions extends PlayOptions, StageOptions {
  /** A folder in which to keep what a run with a violation left behind. */
  readonly keep?: string
}

/** Plays a whole run and holds everything against everything. */
export const crashRun = async (options: CrashRunOptions): Promise<readonly Finding[]> => {
  const began = performance.now()
  const stage = await setStage(options)
  try {
    const played = await play(stage, options)
    const seconds = Math.round((performance.now() - began) / 1_000)
    const findings = await withEvidence(stage, played, async (evidence) => [
      await checkMessages(evidence),
      checkCommands(evidence),
      await checkReplies(evidence),
      await checkTickets(evidence),
      await checkBalance(evidence),
      checkProcesses(evidence),
    ])
    const violations = findings.flatMap((found) => found.violations.map((violation) => `${found.name}: ${violation}`))
    if (options.keep !== undefined && violations.length > 0) await keepEvidence(options.keep, stage, violations)
    return [livesOf(stage, played, seconds), ...findings, await checkViews(stage.ground)]
  } catch (error) {
    if (options.keep !== undefined) await keepEvidence(options.keep, stage, [String(error)])
    throw error
  } finally {
    await stage.close()
  }
}

const livesOf = (stage: Stage, { ends, disturbances, mishaps }: Played, seconds: number): Finding => {
  const atSteps = ends.filter(({ kind }) => kind === 'step').length
  const count = (kind: string): number => disturbances.filter((each) => each.kind === kind).length
  return {
    name: 'lives',
    figures: {
      'kills at random instants': ends.length - atSteps + count('kill'),
      'kills at named steps': atSteps,
      ...(disturbances.length === 0
        ? {}
        : { 'pauses beyond the turn': count('pause'), 'restarts of the server': stage.outages.length }),
      'lives that opened the store': stage.boundaries.length,
      'webhook requests': stage.simulator.ledger.attempts.length,
      'seconds played': seconds,
    },
    violations: mishaps,
  }
}
