import type { AppendResult, ExpectedRevision, Premise } from '../../application/ports/event-store.ts'
import {
  CorruptIdempotency,
  PremiseMoved,
  StoreClosed,
  StoreUnavailable,
  WrongExpectedRevision,
} from '../../application/ports/store-errors.ts'
import { toPosition } from '../decimal-position.ts'
import type { EventText } from '../event-text.ts'
import { storableText } from '../index-key.ts'
import { type Row, sqlState, type Value } from './database.ts'
import { joinedTexts, numbersOf } from './values.ts'

/** What one transaction takes at most. */
const MOST_APPENDS = 500
const MOST_CHARACTERS = 1_048_576

/** SQLSTATEs that say nothing about what was to be appended: conflicts, resources, locks, operators, a server that only reads. */
const NOT_ITS_CONTENT = /^(?:25|40|53|55|57|58)/
const UNIQUE_VIOLATION = '23505'
const KNOWN_ID = 'events_of_known_id'

export interface Append {
  readonly stream: string
  readonly expected: ExpectedRevision
  readonly events: readonly EventText[]
  readonly signal?: AbortSignal | undefined
  readonly premises?: readonly Premise[] | undefined
}

/** Group commit: everything that was asked for while the last transaction ran shares the next one. */
export interface Writer {
  /** @throws WrongExpectedRevision, PremiseMoved, CorruptIdempotency, StoreUnavailable, StoreClosed */
  append(append: Append): Promise<AppendResult>
  /** All in this order and in one transaction of their own, or none. @throws as {@link append} */
  appendAll(appends: readonly Append[]): Promise<void>
  /** Resolves when everything queued has its outcome. */
  drain(): Promise<void>
  /** Drains and refuses all later appends. */
  close(): Promise<void>
}

interface Pending {
  readonly append: Append
  readonly characters: number
  readonly resolve: (result: AppendResult) => void
  readonly reject: (error: unknown) => void
  /** Ends the waiting for a signal and for the deadline. */
  readonly settled: () => void
  sent: boolean
}

const EXPECTED = { none: -1, exists: -2, any: -3 } as const

const sizeOf = ({ events }: Append): number => {
  let characters = 0
  for (const { data, meta, personal } of events) characters += data.length + meta.length + (personal?.length ?? 0)
  return characters
}

/** The values of the schema's function `append_together`, but for its last one. */
const toValues = (batch: readonly Append[]): readonly Value[] => {
  const names: string[] = []
  const expecteds: number[] = []
  const counts: number[] = []
  const previous: number[] = []
  const places: number[] = []
  const nths: number[] = []
  const ids: string[] = []
  const types: string[] = []
  const versions: number[] = []
  const datas: string[] = []
  const personals: string[] = []
  const metas: string[] = []
  const times: number[] = []
  const newest = new Map<string, number>()
  for (const { stream, expected, events } of batch) {
    const place = names.length + 1
    names.push(storableText(stream))
    expecteds.push(typeof expected === 'number' ? expected : EXPECTED[expected])
    counts.push(events.length)
    previous.push(newest.get(stream) ?? 0)
    newest.set(stream, place)
    for (const [at, event] of events.entries()) {
      places.push(place)
      nths.push(at + 1)
      ids.push(storableText(event.id))
      types.push(storableText(event.type))
      versions.push(event.version)
      datas.push(event.data)
      personals.push(event.personal ?? '')
      metas.push(event.meta)
      times.push(event.recordedAt)
    }
  }
  const single = counts.every((count) => count === 1)
  return [
    joinedTexts(names),
    numbersOf(expecteds),
    single ? null : numbersOf(counts),
    newest.size === names.length ? null : numbersOf(previous),
    single ? null : numbersOf(places),
    single ? null : numbersOf(nths),
    joinedTexts(ids),
    joinedTexts(types),
    numbersOf(versions),
    joinedTexts(datas),
    joinedTexts(personals),
    joinedTexts(metas),
    numbersOf(times),
  ]
}

/** What these appends rest on, each once. */
const premisesOf = (batch: readonly Append[]): readonly Premise[] => {
  const distinct = new Map<string, Premise>()
  for (const { premises = [] } of batch)
    for (const premise of premises) distinct.set(`${premise.revision}/${premise.stream}`, premise)
  return [...distinct.values()]
}

const restsOn = ({ append }: Pending, { stream, revision }: Premise): boolean =>
  append.premises?.some((premise) => premise.stream === stream && premise.revision === revision) === true

/** One row for each append. Where all were appended the database gives the position before the first one and no more. */
const outcomesOf = (batch: readonly Append[], rows: readonly Row[]): readonly Row[] => {
  if (rows[0]?.['outcome'] !== 'plain') return rows
  let position = Number(rows[0]['position'])
  return batch.map(({ expected, events }) => {
    position += events.length
    return {
      outcome: 'appended',
      revision: (typeof expected === 'number' ? expected : -1) + events.length,
      position,
    }
  })
}

const refusal = ({ stream, expected }: Append, { outcome, revision }: Row): Error =>
  outcome === 'corrupt'
    ? new CorruptIdempotency(stream)
    : new WrongExpectedRevision(stream, expected, revision === null ? null : Number(revision))

const answer = ({ append, resolve, reject }: Pending, row: Row | undefined): void => {
  const { outcome, revision, position } = row ?? {}
  switch (outcome) {
    case 'appended':
    case 'replayed':
      return resolve({
        revision: Number(revision),
        position: toPosition(Number(position)),
        replayed: outcome === 'replayed',
      })
    case 'wrong':
    case 'corrupt':
      return reject(refusal(append, row ?? {}))
  }
  reject(new StoreUnavailable('unknown', { cause: new TypeError('the database gave no outcome') }))
}

