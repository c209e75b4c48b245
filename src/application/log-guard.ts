import type { EventStore } from './ports/event-store.ts'
import { isDamage } from './ports/store-errors.ts'

/**
 * A log that takes nothing in once a part of it could not be read: what is appended behind damage may have to be thrown away with
 * the restoring of a backup. Each append tries that part again, and is refused with its error for as long as it fails.
 */
export const guardedLog = (events: EventStore): EventStore => {
  let damaged: (() => Promise<unknown>) | undefined
  /** Reads; the caller may give up, but `again` is what is tried from then on. */
  const noting = async <T>(read: Promise<T>, again: () => Promise<unknown>): Promise<T> => {
    try {
      return await read
    } catch (error) {
      if (isDamage(error)) damaged = again
      throw error
    }
  }
  const assertWhole = async (): Promise<void> => {
    const again = damaged
    if (again === undefined) return
    await again()
    if (damaged === again) damaged = undefined
  }
  const { appendAll } = events
  return {
    ...(events.checksPremises === undefined ? {} : { checksPremises: events.checksPremises }),
    append: async (...given) => {
      if (damaged !== undefined) await assertWhole()
      return events.append(...given)
    },
    ...(appendAll === undefined
      ? {}
      : {
          appendAll: async (appends) => {
            await assertWhole()
            return appendAll.call(events, appends)
          },
        }),
    read: (stream, options) => noting(events.read(stream, options), () => events.read(stream, withoutSignal(options))),
    head: (stream) => noting(events.head(stream), () => events.head(stream)),
    readAll: (options) => noting(events.readAll(options), () => events.readAll(withoutSignal(options))),
    subscribe: async function* (options) {
      let { after } = options
      try {
        for await (const delivery of events.subscribe(options)) {
          yield delivery
          if (delivery.kind === 'events') after = delivery.events.at(-1)?.position ?? after
          else after = delivery.position ?? after
        }
      } catch (error) {
        const { after: _, ...filter } = withoutSignal(options)
        if (isDamage(error)) damaged = () => events.readAll({ ...filter, ...(after === undefined ? {} : { after }) })
        throw error
      }
    },
    close: () => events.close(),
  }
}

const withoutSignal = <Options extends { readonly signal?: AbortSignal }>(
  options?: Options,
): Omit<Options, 'signal'> => {
  const { signal: _, ...others } = options ?? ({} as Options)
  return others
}
