import { fork, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { asPublished } from './as-published.ts'
import { clearPlace, type GrowthPlace } from './growth-place.ts'
import type { Plan } from './growth-plans.ts'
import { startPostgres } from './growth-server.ts'
import { type Figure, figureOf } from './measure.ts'
import { place as temporaryPlace } from './place.ts'

export interface GrowthOptions {
  /** Numbers of conversations; the smallest is what the others are compared with. */
  readonly sizes: readonly number[]
  readonly engines: readonly GrowthPlace['engine'][]
  /** Folder in which the databases stay for another run; default: none stay. */
  readonly keep?: string
}

/** What is done, how often within one round, in how many rounds at most, and the aim where it is another. */
const FIGURES: readonly (readonly [what: string, repetitions: number, rounds: number, aim?: string])[] = [
  ['inbox', 40, 11],
  ['inbox-all', 20, 11],
  ['lists', 40, 11],
  ['unread', 40, 11],
  ['unread-all', 20, 11],
  ['search', 10, 11],
  ['search-seldom', 10, 11],
  ['search-typing', 10, 11],
  ['search-name', 10, 11],
  ['search-words', 10, 11],
  ['search-all', 3, 11],
  // Each takes a thousand out of what is due within the next days.
  ['fire', 1, 4],
  ['due', 40, 11],
  // A twentieth of the time at most; what is listed late waits 19 times as long.
  ['due-whole', 40, 11, 'under 50 ms'],
  ['pending', 40, 11],
  ['transcript', 40, 11],
  ['command', 40, 11],
  ['message', 40, 11],
]
/** Last of all, for it opens further desks in the same process. */
const START = ['start', 1, 5] as const

/** As a host is started that minds its memory: V8 else keeps 134 MB for young objects where a machine has much of it. */
const HOST_FLAGS = ['--max-semi-space-size=16']

/** A process that works on one desk. */
class Worker {
  readonly #child: ChildProcess
  constructor(child: ChildProcess) {
    this.#child = child
  }

  async ready(): Promise<this> {
    await this.#answer()
    return this
  }

  async ask<Answer = number>(what: string, repetitions = 1): Promise<Answer> {
    this.#child.send({ what, repetitions })
    return (await this.#answer()) as Answer
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit')
    await this.ask('stop')
    await exit
  }

  async #answer(): Promise<unknown> {
    const ended = new AbortController()
    const { signal } = ended
    const exit = once(this.#child, 'exit', { signal }).then(() => [{ problem: 'a process ended too early' }])
    exit.catch(() => undefined)
    const [{ value, problem }] = (await Promise.race([once(this.#child, 'message', { signal }), exit])) as [
      { value?: unknown; problem?: string },
    ]
    ended.abort()
    if (problem !== undefined) throw new Error(problem)
    return value
  }
}

/** What one engine costs at each size; processes on all of them take turns (A B C A B C ...). */
const grown = async (
  engine: GrowthPlace['engine'],
  places: ReadonlyMap<number, GrowthPlace>,
  published: string,
  rounds: number,
): Promise<readonly Figure[]> => {
  const script = (name: string): string => join(published, 'bench', `${name}.js`)
  const workers = new Map<number, Worker>()
  for (const [size, place] of places) {
    const child = fork(script('growth-process'), [JSON.stringify(place), String(size)], { execArgv: HOST_FLAGS })
    workers.set(size, await new Worker(child).ready())
  }
  const [[smallest, base] = [0, undefined], ...others] = workers
  if (base === undefined) return []
  const figures: Figure[] = []
  const compare = async (what: string, repetitions: number, upTo: number, aim = '2 at most'): Promise<void> => {
    const times = new Map([...workers.keys()].map((size): [number, number[]] => [size, []]))
    for (let round = -1; round < Math.min(rounds, upTo); round++) {
      for (const [size, worker] of workers) {
        const value = await worker.ask(what, repetitions)
        if (round >= 0) times.get(size)!.push(value)
      }
    }
    for (const [size] of others)
      figures.push(
        figureOf({ name: `${engine}-${what}-${size}`, unit: 'ms', aim }, times.get(size)!, times.get(smallest)!),
      )
  }
  for (const [, worker] of workers) await worker.ask('settle')
  for (const figure of FIGURES) await compare(...figure)
  const least = await base.ask('memory')
  for (const [size, worker] of workers) {
    const value = await worker.ask('memory')
    const figure = { name: `${engine}-memory-${size}`, unit: 'MB', aim: 'under 400 MB' }
    figures.push(figureOf(figure, [value], [least]))
  }
  await compare(...START)
  for (const [size, worker] of workers) {
    const { plans, scanned } = await worker.ask<{ plans: readonly Plan[]; scanned: number }>('plans')
    const scans = plans.filter(({ isScan }) => isScan)
    for (const { sql, plan } of scans) console.error(`reads all of a table:\n${sql}\n  ${plan.join('\n  ')}`)
    const shown = plans.map(({ sql, plan }) => `${sql.trim()}\n  ${plan.join('\n  ')}\n`).join('\n')
    const file = process.env['GROWTH_PLANS']
    if (file !== undefined) writeFileSync(`${file}-${engine}-${size}.txt`, shown)
    const scanning = { name: `${engine}-scans-${size}`, unit: 'plans', aim: 'none' }
    figures.push(figureOf(scanning, [scans.length], [plans.length]))
    if (engine === 'postgres')
      figures.push(figureOf({ ...scanning, name: `${engine}-rows-scanned-${size}`, unit: 'rows' }, [scanned], [size]))
    await worker.stop()
  }
  return figures
}

/** What everyday use costs on desks of different sizes, on disk; the databases are made first if they are not there. */
export const growth = async (rounds: number, { sizes, engines, keep }: GrowthOptions): Promise<readonly Figure[]> => {
  const folder = keep ?? temporaryPlace()
  mkdirSync(folder, { recursive: true })
  const published = asPublished()
  const figures: Figure[] = []
  for (const engine of engines) {
    const server = engine === 'postgres' ? await startPostgres(folder) : undefined
    try {
      const places = new Map<number, GrowthPlace>()
      for (const size of sizes.toSorted((one, other) => one - other)) {
        const place: GrowthPlace =
          server === undefined
            ? { engine: 'sqlite', path: join(folder, `${size}.db`) }
            : { engine: 'postgres', connectionString: server.connectionString, schema: `grown_${size}` }
        const made = join(folder, `${engine}-${size}.made`)
        if (!existsSync(made)) {
          await clearPlace(place)
          const maker = join(published, 'bench', 'growth-maker.js')
          const [code] = await once(fork(maker, [JSON.stringify(place), String(size)], { execArgv: [] }), 'exit')
          if (code !== 0) throw new Error(`the database of ${size} conversations was not made`)
          writeFileSync(made, '')
        }
        places.set(size, place)
      }
      figures.push(...(await grown(engine, places, published, rounds)))
    } finally {
      await server?.stop()
    }
  }
  return figures
}