export interface WriterParts {
  /** Resolves when the schema can be written to. */
  readonly ready: () => Promise<void>
  /**
   * Calls the schema's function `append_together` on the one connection of this process that writes the log; or, where appends rest
   * on something, `append_on_premises`.
   */
  readonly call: (values: readonly Value[], premises: readonly Premise[]) => Promise<readonly Row[]>
  /** Lets it be called in a transaction, which is rolled back when the work rejects. */
  readonly transaction: (
    work: (call: (values: readonly Value[]) => Promise<readonly Row[]>) => Promise<void>,
  ) => Promise<void>
  /** Milliseconds from the call of an append to its outcome. */
  readonly deadline: number
  /** Called whenever something may have been appended. */
  readonly committed: () => void
}

export const createWriter = ({ ready, call, transaction, deadline, committed }: WriterParts): Writer => {
  let queue: Pending[] = []
  let running = false
  let closed: Promise<void> | undefined
  let draining: (() => void)[] = []

  const nextBatch = (): readonly Pending[] => {
    let characters = 0
    let many = 0
    const written = new Set<string>()
    for (const pending of queue) {
      if (many >= MOST_APPENDS || (many > 0 && characters + pending.characters > MOST_CHARACTERS)) break
      // Premises are looked at before anything of a call is appended: what moves one of them goes first, in a call of its own.
      if (pending.append.premises?.some(({ stream }) => written.has(stream)) === true) break
      written.add(pending.append.stream)
      many += 1
      characters += pending.characters
    }
    const batch = queue.slice(0, many)
    queue = queue.slice(many)
    for (const pending of batch) pending.sent = true
    return batch
  }

  const failure = ({ stream }: Append, error: unknown): unknown => {
    const cause = error instanceof StoreUnavailable && error.cause instanceof Error ? error.cause : undefined
    const known = sqlState(error) === UNIQUE_VIOLATION && cause?.message.includes(KNOWN_ID) === true
    return known ? new CorruptIdempotency(stream, { cause }) : error
  }

  const flush = async (batch: readonly Pending[]): Promise<void> => {
    try {
      const appends = batch.map(({ append }) => append)
      const premises = premisesOf(appends)
      const rows = await call(toValues(appends), premises)
      const moved = rows[0]?.['outcome'] === 'moved' ? premises[Number(rows[0]['revision']) - 1] : undefined
      if (moved !== undefined) {
        const [others, late] = [batch.filter((one) => !restsOn(one, moved)), batch.filter((one) => restsOn(one, moved))]
        for (const pending of late) pending.reject(new PremiseMoved(moved.stream))
        if (others.length > 0) await flush(others)
        return
      }
      const outcomes = outcomesOf(appends, rows)
      committed()
      for (const [at, pending] of batch.entries()) answer(pending, outcomes[at])
    } catch (error) {
      const state = sqlState(error)
      const refused = state !== undefined || error instanceof TypeError
      if (batch.length > 1 && refused && !NOT_ITS_CONTENT.test(state ?? '')) {
        // One of them is the reason: nobody else shall suffer for it.
        for (const pending of batch) await flush([pending])
        return
      }
      if (!refused) committed()
      for (const pending of batch) pending.reject(failure(pending.append, error))
    } finally {
      for (const pending of batch) pending.settled()
    }
  }

  const refuseAll = (error: unknown): void => {
    const all = queue
    queue = []
    for (const pending of all) {
      pending.settled()
      pending.reject(error)
    }
  }

  const run = async (): Promise<void> => {
    if (running) return
    running = true
    // The next turn of the loop: whoever is about to append in this one joins.
    await new Promise((resolve) => setImmediate(resolve))
    while (queue.length > 0) {
      try {
        await ready()
      } catch (error) {
        refuseAll(error)
        continue
      }
      if (queue.length > 0) await flush(nextBatch())
    }
    running = false
    const waiting = draining
    draining = []
    for (const resolve of waiting) resolve()
  }

  const writeAll = async (appends: readonly Append[]): Promise<void> => {
    const [first] = appends
    if (first === undefined) return
    await ready()
    let refused: Error | undefined
    try {
      await transaction(async (call) => {
        for (const [at, row] of outcomesOf(appends, await call(toValues(appends))).entries())
          if (row['outcome'] === 'wrong' || row['outcome'] === 'corrupt') {
            refused = refusal(appends[at] ?? first, row)
            throw refused
          }
      })
    } catch (error) {
      throw refused ?? failure(first, error)
    } finally {
      committed()
    }
  }
  const underWay = new Set<Promise<void>>()

  const drain = async (): Promise<void> => {
    if (running) await new Promise<void>((resolve) => void draining.push(resolve))
    await Promise.allSettled(underWay)
  }

  return {
    append: (append) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new StoreClosed())
        const leave = (error: unknown): void => {
          if (!pending.sent) queue = queue.filter((one) => one !== pending)
          pending.settled()
          reject(error)
        }
        const late = setTimeout(() => leave(new StoreUnavailable(pending.sent ? 'unknown' : 'not-applied')), deadline)
        const abort = (): void => {
          if (!pending.sent) leave(append.signal?.reason)
        }
        append.signal?.addEventListener('abort', abort)
        const pending: Pending = {
          append,
          characters: sizeOf(append),
          resolve,
          reject,
          settled: () => {
            clearTimeout(late)
            append.signal?.removeEventListener('abort', abort)
          },
          sent: false,
        }
        queue.push(pending)
        void run()
      }),
    appendAll: async (appends) => {
      if (closed) throw new StoreClosed()
      const written = writeAll(appends)
      underWay.add(written)
      try {
        await written
      } finally {
        underWay.delete(written)
      }
    },
    drain,
    close: () => (closed ??= drain()),
  }
}
