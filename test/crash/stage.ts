import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type AccountHandle,
  createSimulator,
  type CustomerHandle,
  type Faults,
  type Listening,
  serve,
  type Simulator,
} from 'madoguchi/simulator'
import { tempFolder } from '../temp-folder.ts'
import { type Ground, type GroundOptions, layGround } from './ground.ts'
import { HostProcess, type Moment, type Trouble } from './host-process.ts'
import { addressOf, observe, type Observer } from './observer.ts'
import { type RunningClock, runningClock } from './running-clock.ts'
import type { HostSettings } from './wire.ts'

const NOON = 1_788_858_000_000
/** Business time runs so much faster than real time. */
export const PACE = 8
/** After this a call's outcome is unknown to the host, in milliseconds of real time. */
export const CALL_TIMEOUT = 1_500

/** Why a webhook request was not even posted. */
export const NOBODY = 'NobodyListens'

/** What goes wrong all the time. */
const FAULTS: Partial<Faults> = {
  duplicate: 0.1,
  reorder: 0.1,
  echoFirst: 0.25,
  loseAnswer: 0.1,
  dropEcho: 0.12,
  throttle: 0.012,
  serverError: 0.02,
}

export interface StageOptions extends GroundOptions {
  readonly seed: number
  readonly customers: number
  /** How many processes share the desk. */
  readonly hosts: number
  /** Milliseconds of real time after which a process counts as gone. */
  readonly goneAfter: number
}

/** Where one life of a host began. */
export interface Boundary {
  /** The last position of the log that it found; null while it was empty. */
  readonly head: string | null
  /** How many webhook requests had got their answer, or none, before that. */
  readonly requests: number
}

/** The platform, the clock, the engine and the hosts that live at the time. What stands here survives every kill. */
export interface Stage {
  readonly simulator: Simulator
  readonly observer: Observer
  readonly clock: RunningClock
  readonly accounts: readonly AccountHandle[]
  readonly customers: readonly CustomerHandle[]
  readonly boundaries: readonly Boundary[]
  readonly ground: Ground
  readonly goneAfter: number
  /** Called when a webhook request is on its way to that life of a host. */
  readonly onWebhook: Set<(life: number) => void>
  /** All lives, in the order in which they began. */
  readonly lives: readonly HostProcess[]
  /** Whoever lives at each place, if somebody does. */
  readonly hosts: readonly (HostProcess | undefined)[]
  /** When the server of the engine was away. */
  readonly outages: Trouble[]
  now(): Moment
  /** The address of a host that listens, each time another one; undefined if none does. */
  turn(): string | undefined
  /** Begins the next life at that place. */
  raise(slot: number, order?: HostSettings['order']): HostProcess
  close(): Promise<void>
}

export const setStage = async (options: StageOptions): Promise<Stage> => {
  const { seed, customers } = options
  const folder = tempFolder('crash')
  const ground = await layGround(options, folder)
  const clockFile = join(folder, 'clock')
  const clock = runningClock(clockFile, NOON, PACE, () => {
    for (const host of hosts) host?.tell({ kind: 'moved' })
  })
  const now = (): Moment => ({ real: Date.now(), business: clock.now() })
  const secrets = { appSecret: '0123456789abcdef0123456789abcdef', verifyToken: 'verify' }
  const hosts: (HostProcess | undefined)[] = Array.from({ length: options.hosts }, () => undefined)
  const lives: HostProcess[] = []
  let turns = 0
  const next = (): HostProcess | undefined => {
    for (let tried = 0; tried < hosts.length; tried++) {
      const host = hosts[turns++ % hosts.length]
      if (host?.url !== undefined) return host
    }
    return undefined
  }
  const onWebhook = new Set<(life: number) => void>()
  /** Posts a webhook to whichever host has its turn, over real HTTP; to a paused one too, as a front would that cannot know. */
  const forward = async (request: Request): Promise<Response> => {
    const host = next()
    if (host === undefined) throw Object.assign(new Error('no host lives'), { name: NOBODY })
    const body = await request.arrayBuffer()
    const { headers, signal } = request
    const answer = fetch(`${host.url}/instagram`, { method: 'POST', headers, body, signal })
    for (const listener of onWebhook) listener(host.life)
    return answer
  }
  const simulator = createSimulator({
    ...secrets,
    seed,
    clock,
    // A 5xx of which nothing was done can be settled by nobody: with many hosts it is counted what becomes of replies otherwise.
    faults: options.hosts > 1 ? { ...FAULTS, serverError: 0 } : FAULTS,
    delivery: {
      maxEvents: 4,
      lingerMs: 5,
      retryMs: [0, 100, 500, 2_000],
      timeoutMs: 5_000,
      concurrency: 8 * options.hosts,
    },
    webhook: forward,
    // Meta allows two looks a second; a run that ends today takes more.
    limits: { conversations: 50 },
  })
  const boundaries: Boundary[] = []
  const observer = observe((request) => simulator.handle(request), clock.now)
  const listening: Listening = await serve(observer.handle)
  const accounts = [
    simulator.addAccount({ flavour: 'instagram-login', username: 'acme.shop' }),
    simulator.addAccount({ flavour: 'facebook-login', username: 'acme.support' }),
  ] as const
  return {
    simulator,
    observer,
    clock,
    accounts,
    customers: Array.from({ length: customers }, (_, number) =>
      accounts[number % 2 === 0 ? 0 : 1].customer({ name: `Customer ${number}`, username: `customer.${number}` }),
    ),
    boundaries,
    ground,
    goneAfter: options.goneAfter,
    onWebhook,
    lives,
    hosts,
    outages: [],
    now,
    turn: () => next()?.url,
    raise: (slot, order) => {
      const life = lives.length + 1
      // What was answered before this process is there stands in the log that it finds.
      const requests = simulator.ledger.attempts.length
      const host = new HostProcess(
        {
          engine: ground.settings,
          ...secrets,
          graph: addressOf(listening.url, life),
          clock: clockFile,
          callTimeout: CALL_TIMEOUT,
          goneAfter: options.goneAfter,
          ...(order === undefined ? {} : { order }),
        },
        { life, slot },
        now,
      )
      lives.push(host)
      hosts[slot] = host
      void host.opened.then((opened) => {
        if (opened !== undefined) boundaries.push({ head: opened.head, requests })
      })
      void host.ready.then(() => simulator.retryNow())
      return host
    },
    close: async () => {
      for (const host of hosts) {
        if (host?.isPaused === true) host.resume()
        await host?.kill()
      }
      clock.close()
      await simulator.close()
      await listening.close()
      await ground.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
