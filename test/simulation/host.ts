import { createDesk, type Clock, type Desk, type Log, type Store } from 'madoguchi'
import { meta } from 'madoguchi/meta'
import { isLostAnswer, type Simulator } from 'madoguchi/simulator'
import type { Chance } from './chance.ts'
import type { Faults } from './faults.ts'
import { faultyPorts, stopFor } from './faulty-ports.ts'
import type { Caller, Leave } from './reply-watcher.ts'
import type { TicketSystem } from './ticket-system.ts'
import { VirtualProcess } from './virtual-process.ts'
import type { VirtualTime } from './virtual-time.ts'

export const SECRETS = { appSecret: '0123456789abcdef0123456789abcdef', verifyToken: 'verify' }
/** A process without a sign of life for so long is gone. */
export const GONE_AFTER = 4_000
const CALL_TIMEOUT = 6_000

export interface Host {
  readonly process: VirtualProcess
  readonly desk: Desk
}

export interface HostWorld {
  readonly time: VirtualTime
  readonly clock: Clock
  readonly store: Store
  readonly simulator: Simulator
  readonly faults: Faults
  readonly chance: Chance
  readonly wall: number
  readonly log: Log
  /** Absent: the desk owns its tickets. */
  readonly tickets: TicketSystem | undefined
  /** A message leaves for Meta, right now. */
  readonly onLeave: (customerId: string, content: string, call: { caller: Caller; isUnderWay: () => boolean }) => Leave
}

const META = {
  'Meta refuses the connection': 3,
  'Meta is slow': 6,
  'Meta loses a request': 3,
  'Meta loses an answer': 4,
  'dies after a call': 1,
  'stops after a call': 2,
} as const

/** Codes of limits, by Meta's list. */
const THROTTLES: ReadonlySet<number> = new Set([4, 17, 32, 613, 80_002, 80_006])

/** Codes after which nobody knows. */
const VAGUE: ReadonlySet<number> = new Set([1, 2])

const broken = (code: string): TypeError =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })

const aborted = (signal: AbortSignal | null | undefined): Promise<never> =>
  new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason as Error)
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })

interface SendBody {
  readonly recipient?: { readonly id?: string }
  readonly message?: {
    readonly text?: string
    readonly attachment?: { readonly payload?: { readonly url?: string } }
    readonly attachments?: readonly { readonly payload?: { readonly url?: string } }[]
  }
}

/** A desk in a process of its own, on the store that all of them share. */
export const startHost = async (name: string, world: HostWorld): Promise<Host> => {
  const { time, clock, simulator, faults, chance, onLeave } = world
  const process = new VirtualProcess(name, time, chance.fork('random'), world.wall)

  const tell = (
    method: string | undefined,
    url: string,
    body: unknown,
    isUnderWay: () => boolean,
  ): Leave | undefined => {
    if (method !== 'POST' || !url.includes('/messages') || typeof body !== 'string') return undefined
    const { recipient, message } = JSON.parse(body) as SendBody
    const url0 = message?.attachment?.payload?.url ?? message?.attachments?.[0]?.payload?.url
    const content = message?.text ?? url0
    return recipient?.id === undefined || content === undefined
      ? undefined
      : onLeave(recipient.id, content, { caller: process, isUnderWay })
  }

  /** To Meta and back, without sockets. A call that leaves cannot be stopped before it does: no fence closes that instant. */
  const fetch = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const url = String(input)
    if (process.isDead || process.isStopped) await process.runs()
    const fault = faults.draw(META, 8)
    if (fault?.kind === 'Meta refuses the connection') throw broken('ECONNREFUSED')
    let isOver = false
    const { stops } = process
    const isUnderWay = (): boolean => !isOver && !process.isDead && process.stops === stops
    const leave = tell(init.method, url, init.body, isUnderWay)
    const answer = (async (): Promise<Response> => {
      await time.wait(chance.between(1, 40))
      if (fault?.kind === 'Meta is slow') await time.wait(fault.chance.between(100, 9_000))
      if (fault?.kind === 'Meta loses a request') throw broken('ECONNRESET')
      const { signal: _, ...rest } = init
      const response = await simulator.handle(new Request(url, rest))
      await time.wait(chance.between(1, 40))
      if (response.status >= 400 && response.status < 500) {
        const { error } = (await response.clone().json()) as { readonly error?: { readonly code?: number } }
        if (THROTTLES.has(error?.code ?? 0)) faults.count('Meta throttles')
        if (leave !== undefined && !VAGUE.has(error?.code ?? 1)) leave.mayHaveArrived = false
      }
      if (isLostAnswer(response) || fault?.kind === 'Meta loses an answer') throw broken('ECONNRESET')
      // A minute of waiting after each limit would say nothing more.
      const headers = new Headers(response.headers)
      headers.delete('x-business-use-case-usage')
      return new Response(await response.text(), { status: response.status, headers })
    })()
    answer.catch(() => {})
    try {
      return await Promise.race([answer, aborted(init.signal)])
    } finally {
      isOver = true
      if (fault?.kind === 'dies after a call') process.kill()
      if (fault?.kind === 'stops after a call') process.stop(stopFor(fault.chance))
      await process.runs()
    }
  }

  const desk = createDesk({
    store: faultyPorts(world.store, { process, time, faults, chance: chance.fork('ports') }),
    meta: meta({
      appSecrets: [SECRETS.appSecret],
      verifyToken: SECRETS.verifyToken,
      hosts: {
        facebook: 'http://meta.invalid/graph.facebook.com',
        instagram: 'http://meta.invalid/graph.instagram.com',
      },
      fetch,
      runtime: process.runtime,
    }),
    clock,
    runtime: process.runtime,
    log: world.log,
    ...(world.tickets === undefined ? {} : { tickets: world.tickets.of(process) }),
    processes: { goneAfter: GONE_AFTER },
    delivery: { callTimeout: CALL_TIMEOUT, stopWithin: 2_000 },
  })
  await desk.start()
  return { process, desk }
}
