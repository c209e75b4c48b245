import { bodyOf, type FuzzedBody } from './bodies.ts'
import { Chance } from './chance.ts'
import { FuzzDesk, type Violation } from './fuzz-desk.ts'
import { type Engine, type Ground, groundOf } from './ground.ts'

export interface FuzzOptions {
  readonly seed: number
  readonly bodies: number
  readonly engine: Engine
  /** Index of the first body, to go on where a run was stopped. Default 0. */
  readonly from?: number
  /** Bodies of one desk; then comes an empty one. Default 10,000. */
  readonly perDesk?: number
  /** Whether an answer after more than a second, by itself on a fresh desk three times, is a violation. Default true. */
  readonly timed?: boolean
  readonly told?: (progress: string) => void
}

export interface FuzzReport {
  readonly bodies: number
  readonly kinds: Readonly<Record<FuzzedBody['kind'], number>>
  /** Bodies with a known good event. */
  readonly good: number
  readonly bytes: number
  readonly desks: number
  /** Milliseconds of the slowest answer, while others were under way. */
  readonly slowest: number
  /** Bodies that took more than a second beside others, and no longer so by themselves. */
  readonly slowBesideOthers: number
  /** Resident and used memory in MiB after each desk, with the garbage collected if the process lets us. */
  readonly resident: readonly number[]
  readonly heap: readonly number[]
  readonly lines: ReadonlyMap<string, number>
  /** What became of the events. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly violations: readonly Violation[]
}

/** Bodies that are under way at the same time. */
const TOGETHER = 16
/** So many times they are, before the views come along. */
const FOLLOWED_AFTER = 8
/** Between two looks at the balance: so many may be to blame. */
const CHECKED_TOGETHER = 2_000
const HOUR = 3_600_000
const MIB = 1_048_576

/** Gives desks mutated bodies, a fresh desk every so many, and says what must not have been. */
export const fuzzRun = async (options: FuzzOptions): Promise<FuzzReport> => {
  const { seed, bodies, engine, from = 0, perDesk = 10_000, timed = true, told = () => {} } = options
  const ground = await groundOf(engine)
  const violations: Violation[] = []
  const wild = (error: unknown): void => void violations.push({ what: `nobody caught ${String(error)}` })
  process.on('uncaughtException', wild).on('unhandledRejection', wild)
  const kinds = { structure: 0, bytes: 0, large: 0 }
  const lines = new Map<string, number>()
  const outcomes: Record<string, number> = {}
  const resident: number[] = []
  const heap: number[] = []
  let [good, bytes, slowest, slowBesideOthers] = [0, 0, 0, 0]
  try {
    for (let begin = from; begin < from + bodies; begin += perDesk) {
      const { store, remove } = await ground.open()
      const desk = await FuzzDesk.open(store)
      const end = Math.min(begin + perDesk, from + bodies)
      for (let first = begin; first < end; first += CHECKED_TOGETHER) {
        const last = Math.min(first + CHECKED_TOGETHER, end)
        const before = desk.violations.length
        for await (const body of played(desk, seed, first, last)) {
          kinds[body.kind]++
          bytes += body.bytes.byteLength
        }
        await desk.checkBalance()
        for (const { what, body } of desk.violations.slice(before))
          told(`! ${body === undefined ? `bodies ${first} to ${last - 1}` : `body ${body.index}`}: ${what}`)
        if (desk.violations.length > before) for (const line of desk.lines.keys()) told(`  said: ${line}`)
      }
      await desk.checkGood()
      await desk.stop()
      await remove()
      violations.push(...desk.violations)
      for (const body of timed ? desk.slow : [])
        if (await isSlowAlone(ground, body)) {
          violations.push({ what: 'took more than a second by itself', body })
          told(`! body ${body.index}: took more than a second by itself`)
        } else slowBesideOthers++
      good += desk.good.length
      for (const [outcome, count] of Object.entries(desk.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + count
      slowest = Math.max(slowest, desk.slowest)
      for (const [line, count] of desk.lines) lines.set(line, (lines.get(line) ?? 0) + count)
      globalThis.gc?.()
      const { rss, heapUsed } = process.memoryUsage()
      resident.push(Math.round(rss / MIB))
      heap.push(Math.round(heapUsed / MIB))
      told(`${end - from} bodies, ${resident.at(-1)} MiB resident, ${violations.length} violations`)
    }
  } finally {
    await ground.close()
    process.off('uncaughtException', wild).off('unhandledRejection', wild)
  }
  if (!isLevel(heap)) violations.push({ what: `memory grows from desk to desk: ${heap.join(', ')} MiB used` })
  if (!isLevel(resident))
    violations.push({
      what: `memory grows from desk to desk: ${resident.join(', ')} MiB resident`,
    })
  return {
    bodies,
    kinds,
    good,
    bytes,
    desks: resident.length,
    slowest,
    slowBesideOthers,
    resident,
    heap,
    lines,
    outcomes,
    violations,
  }
}

/** Posts bodies, several at a time; a large one by itself. Time goes on meanwhile, so that deadlines come due. */
async function* played(desk: FuzzDesk, seed: number, first: number, last: number): AsyncGenerator<FuzzedBody> {
  const chance = new Chance(seed, ~first)
  let together: Promise<void>[] = []
  let settled = 0
  const settle = async (): Promise<void> => {
    await Promise.all(together)
    together = []
    if (++settled % FOLLOWED_AFTER === 0) await desk.follow()
    desk.advance(chance.once(40) ? chance.below(2 * HOUR) : chance.below(2_000))
  }
  for (let index = first; index < last; index++) {
    const body = bodyOf(seed, index)
    if (body.kind === 'large') await settle()
    together.push(desk.post(body))
    if (body.kind === 'large' || together.length === TOGETHER) await settle()
    if (body.kind === 'large') await desk.follow()
    yield body
  }
  await settle()
}

const isSlowAlone = async (ground: Ground, body: FuzzedBody): Promise<boolean> => {
  for (let times = 0; times < 3; times++) {
    const { store, remove } = await ground.open()
    const desk = await FuzzDesk.open(store, { isMeasured: true })
    await desk.post(body)
    await desk.stop()
    await remove()
    // On a busy machine an answer takes long without much being done for it.
    if (desk.slow.length === 0 || desk.busiest < 1_000) return false
  }
  return true
}

/**
 * Whether what is used does not grow: the least of the last third is not above the most of the first third, after a desk in which the
 * process warms up, by more than a fifth. Too few desks say nothing.
 */
const isLevel = (used: readonly number[]): boolean => {
  const third = Math.floor((used.length - 1) / 3)
  if (third < 2) return true
  return Math.min(...used.slice(-third)) <= 1.2 * Math.max(...used.slice(1, 1 + third))
}
