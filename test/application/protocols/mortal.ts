import type { Messenger, Store } from 'madoguchi'
import type { Step } from '../../../src/application/steps.ts'

// A process that can be killed: from that instant nothing of it reaches the store or Meta, and it is never stopped in an orderly way.

/** What the code of a killed process would meet, if it still ran. */
class Killed extends Error {
  // The workers of the desk end by themselves when the store is closed.
  override readonly name = 'StoreClosed'
}

export interface Process {
  readonly store: Store
  readonly messenger: (messenger: Messenger) => Messenger
  /** Dies at this step, if it is the one (the n-th time). */
  readonly onStep: (step: Step) => void
  kill(): void
  readonly isDead: () => boolean
}

/** A process on this store; it dies when it comes to `at` for the `nth` time, or when it is told to. */
export const processOn = (store: Store, at?: Step, nth = 1): Process => {
  let dead = false
  let seen = 0
  const alive = (): void => {
    if (dead) throw new Killed('killed')
  }
  const guarded = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown
        if (typeof member !== 'function') return member
        return (...asked: unknown[]) => {
          if (name === 'subscribe') return subscription(member.apply(target, asked) as AsyncIterable<unknown>)
          return (async () => {
            alive()
            const result: unknown = await member.apply(target, asked)
            alive()
            return result
          })()
        }
      },
    })
  async function* subscription(from: AsyncIterable<unknown>) {
    for await (const delivery of from) {
      alive()
      yield delivery
    }
  }
  const nothing = new Promise<never>(() => {})
  return {
    store: {
      events: guarded(store.events),
      views: guarded(store.views),
      snapshots: guarded(store.snapshots),
      leases: guarded(store.leases),
      keys: guarded(store.keys),
      tokens: guarded(store.tokens),
      blobs: guarded(store.blobs),
      close: () => Promise.resolve(),
    },
    messenger: (meta) => ({
      ...meta,
      send: (...asked) => (dead ? nothing : meta.send(...asked)),
      history: (...asked) => (dead ? nothing : meta.history(...asked)),
      profile: (...asked) => (dead ? nothing : meta.profile(...asked)),
    }),
    onStep: (step) => {
      if (step === at && ++seen === nth) dead = true
      alive()
    },
    kill: () => {
      dead = true
    },
    isDead: () => dead,
  }
}
