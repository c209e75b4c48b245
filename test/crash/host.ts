/** A process that is killed or paused: a desk behind real HTTP, and a door for the commands of its agents. */
import { flushCompileCache } from 'node:module'
import { type Actor, type Clock, createDesk, type Desk, isRefusal, type Log, type Store } from 'madoguchi'
import { meta } from 'madoguchi/meta'
import { serve } from 'madoguchi/simulator'
import { conversationIdOf } from '../../src/application/identity.ts'
import { isStoreError } from '../../src/application/ports/store-errors.ts'
import { openEngine } from './engine-store.ts'
import { watchLoop } from './loop-delay.ts'
import { pause } from './pause.ts'
import { sharedClock } from './running-clock.ts'
import {
  AGENTS,
  attemptName,
  type HostCommand,
  type HostMessage,
  type HostNotice,
  type HostSettings,
  LEFT_AT,
  type Order,
  ORGANIZATION,
} from './wire.ts'

const settings = JSON.parse(process.argv[2] ?? '') as HostSettings
const system: Actor = { kind: 'system' }
const administrator: Actor = { kind: 'administrator', id: 'sato', organizationId: ORGANIZATION }
const agent = (id: string): Actor => ({ kind: 'agent', id, organizationId: ORGANIZATION })

const tell = (message: HostMessage): void => void process.send?.(message)
const say: Log['error'] = (message, facts = {}) =>
  tell({ kind: 'said', at: Date.now(), line: `${message} ${JSON.stringify(facts)}` })
const listen = (listener: (notice: HostNotice) => void): void => void process.on('message', listener)

