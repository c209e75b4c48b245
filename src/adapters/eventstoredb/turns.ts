import { StoreUnavailable } from '../../application/ports/store-errors.ts'
import { within } from './within.ts'

/** One after the other for each stream. */
export interface Turns {
  /**
   * Acts when those who came before for the same stream are done.
   * @throws StoreUnavailable when they are not done in time; nothing was begun then
   */
  take<T>(stream: string, act: () => Promise<T>): Promise<T>
}

const nothing = (): void => undefined

/**
 * The clients send appends that are made at the same moment in any order, and some servers take them so.
 *
 * Waits no longer than `deadline` milliseconds for those before: otherwise many waits behind a frozen server would add up.
 */
export const createTurns = (deadline: number): Turns => {
  const last = new Map<string, Promise<void>>()

  const after = async <T>(before: Promise<void>, act: () => Promise<T>): Promise<T> => {
    await within(deadline, () => before).catch((cause: unknown) => {
      throw new StoreUnavailable('not-applied', { cause })
    })
    return act()
  }

  return {
    take: async (stream, act) => {
      const before = last.get(stream)
      const own = before ? after(before, act) : act()
      const settled = own.then(nothing, nothing)
      last.set(stream, settled)
      try {
        return await own
      } finally {
        if (last.get(stream) === settled) last.delete(stream)
      }
    },
  }
}
