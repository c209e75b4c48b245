import { readFileSync } from 'node:fs'
import {
  createSimulator,
  movableClock,
  type MovableClock,
  serve,
  type Simulator,
  type SimulatorOptions,
  type SimulatorRuntime,
} from '../../src/simulator/index.ts'
import { VirtualTime } from '../simulation/virtual-time.ts'

/** 2026-09-08T09:00:00Z, the base time of the sample bodies. */
export const NOON = 1_788_858_000_000
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const APP_SECRET = '0123456789abcdef0123456789abcdef'
export const VERIFY_TOKEN = 'verify-me'

/** Time that passes only when a test says so, for all timers of a simulator. */
export const virtualRuntime = (): { readonly time: VirtualTime; readonly runtime: SimulatorRuntime } => {
  const time = new VirtualTime()
  const runtime: SimulatorRuntime = {
    monotonic: () => time.now,
    wallTime: () => NOON + time.now,
    // A timer takes a millisecond at least, as Node's do.
    schedule: (milliseconds, callback) => time.schedule(Math.max(1, milliseconds), callback),
    turn: () => time.wait(0),
  }
  return { time, runtime }
}

/** One webhook request as the app under test got it. */
export interface Received {
  readonly rawBody: string
  readonly headers: Headers
  readonly body: WebhookBody
}

export interface WebhookBody {
  readonly object: string
  readonly entry: readonly {
    readonly id: string
    readonly time: number
    readonly messaging?: readonly WebhookItem[]
    readonly standby?: readonly WebhookItem[]
    readonly changes?: readonly WebhookItem[]
  }[]
}

export type WebhookItem = Record<string, any>

/** A webhook receiver over real HTTP that answers as it is told. */
export interface Receiver {
  readonly url: string
  readonly received: Received[]
  /** All events of all bodies, in the order of arrival. */
  events(): readonly WebhookItem[]
  answer: (received: Received) => Response | Promise<Response>
  close(): Promise<void>
}

export const receiver = async (): Promise<Receiver> => {
  const received: Received[] = []
  const server = await serve(async (request) => {
    const url = new URL(request.url)
    if (request.method === 'GET') {
      const right = url.searchParams.get('hub.verify_token') === VERIFY_TOKEN
      return right ? new Response(url.searchParams.get('hub.challenge')) : new Response(null, { status: 403 })
    }
    const rawBody = await request.text()
    const one = { rawBody, headers: request.headers, body: JSON.parse(rawBody) as WebhookBody }
    const response = await app.answer(one)
    received.push(one)
    return response
  })
  const app: Receiver = {
    url: server.url,
    received,
    events: () =>
      received.flatMap(({ body }) =>
        body.entry.flatMap(({ messaging = [], standby = [], changes = [] }) => [...messaging, ...standby, ...changes]),
      ),
    answer: () => new Response('ok'),
    close: server.close,
  }
  return app
}

/** A simulator with a clock that stands at noon, served and delivering over real HTTP. */
export interface Stage extends AsyncDisposable {
  readonly meta: Simulator
  readonly clock: MovableClock
  readonly app: Receiver
  /** The Graph API's address. */
  readonly url: string
  /** Calls the Graph API and reads its JSON. */
  call(
    path: string,
    options?: {
      readonly method?: string
      readonly token?: string
      readonly body?: unknown
      readonly form?: Record<string, string>
    },
  ): Promise<Reply>
}

export interface Reply {
  readonly status: number
  readonly body: any
  readonly headers: Headers
}

export const stage = async (options: Partial<SimulatorOptions> = {}): Promise<Stage> => {
  const clock = movableClock(NOON)
  const app = await receiver()
  const meta = createSimulator({
    clock,
    appSecret: APP_SECRET,
    verifyToken: VERIFY_TOKEN,
    webhook: app.url,
    delivery: { retryMs: [0, 1, 5, 10], echoDelayMs: 1 },
    limits: { conversations: 1_000 },
    ...options,
  })
  const server = await meta.listen()
  return {
    meta,
    clock,
    app,
    url: server.url,
    call: async (path, { method = 'GET', token, body, form } = {}) => {
      const payload = form ? new URLSearchParams(form) : body === undefined ? undefined : JSON.stringify(body)
      const response = await fetch(`${server.url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(payload !== undefined && { body: payload }),
      })
      const text = await response.text()
      const json = response.headers.get('content-type')?.includes('json')
      return { status: response.status, body: json ? JSON.parse(text) : text, headers: response.headers }
    },
    [Symbol.asyncDispose]: async () => {
      await meta.close()
      await server.close()
      await app.close()
    },
  }
}

/** Posts a message as the app would. */
export const send = (
  { call }: Stage,
  token: string,
  recipient: string,
  text: string,
  extra: Record<string, unknown> = {},
): Promise<Reply> =>
  call('/v25.0/me/messages', {
    method: 'POST',
    token,
    body: { recipient: { id: recipient }, message: { text }, ...extra },
  })

/** A sample body of Meta's platform. */
export const sample = (name: string): any =>
  JSON.parse(readFileSync(new URL(`../fixtures/payloads/${name}`, import.meta.url), 'utf8'))

/** The member names of a value, nested, without its values; lists by their first element. */
export const shape = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])]
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([member, inner]) => [member, shape(inner)]),
  )
}
