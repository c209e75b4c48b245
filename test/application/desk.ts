import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { createDesk, type Actor, type Desk, type DeskOptions, type Store } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { meta } from 'madoguchi/meta'
import {
  createSimulator,
  isLostAnswer,
  movableClock,
  signature256,
  toWire,
  type AccountHandle,
  type Simulator,
  type SimulatorOptions,
} from 'madoguchi/simulator'
import { sqlite } from 'madoguchi/sqlite'
import { tempFolder } from '../temp-folder.ts'
import { fastForwardRuntime, type FastForwardRuntime } from './fast-forward.ts'

// A desk as a host opens it, for tests: on a real engine, with the simulator as Meta and a clock that can be moved.

export const NOON = 1_788_858_000_000
export const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 24 * HOUR
export const SECRET = '0123456789abcdef0123456789abcdef'

export const system: Actor = { kind: 'system' }
export const administrator: Actor = { kind: 'administrator', id: 'sato', organizationId: 'acme' }
export const stranger: Actor = { kind: 'administrator', id: 'moss', organizationId: 'other' }
export const agent = (id: string, organizationId = 'acme'): Actor => ({ kind: 'agent', id, organizationId })
export const aki: Actor = agent('aki')
export const ben: Actor = agent('ben')

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})
/** Runs when the test has ended, the last one first. */
export const afterwards = (close: () => Promise<unknown>): void => void open.push(close)

export const silent = { info: () => {}, warn: () => {}, error: () => {} }

/** A log that keeps what operators are told. */
export const recording = () => {
  const lines: Readonly<Record<string, unknown>>[] = []
  const write = (message: string, facts?: object): void => void lines.push({ message, ...facts })
  return { lines, log: { info: write, warn: write, error: write } }
}

/** A folder for one test. */
export const folder = (): string => {
  const path = tempFolder()
  afterwards(async () => rmSync(path, { recursive: true, force: true }))
  return path
}
export const engines: Readonly<Record<string, () => Store>> = {
  memory: () => memory(),
  sqlite: () => sqlite(join(folder(), 'desk.db')),
}

/** A clock that stands still until it is moved, and tells the desk when it is. */
export const deskClock = (start: number = NOON) => {
  const clock = movableClock(start)
  const listeners = new Set<() => void>()
  return {
    now: () => clock.now(),
    onMove: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    advance: (milliseconds: number) => {
      clock.advance(milliseconds)
      for (const listener of listeners) listener()
    },
  }
}
export type DeskClock = ReturnType<typeof deskClock>

export interface Opened {
  readonly desk: Desk
  readonly store: Store
  readonly clock: DeskClock
  readonly simulator: Simulator
  readonly runtime: FastForwardRuntime
  readonly options: DeskOptions
}

/** Calls Meta as the simulator, in this process: when its promises have ended, nothing of a call is under way. */
const callsTo =
  (simulator: Simulator): typeof globalThis.fetch =>
  async (input, { signal, ...init } = {}) => {
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
    signal?.throwIfAborted()
    const response = await Promise.race([simulator.handle(new Request(input, init)), aborted])
    if (isLostAnswer(response)) throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } })
    return response
  }

/** Options of a desk beside which no process dies: however busy the machine is, it is not taken for one that sleeps. */
export const NOBODY_DIES = { processes: { goneAfter: 20_000 } } as const

/** A desk that has been started, with the simulator behind its messenger and in front of its webhook. */
export const openDesk = async (
  changes: Omit<Partial<DeskOptions>, 'clock'> & {
    readonly simulator?: Partial<SimulatorOptions>
    readonly clock?: DeskClock
    readonly started?: boolean
  } = {},
): Promise<Opened> => {
  const { simulator: simulated, clock = deskClock(), started = true, ...rest } = changes
  const runtime = fastForwardRuntime()
  const simulator = createSimulator({
    appSecret: SECRET,
    verifyToken: 'verify',
    appId: '1110000000000002',
    clock,
    runtime,
    ...simulated,
  })
  const options: DeskOptions = {
    store: memory({ runtime }),
    meta: meta({
      appSecrets: [SECRET],
      verifyToken: 'verify',
      hosts: { facebook: 'http://meta.test/graph.facebook.com', instagram: 'http://meta.test/graph.instagram.com' },
      fetch: callsTo(simulator),
      runtime,
    }),
    clock,
    runtime,
    log: silent,
    // What a desk that was killed did is taken over soon, and a busy machine is not taken for a process that sleeps: a call that
    // it had begun would be tried again later by a clock that stands still.
    processes: { goneAfter: 2_000 },
    ...rest,
  }
  const desk = createDesk(options)
  simulator.setWebhook((request) => desk.handle(request))
  if (started) await desk.start()
  afterwards(() => desk.stop())
  afterwards(() => simulator.close())
  return { desk, store: options.store, clock, simulator, runtime, options }
}

/** A second desk on the same store, as another process would open it. It is stopped with the test. */
export const anotherDesk = async (
  options: DeskOptions,
  changes: Partial<DeskOptions> = {},
  started = true,
): Promise<Desk> => {
  const desk = createDesk({ ...options, ...changes })
  if (started) await desk.start()
  afterwards(() => desk.stop())
  return desk
}

