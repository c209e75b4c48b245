import type { EventStoreDbClient } from './client.ts'

/** What the clients ask themselves before they append. */
interface Capabilities {
  supports(method: { readonly path: string }, feature?: string): Promise<boolean>
}

const BATCH_APPEND = /\/BatchAppend$/i

const asks = (client: object): client is Capabilities =>
  typeof (client as Partial<Capabilities>).supports === 'function'

/**
 * The client to append with.
 *
 * The older one sends all appends over one stream and keeps what waits for an answer in one list for the whole process. When a
 * connection that it has given up ends, the list is emptied, and the next answer is an uncaught error. It appends with a
 * call each where the server has no such stream; so it is told that there is none, after it has asked, because only the failure
 * of this question says for certain that nothing was sent.
 */
export const appending = (client: EventStoreDbClient): EventStoreDbClient => {
  // The younger one keeps a list for each stream; it is known by what only it can do.
  if ('multiStreamAppend' in client || !asks(client)) return client
  const supports: Capabilities['supports'] = async (method, feature) =>
    (await client.supports(method, feature)) && !BATCH_APPEND.test(method.path)
  // Its other methods are bound to it; the getter is not, and would look for its secrets in the wrong object.
  return Object.create(client, { supports: { value: supports }, throwOnAppendFailure: { value: true } })
}
