import { Agents } from './agents.ts'
import { chanceOf } from './chance.ts'
import { CREATION_STEPS, type End, endsOf, WORK_STEPS } from './lives.ts'
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
  /** Whether the host also dies once at each named step. */
  readonly steps: boolean
  readonly jumps: number
}

/** What was played: the stage after the last act has what the platform knows. */
export interface Played {
  readonly troupe: Troupe
  readonly agents: Agents
  readonly channels: readonly string[]
  readonly ends: readonly End[]
  /** Steps that were never come to, and hosts that ended by themselves. */
  readonly mishaps: readonly string[]
}

/** Real milliseconds that a life without an end of its own may last. */
const LONGEST_LIFE = 5_000
const LONGEST_STEP = 90_000
const SETTLED_WITHIN = 420_000

/** Makes both channels, with a death at each step of making the first; then all acts; then waits until all is settled. */
export const play = async (stage: Stage, options: PlayOptions): Promise<Played> => {
  const { seed, steps, kills } = options
  const mishaps: string[] = []
  const agents = new Agents(() => stage.host?.url)
  const channels: string[] = []
  const creations = steps ? CREATION_STEPS : []
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
    if (stage.host === undefined || stage.host.isDead) stage.raise()
    const answer = await made
    if (answer.kind === 'refused') throw new Error(`a channel was refused: ${answer.code}`)
    channels.push((answer.body as { readonly channelId: string }).channelId)
  }

  // A creation has a minute of business time: on a slow machine that would be over before its third life.
  stage.clock.run()
  const lives = kills + WORK_STEPS.length + 1
  const ends = endsOf(chanceOf(seed + 1), kills, steps ? WORK_STEPS : [], {
    messages: options.messages / lives,
    replies: options.replies / lives,
  })
  const acts = planOf(chanceOf(seed + 2), options)
  const troupe = new Troupe(stage, agents, chanceOf(seed + 3), channels)
  let at = 0
  const actUpTo = (target: number): void => {
    for (; at < Math.min(target, acts.length); at++) troupe.play(acts[at] as Act)
  }
  if (ends.length > 0) await stage.host?.kill()
  for (const [life, end] of ends.entries()) {
    const share = acts.length / (ends.length + 1)
    const stop = pacing(life * share, share, end, actUpTo)
    await die(stage, end, mishaps)
    stop()
    actUpTo((life + 1) * share)
  }
  if (ends.length > 0) stage.raise()
  for (; at < acts.length; await pause(10)) actUpTo(at + 2)
  await settle(stage, troupe, agents, channels)
  return {
    troupe,
    agents,
    channels,
    ends: [...creations.map((step): End => ({ kind: 'step', step, nth: 1 })), ...ends],
    mishaps,
  }
}

/** Plays a life's share of the acts over the time it will probably live, and slowly more if it lives on. */
const pacing = (from: number, share: number, end: End, actUpTo: (target: number) => void): (() => void) => {
  const began = performance.now()
  const expected = end.kind === 'time' ? end.after : 2_000
  const timer = setInterval(() => {
    const lived = (performance.now() - began) / expected
    actUpTo(from + share * (lived < 1 ? lived : 1 + (lived - 1) / 4))
  }, 20)
  return () => clearInterval(timer)
}

/** One life, to its end. */
const die = async (stage: Stage, end: End, mishaps: string[]): Promise<void> => {
  const host = stage.raise(end.kind === 'step' ? end : undefined)
  let limit: NodeJS.Timeout | undefined
  const kill = (): void => void host.kill()
  const killAfter = (milliseconds: number): void => {
    limit = setTimeout(kill, milliseconds)
  }
  let seen = 0
  switch (end.kind) {
    case 'time':
      if (end.since === 'started') killAfter(end.after)
      else void host.ready.then(() => killAfter(end.after))
      break
    case 'send':
      stage.observer.onSend = (moment) => {
        if (moment === end.moment && ++seen === end.nth) kill()
      }
      void host.ready.then(() => killAfter(LONGEST_LIFE))
      break
    case 'webhook':
      stage.onWebhook = () => {
        if (++seen === end.nth) setTimeout(kill, end.after)
      }
      void host.ready.then(() => killAfter(LONGEST_LIFE))
      break
    case 'step': {
      const isConversion = end.step === 'converted' || end.step === 'ticket-opened'
      const hurry = setInterval(() => {
        if (isConversion && host.url !== undefined) stage.clock.jump(61 * 60_000)
      }, 1_500)
      limit = setTimeout(() => {
        mishaps.push(`the host never came to the step ${end.step}`)
        kill()
      }, LONGEST_STEP)
      void host.exited.then(() => clearInterval(hurry))
      break
    }
  }
  await host.exited
  clearTimeout(limit)
  stage.observer.onSend = () => {}
  stage.onWebhook = () => {}
  if (host.complaint !== '') mishaps.push(`the host wrote: ${host.complaint.slice(0, 500)}`)
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
  await stage.host?.stop()
  if (stage.host !== undefined && stage.host.complaint !== '') throw new Error(stage.host.complaint)
}
