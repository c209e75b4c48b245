import type { Step } from '../../src/application/steps.ts'
import { Agents } from './agents.ts'
import { type Chance, chanceOf } from './chance.ts'
import { type Disturbance, disturb, disturbancesOf } from './disturbances.ts'
import { CREATION_STEPS, endsOf, WORK_STEPS } from './lives.ts'
import { at, type When } from './moments.ts'
import { pause, until } from './pause.ts'
import { type Act, planOf } from './plan.ts'
import type { Stage } from './stage.ts'
import { Troupe } from './troupe.ts'
import type { HostCommand, HostStatus } from './wire.ts'

export interface PlayOptions {
  readonly seed: number
  readonly customers: number
  readonly messages: number
  readonly replies: number
  /** Kills at random instants; 0 with `steps: false` is a run in which nobody dies. */
  readonly kills: number
  /** Whether a host that is alone also dies once at each named step. */
  readonly steps: boolean
  readonly jumps: number
  /** How often one of several hosts sleeps beyond its turn. */
  readonly pauses: number
  /** How often the server of the engine is stopped and started again under several hosts. */
  readonly restarts: number
}

/** What was played: the stage after the last act has what the platform knows. */
export interface Played {
  readonly troupe: Troupe
  readonly agents: Agents
  readonly channels: readonly string[]
  /** How the lives of a host that was alone ended. */
  readonly ends: readonly When[]
  /** What was done to several hosts. */
  readonly disturbances: readonly Disturbance[]
  /** Steps that were never come to, and hosts that ended by themselves. */
  readonly mishaps: readonly string[]
}

const LONGEST_STEP = 90_000
const SETTLED_WITHIN = 420_000

/** What several customers wrote and nobody has taken in yet; more would only wait. */
const MOST_UNDELIVERED = 100
/** Commands under way at once. */
const MOST_COMMANDS = 40

/** Makes both channels, with a death at each step of making the first; then all acts; then waits until all is settled. */
export const play = async (stage: Stage, options: PlayOptions): Promise<Played> => {
  const { seed, steps, kills } = options
  const mishaps: string[] = []
  const agents = new Agents(stage.turn)
  const isAlone = stage.hosts.length === 1
  const creations = steps && isAlone ? CREATION_STEPS : []
  const channels = await createChannels(stage, agents, creations, mishaps)

  // A creation has a minute of business time: on a slow machine that would be over before its third life.
  stage.clock.run()
  const acts = planOf(chanceOf(seed + 2), options)
  const troupe = new Troupe(stage, agents, chanceOf(seed + 3), channels)
  const lives = kills + WORK_STEPS.length + 1
  const ends = isAlone
    ? endsOf(chanceOf(seed + 1), kills, steps ? WORK_STEPS : [], {
        messages: options.messages / lives,
        replies: options.replies / lives,
      })
    : []
  const disturbances = isAlone ? [] : disturbancesOf(chanceOf(seed + 1), options, stage.goneAfter)
  if (isAlone) await playAlone(stage, ends, acts, troupe, mishaps)
  else await playTogether(stage, disturbances, acts, troupe, agents, chanceOf(seed + 4))
  await settle(stage, troupe, agents, channels)
  for (const { complaint, life } of stage.lives)
    if (complaint !== '') mishaps.push(`life ${life} wrote: ${complaint.slice(0, 500)}`)
  const atSteps = creations.map((step): When => ({ kind: 'step', step, nth: 1 }))
  return { troupe, agents, channels, ends: [...atSteps, ...ends], disturbances, mishaps }
}

const createChannels = async (
  stage: Stage,
  agents: Agents,
  creations: readonly Step[],
  mishaps: string[],
): Promise<readonly string[]> => {
  const channels: string[] = []
  for (const [place, account] of stage.accounts.entries()) {
    const { accountId, flavour, username, pageId, token } = account
    const made = agents.ask({
      command: 'create-channel',
      key: `channel-${place}`,
      departmentId: place === 0 ? 'sales' : 'support',
      account: { accountId, flavour, username, ...(pageId === undefined ? {} : { pageId }) },
      token,
    })
    for (const step of place === 0 ? creations : []) await die(stage, { kind: 'step', step, nth: 1 }, mishaps)
    for (const [slot, host] of stage.hosts.entries())
      if (host === undefined || host.isDead) await stage.raise(slot).ready
    const answer = await made
    if (answer.kind === 'refused') throw new Error(`a channel was refused: ${answer.code}`)
    channels.push((answer.body as { readonly channelId: string }).channelId)
  }
  return channels
}

