import { checkBalance } from './checks/balance.ts'
import { checkMessages } from './checks/messages.ts'
import { checkCommands, checkReplies } from './checks/replies.ts'
import { checkTickets } from './checks/tickets.ts'
import { checkViews } from './checks/views.ts'
import { type Finding, withEvidence } from './evidence.ts'
import { play, type PlayOptions } from './play.ts'
import { setStage } from './stage.ts'

export type { Finding } from './evidence.ts'

/** Plays a whole run and holds everything against everything. */
export const crashRun = async (options: PlayOptions): Promise<readonly Finding[]> => {
  const began = performance.now()
  const stage = await setStage(options.seed, options.customers)
  try {
    const played = await play(stage, options)
    const atSteps = played.ends.filter(({ kind }) => kind === 'step').length
    const lives: Finding = {
      name: 'lives',
      figures: {
        'kills at random instants': played.ends.length - atSteps,
        'kills at named steps': atSteps,
        'lives that opened the store': stage.boundaries.length,
        'webhook requests': stage.simulator.ledger.attempts.length,
        'seconds played': Math.round((performance.now() - began) / 1_000),
      },
      violations: played.mishaps,
    }
    const findings = await withEvidence(stage, played, async (evidence) => [
      await checkMessages(evidence),
      checkCommands(evidence),
      await checkReplies(evidence),
      await checkTickets(evidence),
      await checkBalance(evidence),
    ])
    return [lives, ...findings, await checkViews(stage.database)]
  } finally {
    await stage.close()
  }
}