/** The parent's clock. */
const movedByParent = (): Clock => {
  const listeners = new Set<() => void>()
  listen(({ kind }) => {
    if (kind === 'moved') for (const listener of listeners) listener()
  })
  return {
    ...sharedClock(settings.clock),
    onMove: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/**
 * Meta's minute of waiting after a limit is left out: back-off begins at a second, and a run ends today. A call says when it left.
 */
const impatient: typeof fetch = async (input, init) => {
  const asked = new Headers(init?.headers)
  asked.set(LEFT_AT, String(Date.now()))
  const response = await fetch(input, { ...init, headers: asked })
  const headers = new Headers(response.headers)
  headers.delete('x-business-use-case-usage')
  return new Response(response.body, { status: response.status, headers })
}

let order: Order | undefined = settings.order
const steps = new Map<string, number>()
// The parent stops it: a process that did it by itself might come to that after it was resumed.
const sleepers: (() => void)[] = []
listen((notice) => {
  if (notice.kind === 'resumed') for (const wake of sleepers.splice(0)) wake()
  if (notice.kind !== 'order') return
  order = notice.order
  steps.clear()
})
const onStep: NonNullable<Parameters<typeof createDesk>[0]['onStep']> = (step) => {
  tell({ kind: 'step', step })
  const times = (steps.get(step) ?? 0) + 1
  steps.set(step, times)
  if (order?.step !== step || order.nth !== times) return undefined
  if (order.signal === 'SIGKILL') process.kill(process.pid, 'SIGKILL')
  return new Promise((resolve) => {
    sleepers.push(resolve)
    tell({ kind: 'stopping' })
  })
}

/** Tells under which name this process makes its attempts, before it makes the first, and when it knows of each. */
const tellingOfAttempts = (store: Store): Store => {
  let isNamed = false
  const append: Store['events']['append'] = async (...asked) => {
    const attempt = asked[2].find(({ type }) => type === 'ReplyAttempted')
    if (attempt !== undefined && !isNamed) {
      isNamed = true
      tell({ kind: 'worker', worker: attempt.data['worker'] as string })
    }
    const result = await store.events.append(...asked)
    if (attempt !== undefined) tell({ kind: 'attempted', name: attemptName(attempt.data), at: Date.now() })
    return result
  }
  return { ...store, events: { ...store.events, append } }
}

const headOf = async (store: Store): Promise<string | undefined> =>
  (await store.events.readAll({ backwards: true, limit: 1 })).events[0]?.position

const execute = async (desk: Desk, store: Store, asked: HostCommand): Promise<object> => {
  switch (asked.command) {
    case 'create-channel': {
      const { key, departmentId, account, token } = asked
      const { organizations, channels } = desk
      await organizations.setDepartments(system, {
        organizationId: ORGANIZATION,
        departments: ['sales', 'support'],
      })
      return channels.create(administrator, {
        key,
        organizationId: ORGANIZATION,
        name: account.username,
        departmentId,
        account,
        token,
        agents: AGENTS,
      })
    }
    case 'reply': {
      const { key, text, picture, channelId, customerId } = asked
      return desk.conversations.reply(agent(asked.agent), {
        key,
        conversationId: conversationIdOf(channelId, customerId),
        ...(text === undefined ? {} : { text }),
        ...(picture === undefined ? {} : { media: [{ kind: 'image', url: picture }] }),
      })
    }
    case 'convert': {
      const { key, channelId, customerId } = asked
      return desk.conversations.convert(agent(asked.agent), {
        key,
        conversationId: conversationIdOf(channelId, customerId),
      })
    }
    case 'status': {
      const head = await headOf(store)
      await desk.waitFor(head)
      const some = { limit: 200 }
      const reader = agent(AGENTS[0])
      const counts = await Promise.all(
        asked.channelIds.map(async (channelId) => ({
          pending: (await desk.worklists.pendingConversions(reader, { channelId, ...some })).items.length,
          queued: (await desk.worklists.deliveries(reader, { channelId, status: 'queued', ...some })).items,
          begun: (await desk.worklists.deliveries(reader, { channelId, status: 'attempted', ...some })).items,
        })),
      )
      return {
        head,
        open: counts.reduce((sum, { queued, begun }) => sum + queued.length + begun.length, 0),
        examples: counts.flatMap(({ queued, begun }) => [...begun, ...queued]).slice(0, 4),
        pendingConversions: counts.reduce((sum, { pending }) => sum + pending, 0),
      }
    }
  }
}

const control = async (desk: Desk, store: Store, request: Request): Promise<Response> => {
  try {
    return Response.json(await execute(desk, store, (await request.json()) as HostCommand))
  } catch (error) {
    if (isRefusal(error)) return Response.json({ code: error.code, facts: error.facts }, { status: 409 })
    return Response.json({ problem: String(error) }, { status: 503 })
  }
}

const store = tellingOfAttempts(await openEngine(settings.engine))
/** The server of the engine may be away at that moment: a host of its own would start again. */
const headOnceThere = async (): Promise<string | undefined> => {
  for (;;) {
    try {
      return await headOf(store)
    } catch (error) {
      if (!isStoreError(error, 'StoreUnavailable')) throw error
      await pause(100)
    }
  }
}
tell({ kind: 'opened', head: (await headOnceThere()) ?? null })
const desk = createDesk({
  store,
  clock: movedByParent(),
  onStep,
  meta: meta({
    appSecrets: [settings.appSecret],
    verifyToken: settings.verifyToken,
    hosts: { facebook: `${settings.graph}/graph.facebook.com`, instagram: `${settings.graph}/graph.instagram.com` },
    fetch: impatient,
  }),
  delivery: { callTimeout: settings.callTimeout },
  processes: { goneAfter: settings.goneAfter },
  // What is not durable is said by status and counted by the balance; this is kept for who looks for a cause.
  log: { error: say, warn: say, info: () => {} },
})
await desk.start()
const server = await serve((request) =>
  new URL(request.url).pathname === '/control' ? control(desk, store, request) : desk.handle(request),
)
process.on('disconnect', () => process.exit(1))
process.on('SIGTERM', () => {
  void server
    .close()
    .then(() => desk.stop())
    .then(() => process.exit(0))
})
tell({ kind: 'ready', url: server.url })
// At its end it would be too late: it is killed.
flushCompileCache()
watchLoop((delay) => tell({ kind: 'loop', ...delay }))
