import { isStoreError, StoreUnavailable } from '../../application/ports/store-errors.ts'

/** One after the other for each stream. */
export interface Turns {
  /**
   * Acts when those who came before for the same stream are done.
   * @throws StoreUnavailable when the one before got no answer; nothing was begun then
   */
  take<T>(stream: string, act: () => Promise<T>): Promise<T>
}

const unavailable = (error: unknown): boolean => isStoreError(error, 'StoreUnavailable')

/**
 * The clients send appends that are made at the same moment in any order, and some servers take them so.
 *
 * When one gets no answer, those behind it do not try: their waits would add up behind a frozen server.
 */
export const createTurns = (): Turns => {
  /** Of the last one of each stream: whether it was answered. */
  const last = new Map<string, Promise<boolean>>()

  const after = async <T>(before: Promise<boolean>, act: () => Promise<T>): Promise<T> => {
    if (!(await before)) throw new StoreUnavailable('not-applied')
    return act()
  }

  return {
    take: async (stream, act) => {
      const before = last.get(stream)
      const own = before ? after(before, act) : act()
      const answered = own.then(
        () => true,
        (error: unknown) => !unavailable(error),
      )
      last.set(stream, answered)
      try {
        return await own
      } finally {
        if (last.get(stream) === answered) last.delete(stream)
      }
    },
  }
}
