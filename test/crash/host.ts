/** The process that is killed: a desk on a SQLite file behind real HTTP, and a door for the commands of its agents. */
import { type Actor, type Clock, createDesk, type Desk, isRefusal, type Store } from 'madoguchi'
import { meta } from 'madoguchi/meta'
import { serve } from 'madoguchi/simulator'
import { sqlite } from 'madoguchi/sqlite'
import { conversationIdOf } from '../../src/application/identity.ts'
import {
  AGENTS,
  type ClockMoved,
  type HostCommand,
  type HostOpened,
  type HostReady,
  type HostSettings,
  ORGANIZATION,
} from './wire.ts'

const settings = JSON.parse(process.argv[2] ?? '') as HostSettings
const system: Actor = { kind: 'system' }
const administrator: Actor = { kind: 'administrator', id: 'sato', organizationId: ORGANIZATION }
const agent = (id: string): Actor => ({ kind: 'agent', id, organizationId: ORGANIZATION })

/** The parent's clock, as far as it has been heard: forward only. */
const sharedClock = (start: number): Clock => {
  let now = start
  const listeners = new Set<() => void>()
  process.on('message', (moved: ClockMoved) => {
    if (moved.now <= now) return
    const jumped = moved.now - now > 10_000
    now = moved.now
    if (jumped) for (const listener of listeners) listener()
  })
  return {
    now: () => now,
    onMove: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Meta's minute of waiting after a limit is left out: back-off begins at a second, and a run ends today. */
const impatient: typeof fetch = async (input, init) => {
  const response = await fetch(input, init)
  const headers = new Headers(response.headers)
  headers.delete('x-business-use-case-usage')
  return new Response(response.body, { status: response.status, headers })
}

const steps = new Map<string, number>()
const onStep = (step: string): Promise<void> | void => {
  const times = (steps.get(step) ?? 0) + 1
  steps.set(step, times)
  if (settings.crashAt?.step !== step || settings.crashAt.nth !== times) return undefined
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
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

const clock = sharedClock(settings.now)
const store = sqlite(settings.database)
process.send?.({ head: (await headOf(store)) ?? null } satisfies HostOpened)
const desk = createDesk({
  store,
  clock,
  onStep,
  meta: meta({
    appSecrets: [settings.appSecret],
    verifyToken: settings.verifyToken,
    hosts: { facebook: `${settings.graph}/graph.facebook.com`, instagram: `${settings.graph}/graph.instagram.com` },
    fetch: impatient,
  }),
  delivery: { callTimeout: settings.callTimeout },
  processes: { goneAfter: 500 },
  // What is not durable is said by status and counted by the balance.
  log: { error: () => {}, warn: () => {}, info: () => {} },
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
process.send?.({ url: server.url } satisfies HostReady)
