import type { EventStore, Store, ViewChanges } from 'madoguchi'

/** A store whose log ends, for its subscribers, at a gate that is moved on; what is committed to its views is heard of. */
export interface GatedStore {
  readonly store: Store
  /** Lets so many more events through; resolves when all of them are in the views. */
  pass(events: number): Promise<void>
}

export const gatedStore = (inner: Store, heard: (changes: readonly ViewChanges[]) => void): GatedStore => {
  let left = 0
  let opened: (() => void) | undefined
  let passed: (() => void) | undefined

  /** Whoever asks for more than the gate lets through has worked off what came before. */
  const closed = (signal: AbortSignal | undefined): Promise<void> => {
    passed?.()
    return new Promise((resolve) => {
      opened = resolve
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  const subscribe: EventStore['subscribe'] = async function* (options) {
    for await (const delivery of inner.events.subscribe(options)) {
      if (delivery.kind !== 'events') {
        yield delivery
        continue
      }
      let rest = delivery.events
      while (rest.length > 0) {
        while (left === 0) {
          await closed(options.signal)
          if (options.signal?.aborted === true) return
        }
        const events = rest.slice(0, left)
        left -= events.length
        rest = rest.slice(events.length)
        yield { kind: 'events', events }
      }
    }
  }

  return {
    store: {
      ...inner,
      events: { ...inner.events, subscribe },
      views: {
        ...inner.views,
        commit: async (changes) => {
          await inner.views.commit(changes)
          heard(changes)
        },
      },
    },
    pass: (events) =>
      new Promise((resolve) => {
        left += events
        passed = resolve
        opened?.()
      }),
  }
}
