import type { EventStoreDbClient } from './client.ts'

/** What the clients ask themselves before they append. */
interface Capabilities {
  supports(method: { readonly path: string }, feature?: string): Promise<boolean>
}

const BATCH_APPEND = /\/BatchAppend$/i

/** Whether it is `@kurrent/kurrentdb-client`: known by what only it can do. */
export const isYounger = (client: EventStoreDbClient): boolean => 'multiStreamAppend' in client

const asks = (client: object): client is Capabilities =>
  typeof (client as Partial<Capabilities>).supports === 'function'

/**
 * The client to append with.
 *
 * The older one sends all appends over one stream and keeps the callers that wait for an answer in one list for the whole process.
 * An answer for which nobody is in the list is an uncaught TypeError in it. There are two such answers: one that comes after a
 * connection that the client had given up has ended, which empties the list; and the second answer to an append that the server
 * refused before it was complete (a bad id, too large), a `Timeout` for the same append some seconds later. So the older one
 * appends with a call each. It does that where the server has no stream of appends: it is told that there is none, after it has
 * asked, because only the failure of this question says for certain that nothing was sent.
 *
 * The younger one has a list for each stream of appends, and from 1.3.1 on ignores what nobody waits for.
 */
export const appending = (client: EventStoreDbClient): EventStoreDbClient => {
  if (isYounger(client) || !asks(client)) return client
  const supports: Capabilities['supports'] = async (method, feature) =>
    (await client.supports(method, feature)) && !BATCH_APPEND.test(method.path)
  // Its other methods are bound to it; the getter is not, and would look for its secrets in the wrong object.
  return Object.create(client, { supports: { value: supports }, throwOnAppendFailure: { value: true } })
}
