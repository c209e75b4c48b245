import cluster, { type Worker } from 'node:cluster'
import { join } from 'node:path'
import type { ProcessShare } from 'madoguchi'
import type { ClockSetting } from '../desk/host/clock.ts'
import type { News } from '../desk/host/live.ts'
import { NoStore } from '../desk/host/store-answers.ts'
import type { Begin, FromWorker, ToWorker } from './messages.ts'

const HOW_MANY = 2
/** Milliseconds: the first pause before one that ended too early is started again, doubled up to the longest. */
const FIRST_PAUSE = 500
const LONGEST_PAUSE = 15_000
/** Milliseconds after which the pauses begin anew, and after which one that does not stop is killed. */
const WELL = 10_000
const STOP_WITHIN = 15_000

interface Slot {
  readonly number: number
  worker: Worker | undefined
  ready: boolean
  share: ProcessShare | undefined
  pause: number
  since: number
}

/** A process behind the port. */
export interface ListedProcess {
  readonly process: number
  readonly pid: number | null
  readonly ready: boolean
  /** 0 to 1 of each kind of work. */
  readonly share: ProcessShare
}

/** The processes behind the port. */
export interface Workers {
  /** Starts the first one and, when it is ready, the others. @throws NoStore */
  start(begin: () => Omit<Begin, 'kind' | 'number' | 'first'>): Promise<void>
  news(news: News): void
  setClock(setting: ClockSetting): void
  /** Resolves when every process has heard how the clock was set last. */
  clockSet(): Promise<void>
  list(): readonly ListedProcess[]
  stop(): Promise<void>
}

const NONE: ProcessShare = { deadlines: 0, delivery: 0 }
const percent = (part: number): string => `${Math.round(part * 100)} %`

/** `say` prints what operators see. */
export const createWorkers = (say: (line: string) => void): Workers => {
  cluster.setupPrimary({ exec: join(import.meta.dirname, 'worker.ts') })
  const slots = Array.from({ length: HOW_MANY }, (_, index): Slot => {
    return { number: index + 1, worker: undefined, ready: false, share: undefined, pause: FIRST_PAUSE, since: 0 }
  })
  /** Who has not yet heard of a change of the clock, by its number. */
  const waiting = new Map<number, { readonly slots: Set<Slot>; readonly heard: () => void }>()
  let changes = 0
  let told: Promise<unknown> = Promise.resolve()
  let stopping = false

  const tell = ({ worker }: Slot, message: ToWorker): void => {
    if (worker?.isConnected() === true) worker.send(message)
  }
  const heard = (slot: Slot, change: number): void => {
    const one = waiting.get(change)
    one?.slots.delete(slot)
    if (one?.slots.size === 0) {
      waiting.delete(change)
      one.heard()
    }
  }

  const news = (one: News, from?: Slot): void => {
    for (const slot of slots) if (slot !== from && slot.ready) tell(slot, { kind: 'news', news: one })
  }

  /** Resolves when it is ready, rejects if it ends before. */
  const fork = (slot: Slot, begin: Parameters<Workers['start']>[0], first: boolean): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const worker = cluster.fork()
    slot.worker = worker
    slot.since = performance.now()
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'hello') tell(slot, { kind: 'begin', number: slot.number, first, ...begin() })
      if (message.kind === 'ready') {
        slot.ready = true
        resolve()
      }
      if (message.kind === 'no-store') reject(new NoStore(message.reason))
      if (message.kind === 'clock-set') heard(slot, message.change)
      if (message.kind === 'news') news(message.news, slot)
      if (message.kind === 'share') {
        slot.share = message.share
        if (stopping) return
        const { deadlines, delivery } = message.share
        say(`Process ${slot.number}: holds ${percent(deadlines)} of deadlines, ${percent(delivery)} of delivery`)
      }
    })
    worker.once('exit', (code: number | null, signal: string | null) => {
      const pid = worker.process.pid ?? 0
      const wasReady = slot.ready
      Object.assign(slot, { worker: undefined, ready: false, share: undefined })
      for (const change of waiting.keys()) heard(slot, change)
      reject(new Error(`process ${slot.number} ended before it was ready (${signal ?? code})`))
      if (!stopping && wasReady) {
        say(`Process ${slot.number}: ended (pid ${pid}, ${signal ?? code}), is started again`)
        void again(slot, begin)
      }
    })
    return promise
  }

  const again = async (slot: Slot, begin: Parameters<Workers['start']>[0]): Promise<void> => {
    if (performance.now() - slot.since > WELL) slot.pause = FIRST_PAUSE
    while (!stopping) {
      await new Promise((resolve) => setTimeout(resolve, slot.pause))
      slot.pause = Math.min(slot.pause * 2, LONGEST_PAUSE)
      if (stopping) return
      try {
        await fork(slot, begin, false)
        say(`Process ${slot.number}: is back (pid ${slot.worker?.process.pid})`)
        return
      } catch (error) {
        if (!stopping) say(`Process ${slot.number}: ${(error as Error).message}; it is tried again`)
      }
    }
  }

  return {
    start: async (begin) => {
      const [first, ...others] = slots
      if (first === undefined) return
      await fork(first, begin, true)
      await Promise.all(others.map((slot) => fork(slot, begin, false)))
    },
    news,
    setClock: (setting) => {
      const change = ++changes
      const { promise, resolve } = Promise.withResolvers<void>()
      const hearing = slots.filter(({ ready }) => ready)
      // One that is just beginning hears of it too; nobody is answered by it yet.
      for (const slot of slots) tell(slot, { kind: 'clock', setting, change })
      if (hearing.length === 0) return
      waiting.set(change, { slots: new Set(hearing), heard: resolve })
      told = promise
    },
    clockSet: async () => void (await told),
    list: () =>
      slots.map(({ number, worker, ready, share }) => ({
        process: number,
        pid: worker?.process.pid ?? null,
        ready,
        share: share ?? NONE,
      })),
    stop: async () => {
      stopping = true
      const ends = slots.map(async (slot) => {
        const { worker } = slot
        if (worker === undefined) return
        const ended = new Promise((resolve) => worker.once('exit', resolve))
        tell(slot, { kind: 'stop' })
        const timer = setTimeout(() => worker.process.kill('SIGKILL'), STOP_WITHIN)
        await ended
        clearTimeout(timer)
      })
      await Promise.all(ends)
    },
  }
}