/** An organization with departments enough. */
export const withOrganization = (desk: Desk, organizationId = 'acme'): Promise<unknown> =>
  desk.organizations.setDepartments(system, { organizationId, departments: ['sales', 'support', 'returns', 'press'] })

/** A live channel of the account, with agents `aki` and `ben` unless others are named. */
export const withChannel = async (
  desk: Desk,
  account: Pick<AccountHandle, 'accountId' | 'token'> | string,
  { agents = ['aki', 'ben'], organizationId = 'acme', name = 'Acme' } = {},
): Promise<string> => {
  const { accountId, token } = typeof account === 'string' ? { accountId: account, token: 'token' } : account
  const { channelId } = await desk.channels.create(
    { kind: 'administrator', id: 'sato', organizationId },
    {
      organizationId,
      name,
      departmentId: 'sales',
      account: { accountId, flavour: 'instagram-login', username: 'acme.shop' },
      token,
      agents,
    },
  )
  return channelId
}

/** Everything at once: a desk, an account of the simulator, and its channel. */
export const openChannel = async (changes: Parameters<typeof openDesk>[0] = {}) => {
  const opened = await openDesk(changes)
  await withOrganization(opened.desk)
  const account = opened.simulator.addAccount({ flavour: 'instagram-login', username: 'acme.shop' })
  const channelId = await withChannel(opened.desk, account)
  if (changes.started !== false) await caughtUp(opened)
  return { ...opened, account, channelId }
}

/** Waits until every view shows everything that is in the log by now. */
export const caughtUp = async ({ desk, store }: Pick<Opened, 'desk' | 'store'>): Promise<void> => {
  const { events } = await store.events.readAll({ backwards: true, limit: 1 })
  await desk.waitFor(events[0]?.position)
}

/** Milliseconds that are more than any worker sleeps, and more than a back-off after a few failures. */
const ALL_IDLE = 5_000

/**
 * Lets everything happen that happens by itself while the clock stands still: five seconds of the desk's workers and of Meta are
 * skipped, and everything that is due in them ends. What has not happened then does not happen.
 */
export const settled = ({ runtime }: Pick<Opened, 'runtime'>, milliseconds = ALL_IDLE): Promise<void> =>
  runtime.fastForward(milliseconds)

/** Less than a test may last, so that it is the condition that is reported; more than a busy machine needs. */
const PATIENCE = 100_000

/** Asks again and again until there is an answer. */
export const until = async <Value>(ask: () => Promise<Value | undefined | false>): Promise<Value> => {
  for (const end = performance.now() + PATIENCE; ;) {
    const value = await ask()
    if (value !== undefined && value !== false) return value
    if (performance.now() > end) throw new Error('it did not happen')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

// What Meta would post. The texts of a body are escaped as on the wire.

const WEBHOOK = 'http://desk.test/instagram/webhook'
/** A webhook as Meta posts it, signed over its very bytes. */
export const signed = (body: string | Uint8Array, headers: Record<string, string> = {}): Request => {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body)
  return new Request(WEBHOOK, {
    method: 'POST',
    body: bytes,
    headers: { 'x-hub-signature-256': signature256(bytes, SECRET), ...headers },
  })
}
/** Posts a body and gives the status. */
export const post = async (desk: Desk, body: unknown): Promise<number> =>
  (await desk.handle(signed(typeof body === 'string' ? body : toWire(body as never)))).status

export const ACCOUNT = '17841499000000001'
export const CUSTOMER = '900000000000001'
interface Of {
  readonly account?: string
  readonly customer?: string
  readonly at?: number
}
const between = (from: string, to: string, at: number) => ({
  sender: { id: from },
  recipient: { id: to },
  timestamp: at,
})
/** A message of the customer as it stands in `messaging`. */
export const says = (mid: string, text: string, { account = ACCOUNT, customer = CUSTOMER, at = NOON }: Of = {}) => ({
  ...between(customer, account, at),
  message: { mid, text },
})
export const echoes = (mid: string, text: string, { account = ACCOUNT, customer = CUSTOMER, at = NOON }: Of = {}) => ({
  ...between(account, customer, at),
  message: { mid, text, is_echo: true },
})
export const unsends = (mid: string, { account = ACCOUNT, customer = CUSTOMER, at = NOON }: Of = {}) => ({
  ...between(customer, account, at),
  message: { mid, is_deleted: true },
})
export const edits = (
  mid: string,
  text: string,
  numEdit: number | string,
  { account = ACCOUNT, customer = CUSTOMER, at = NOON }: Of = {},
) => ({ ...between(customer, account, at), message_edit: { mid, text, num_edit: numEdit } })
/** One body with these events of one account. */
export const body = (events: readonly unknown[], account: string = ACCOUNT) => ({
  object: 'instagram',
  entry: [{ id: account, time: NOON, messaging: events }],
})

/** The options of a desk whose rules cannot take the message of this mid, for a reason that nobody thought of. */
export const unableToTake = (mid: string, options: DeskOptions): DeskOptions => {
  const { platform } = options.meta
  const parse: typeof platform.parse = (bytes) =>
    platform
      .parse(bytes)
      .map((event) =>
        event.outcome === 'read' && event.incoming.kind === 'message' && event.incoming.mid === mid
          ? { ...event, incoming: { ...event.incoming, content: null as never } }
          : event,
      )
  return { ...options, meta: { ...options.meta, platform: { ...platform, parse } } }
}
