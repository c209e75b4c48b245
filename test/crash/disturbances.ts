import type { Chance } from './chance.ts'
import { at, type When } from './moments.ts'
import { pause } from './pause.ts'
import type { HostProcess } from './host-process.ts'
import type { Stage } from './stage.ts'

/** What is done to one of several hosts, or to what they stand on, while the others go on. */
export type Disturbance =
  /** It comes back after so many real milliseconds. */
  | { readonly kind: 'kill'; readonly when: When; readonly away: number }
  /** It sleeps for so many real milliseconds, longer than others wait for it. */
  | { readonly kind: 'pause'; readonly when: When; readonly away: number }
  | { readonly kind: 'restart' }

export interface DisturbanceCounts {
  readonly kills: number
  readonly pauses: number
  readonly restarts: number
}

/** Real milliseconds for which one waits until a host comes to a step. */
const LONGEST_STEP = 20_000
/** Real milliseconds after a restart in which hosts may still be finding their server again. */
const RECOVERY = 1_500

const someTime = (chance: Chance): When => {
  const kind = chance.next()
  if (kind < 0.3) return { kind: 'send', nth: chance.between(1, 3), moment: chance.pick(['asked', 'done']) }
  if (kind < 0.5) return { kind: 'webhook', nth: chance.between(1, 5), after: chance.between(0, 25) }
  // Between what is written down and the call: where a process that wakes up must know that its time is over.
  if (kind < 0.75) return { kind: 'step', step: chance.pick(['attempted', 'attempted', 'called']), nth: 1 }
  return { kind: 'time', since: 'ready', after: chance.between(0, 400) }
}

/** All of them, in an order of chance. */
export const disturbancesOf = (
  chance: Chance,
  { kills, pauses, restarts }: DisturbanceCounts,
  goneAfter: number,
): readonly Disturbance[] => {
  const all: Disturbance[] = Array.from({ length: restarts }, () => ({ kind: 'restart' }))
  const put = (disturbance: Disturbance): void => void all.splice(chance.between(0, all.length), 0, disturbance)
  for (let kill = 0; kill < kills; kill++)
    put({ kind: 'kill', when: someTime(chance), away: chance.happens(0.5) ? 0 : chance.between(100, 3_000) })
  // Some sleep until others have given up what they had under way.
  for (let slept = 0; slept < pauses; slept++)
    put({ kind: 'pause', when: someTime(chance), away: goneAfter + chance.between(300, 5_000) })
  return all
}

/** Does it, and resolves when everything is as before. */
export const disturb = async (stage: Stage, disturbance: Disturbance, chance: Chance): Promise<void> => {
  if (disturbance.kind === 'restart') {
    const from = stage.now()
    await stage.ground.restart?.()
    await pause(RECOVERY)
    stage.outages.push({ from, to: stage.now() })
    return
  }
  // Two that came to one host would raise two in its place, of which nobody would know the first any more.
  const calm = stage.hosts.filter((host) => host?.url !== undefined && !host.isDisturbed)
  const victim = calm[chance.between(0, calm.length - 1)]
  if (victim === undefined) return
  victim.isDisturbed = true
  const { when, kind, away } = disturbance
  if (when.kind === 'step') {
    const { step, nth } = when
    const signal = kind === 'kill' ? 'SIGKILL' : 'SIGSTOP'
    await Promise.race([victim.obey({ step, nth, signal }), pause(LONGEST_STEP)])
    // Or it would stop when it comes there later, and nobody would wake it.
    victim.tell({ kind: 'order' })
  } else {
    await new Promise<void>((resolve) => {
      const over = at(stage, victim, when, () => {
        over()
        resolve()
      })
    })
  }
  if (kind === 'kill' || victim.isDead) await killAndRaise(stage, victim, away)
  else {
    victim.pause()
    await pause(away)
    victim.resume()
    victim.isDisturbed = false
  }
}

const killAndRaise = async (stage: Stage, victim: HostProcess, away: number): Promise<void> => {
  await victim.kill()
  await pause(away)
  await stage.raise(victim.slot).ready
}
