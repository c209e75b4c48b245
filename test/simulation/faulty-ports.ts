import { StoreClosed, StoreUnavailable, type Delivery, type EventStore, type Store } from 'madoguchi'
import type { Chance } from './chance.ts'
import type { Faults } from './faults.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Longer than a process keeps its shares without a sign of life. */
const LONG_STOP = [4_200, 15_000] as const
const SHORT_STOP = [50, 3_500] as const

export const stopFor = (chance: Chance): number =>
  chance.happens(0.4) ? chance.between(...LONG_STOP) : chance.between(...SHORT_STOP)

const READ = {
  'dies before a call': 1,
  'dies after a call': 1,
  'stops before a call': 1,
  'stops after a call': 1,
  'sleeps before a call': 1,
  'sleeps after a call': 1,
  'store refuses': 6,
  'store refuses some of several calls': 2,
  'store is slow': 10,
} as const
const WRITE = {
  'dies before a call': 2,
  'dies after a call': 2,
  'stops before a call': 2,
  'stops after a call': 2,
  'sleeps before a call': 1,
  'sleeps after a call': 1,
  'store refuses': 10,
  'store refuses some of several calls': 6,
  'store loses a request': 8,
  'store loses a reply': 10,
  'store is slow': 10,
} as const

/** Between the attempt in the log and the call at Meta most can go wrong. */
const ATTEMPT = {
  ...WRITE,
  'dies before a call': 10,
  'dies after a call': 10,
  'stops before a call': 20,
  'stops after a call': 20,
  'sleeps before a call': 6,
  'sleeps after a call': 6,
} as const
const TIMES = { read: 1, write: 4, attempt: 16 } as const
const WEIGHTS = { read: READ, write: WRITE, attempt: ATTEMPT } as const

/**
 * The store as one process sees it: every call takes some time, may fail, and does nothing any more for a process that is dead.
 * What several processes share is the store below.
 */
export const faultyPorts = (
  store: Store,
  {
    process,
    time,
    faults,
    chance,
  }: {
    readonly process: VirtualProcess
    readonly time: VirtualTime
    readonly faults: Faults
    readonly chance: Chance
  },
): Store => {
  let isClosed = false
  let refusesSomeUntil = 0
  const travels = (): Promise<void> | undefined => (chance.happens(0.25) ? time.wait(chance.between(1, 4)) : undefined)

  const call = async <Result>(kind: keyof typeof TIMES, apply: () => Promise<Result>): Promise<Result> => {
    if (isClosed) throw new StoreClosed()
    await process.runs()
    const fault = faults.draw<keyof typeof WRITE>(WEIGHTS[kind], TIMES[kind])
    switch (fault?.kind) {
      case 'dies before a call':
        process.kill()
        break
      case 'stops before a call':
        process.stop(stopFor(fault.chance))
        break
      case 'sleeps before a call':
        process.sleep(stopFor(fault.chance))
        break
      case 'store refuses':
        await travels()
        throw new StoreUnavailable('not-applied')
      case 'store refuses some of several calls':
        refusesSomeUntil = time.now + fault.chance.between(5, 200)
        break
      case 'store loses a request':
        await time.wait(fault.chance.between(1, 3_000))
        throw new StoreUnavailable('unknown')
      case 'store is slow':
        await time.wait(fault.chance.between(10, 6_000))
        break
    }
    await process.runs()
    await travels()
    if (time.now < refusesSomeUntil && chance.happens(0.5)) throw new StoreUnavailable('not-applied')
    const result = await apply()
    switch (fault?.kind) {
      case 'dies after a call':
        process.kill()
        break
      case 'stops after a call':
        process.stop(stopFor(fault.chance))
        break
      case 'sleeps after a call':
        process.sleep(stopFor(fault.chance))
        break
      case 'store loses a reply':
        // It went away while it answered: what is repeated meets it half gone.
        if (fault.chance.happens(0.3)) refusesSomeUntil = time.now + fault.chance.between(5, 400)
        await process.runs()
        throw new StoreUnavailable('unknown')
      case 'store is slow':
        await time.wait(fault.chance.between(0, 500))
        break
    }
    await travels()
    await process.runs()
    return result
  }
  const reads =
    <Asked extends readonly unknown[], Result>(port: (...asked: Asked) => Promise<Result>) =>
    (...asked: Asked): Promise<Result> =>
      call('read', () => port(...asked))
  const writes =
    <Asked extends readonly unknown[], Result>(port: (...asked: Asked) => Promise<Result>) =>
    (...asked: Asked): Promise<Result> =>
      call('write', () => port(...asked))

  const subscribe: EventStore['subscribe'] = (options) => ({
    [Symbol.asyncIterator]: () => {
      const inner = store.events.subscribe(options)[Symbol.asyncIterator]()
      return {
        next: async (): Promise<IteratorResult<Delivery>> => {
          if (isClosed) return { done: true, value: undefined }
          const next = await inner.next()
          await travels()
          await process.runs()
          return next
        },
        return: async () => (await inner.return?.()) ?? { done: true, value: undefined },
      }
    },
  })
  const { events, views, snapshots, leases, keys, tokens, blobs } = store
  const close = async (): Promise<void> => {
    isClosed = true
  }
  return {
    events: {
      checksPremises: true,
      append: (stream, expected, added, options) => {
        const attempt = added.find(({ type }) => type === 'ReplyAttempted')
        if (attempt !== undefined) process.worker = attempt.data['worker'] as string
        return call(attempt === undefined ? 'write' : 'attempt', () => events.append(stream, expected, added, options))
      },
      ...(events.appendAll === undefined ? {} : { appendAll: writes(events.appendAll) }),
      read: reads(events.read),
      head: reads(events.head),
      readAll: reads(events.readAll),
      subscribe,
      close,
    },
    views: {
      checkpoint: reads(views.checkpoint),
      get: reads(views.get),
      query: reads(views.query),
      places: reads(views.places),
      commit: writes(views.commit),
      builds: reads(views.builds),
      finish: writes(views.finish),
      drop: writes(views.drop),
      close,
    },
    snapshots: { load: reads(snapshots.load), save: writes(snapshots.save) },
    leases: { read: reads(leases.read), write: writes(leases.write) },
    keys: {
      digestKey: writes(keys.digestKey),
      findDigestKey: reads(keys.findDigestKey),
      adoptDigestKey: writes(keys.adoptDigestKey),
    },
    tokens: {
      get: reads(tokens.get),
      put: writes(tokens.put),
      remove: writes(tokens.remove),
      ids: reads(tokens.ids),
    },
    blobs: { get: reads(blobs.get), put: writes(blobs.put), remove: writes(blobs.remove), ids: reads(blobs.ids) },
    close,
  }
}