/** One host, one life after the other. */
const playAlone = async (
  stage: Stage,
  ends: readonly When[],
  acts: readonly Act[],
  troupe: Troupe,
  mishaps: string[],
): Promise<void> => {
  let played = 0
  const actUpTo = (target: number): void => {
    for (; played < Math.min(target, acts.length); played++) troupe.play(acts[played] as Act)
  }
  if (ends.length > 0) await stage.hosts[0]?.kill()
  for (const [life, end] of ends.entries()) {
    const share = acts.length / (ends.length + 1)
    const stop = pacing(life * share, share, end, actUpTo)
    await die(stage, end, mishaps)
    stop()
    actUpTo((life + 1) * share)
  }
  if (ends.length > 0) stage.raise(0)
  for (; played < acts.length; await pause(10)) actUpTo(played + 2)
}

/** Several hosts: one disturbance after the other, two at a time at most, each in its share of the acts. */
const playTogether = async (
  stage: Stage,
  disturbances: readonly Disturbance[],
  acts: readonly Act[],
  troupe: Troupe,
  agents: Agents,
  chance: Chance,
): Promise<void> => {
  const share = acts.length / (disturbances.length + 1)
  const under = new Set<Promise<void>>()
  const waiting = [...disturbances]
  let begun = 0
  for (let played = 0; played < acts.length || waiting.length > 0 || under.size > 0;) {
    // Never all of them at once: somebody goes on.
    while (waiting.length > 0 && under.size < Math.min(2, stage.hosts.length - 1) && played >= (begun + 1) * share) {
      const [disturbance] = waiting.splice(0, 1)
      if (disturbance === undefined) break
      begun++
      const work = disturb(stage, disturbance, chance).finally(() => under.delete(work))
      under.add(work)
    }
    const mayGoOn = troupe.undelivered < MOST_UNDELIVERED && agents.waiting < MOST_COMMANDS
    // While a disturbance takes longer than its share, the others still have something to do.
    const isSlow = under.size > 0 && played >= (begun + 1) * share
    for (let act = 0; mayGoOn && act < (isSlow ? 1 : 4) && played < acts.length; act++)
      troupe.play(acts[played++] as Act)
    await pause(isSlow ? 20 : 5)
  }
}

/** Plays a life's share of the acts over the time it will probably live, and slowly more if it lives on. */
const pacing = (from: number, share: number, end: When, actUpTo: (target: number) => void): (() => void) => {
  const began = performance.now()
  const expected = end.kind === 'time' ? end.after : 2_000
  const timer = setInterval(() => {
    const lived = (performance.now() - began) / expected
    actUpTo(from + share * (lived < 1 ? lived : 1 + (lived - 1) / 4))
  }, 20)
  return () => clearInterval(timer)
}

/** One life of a host that is alone, to its end. */
const die = async (stage: Stage, end: When, mishaps: string[]): Promise<void> => {
  const host = stage.raise(0, end.kind === 'step' ? { ...end, signal: 'SIGKILL' } : undefined)
  const kill = (): void => void host.kill()
  if (end.kind !== 'step') {
    const over = at(stage, host, end, kill)
    await host.exited
    return over()
  }
  const isConversion = end.step === 'converted' || end.step === 'ticket-opened'
  const hurry = setInterval(() => {
    if (isConversion && host.url !== undefined) stage.clock.jump(61 * 60_000)
  }, 1_500)
  const limit = setTimeout(() => {
    mishaps.push(`the host never came to the step ${end.step}`)
    kill()
  }, LONGEST_STEP)
  await host.exited
  clearInterval(hurry)
  clearTimeout(limit)
}

/** All redeliveries done, every reply settled, every conversion due and made, nothing written any more. */
const settle = async (stage: Stage, troupe: Troupe, agents: Agents, channelIds: readonly string[]): Promise<void> => {
  const status = async (): Promise<HostStatus> => {
    const command: HostCommand = { command: 'status', channelIds }
    const answer = await agents.ask(command)
    if (answer.kind === 'refused') throw new Error(`status was refused: ${answer.code}`)
    return answer.body as HostStatus
  }
  await troupe.answered()
  await stage.simulator.idle()
  // A limit makes a host wait longer each time: it would be real minutes before the last reply has left.
  stage.simulator.faults.set({ throttle: 0 })
  let left: HostStatus | undefined
  await until('every reply is settled', SETTLED_WITHIN, async () => {
    left = await status()
    return left.open === 0 ? true : undefined
  }).catch((error: unknown) => {
    throw new Error(`${left?.open} replies are open: ${JSON.stringify(left?.examples)}`, { cause: error })
  })
  stage.clock.jump(61 * 60_000)
  await until('every conversion is made', 60_000, async () =>
    (await status()).pendingConversions === 0 ? true : undefined,
  )
  await stage.simulator.idle()
  let last = await status()
  await until('the log is quiet', 60_000, async () => {
    await pause(1_000)
    const now = await status()
    const isQuiet = now.head === last.head && now.open === 0 && now.pendingConversions === 0
    last = now
    return isQuiet ? true : undefined
  })
  await Promise.all(stage.hosts.flatMap((host) => (host === undefined ? [] : [host.stop()])))
}
