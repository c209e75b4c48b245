import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
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
import { type HostProcess, startHost } from './host-process.ts'
import { observe, type Observer } from './observer.ts'
import { type RunningClock, runningClock } from './running-clock.ts'
import type { HostSettings } from './wire.ts'

const NOON = 1_788_858_000_000
/** Business time runs so much faster than real time. */
const PACE = 8
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

/** Where one life of the host ended and the next began. */
export interface Boundary {
  /** The last position of the log; null while it was empty. */
  readonly head: string | null
  /** How many webhook requests had got their answer, or none, by then. */
  readonly requests: number
}

/** The platform, the clock and the one host that lives at the time. What stands here survives every kill. */
export interface Stage {
  readonly simulator: Simulator
  readonly observer: Observer
  readonly clock: RunningClock
  readonly accounts: readonly AccountHandle[]
  readonly customers: readonly CustomerHandle[]
  readonly boundaries: readonly Boundary[]
  readonly database: string
  /** Called when a webhook request is on its way to the host. */
  onWebhook: () => void
  /** The living host, if there is one. */
  host: HostProcess | undefined
  /** Begins the next life. */
  raise(crashAt?: HostSettings['crashAt']): HostProcess
  close(): Promise<void>
}

export const setStage = async (seed: number, customers: number): Promise<Stage> => {
  const folder = await mkdtemp(join(tmpdir(), 'madoguchi-crash-'))
  const database = join(folder, 'desk.db')
  const clock = runningClock(NOON, PACE, (now) => stage.host?.tell({ now }))
  const secrets = { appSecret: '0123456789abcdef0123456789abcdef', verifyToken: 'verify' }
  const simulator = createSimulator({
    ...secrets,
    seed,
    clock,
    faults: FAULTS,
    delivery: { maxEvents: 4, lingerMs: 5, retryMs: [0, 100, 500, 2_000], timeoutMs: 5_000 },
    webhook: (request) => forward(stage, request),
    // Meta allows two looks a second; a run that ends today takes more.
    limits: { conversations: 50 },
  })
  const boundaries: Boundary[] = []
  const observer = observe(
    (request) => simulator.handle(request),
    () => boundaries.length,
  )
  const listening: Listening = await serve(observer.handle)
  const accounts = [
    simulator.addAccount({ flavour: 'instagram-login', username: 'acme.shop' }),
    simulator.addAccount({ flavour: 'facebook-login', username: 'acme.support' }),
  ] as const
  const stage: Stage = {
    simulator,
    observer,
    clock,
    accounts,
    customers: Array.from({ length: customers }, (_, number) =>
      accounts[number % 2 === 0 ? 0 : 1].customer({ name: `Customer ${number}`, username: `customer.${number}` }),
    ),
    boundaries,
    database,
    onWebhook: () => {},
    host: undefined,
    raise: (crashAt) => {
      const host = startHost({
        database,
        ...secrets,
        graph: listening.url,
        now: clock.now(),
        callTimeout: CALL_TIMEOUT,
        ...(crashAt === undefined ? {} : { crashAt }),
      })
      stage.host = host
      void host.opened.then((opened) => {
        if (opened !== undefined) boundaries.push({ head: opened.head, requests: simulator.ledger.attempts.length })
      })
      void host.ready.then(() => simulator.retryNow())
      return host
    },
    close: async () => {
      clock.stop()
      await stage.host?.kill()
      await simulator.close()
      await listening.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return stage
}

/** Posts a webhook to whatever host lives now, over real HTTP. */
const forward = async (stage: Stage, request: Request): Promise<Response> => {
  const url = stage.host?.url
  if (url === undefined) throw Object.assign(new Error('no host lives'), { name: NOBODY })
  const body = await request.arrayBuffer()
  const answer = fetch(`${url}/instagram`, { method: 'POST', headers: request.headers, body, signal: request.signal })
  stage.onWebhook()
  return answer
}
