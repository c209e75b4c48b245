import type { Store } from 'madoguchi'

/** The store does not answer; the message is the driver's, which names no password. */
export class NoStore extends Error {
  override readonly name = 'NoStore'
}

const reasonOf = (error: unknown): string => {
  const { cause } = error as Error
  const named = cause instanceof Error ? cause : (error as Error)
  return named.message.replace(/ Resolution note:\s*$/, '')
}

/** Asks the store once, so that a host says at its start what is wrong instead of trying again for ever. @throws NoStore */
export const storeAnswers = async (store: Store): Promise<void> => {
  try {
    await store.events.read('anything', { limit: 1 })
  } catch (error) {
    throw new NoStore(reasonOf(error))
  }
}
