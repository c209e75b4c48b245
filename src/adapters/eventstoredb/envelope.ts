import type { RecordedEvent } from '../../application/ports/event-store.ts'
import { LogDamaged } from '../../application/ports/store-errors.ts'
import type { EventText } from '../event-text.ts'
import { originalText, storableText } from '../index-key.ts'
import type { ProposedEvent, ReceivedEvent } from './client.ts'
import { toPosition } from './position.ts'

/** What stands in the metadata of each event. */
interface Metadata {
  readonly version: number
  readonly recordedAt: number
  readonly meta: RecordedEvent['meta']
  /** The event's id, where the server was given another one; see {@link toProposed}. */
  readonly id?: string
  /** Which append wrote it, where the server was given the event's own id. */
  readonly call?: string
  /** UTF-16 units of data, personal and meta: so a page can end before it fills the memory. */
  readonly units: number
}

const UUID = /^(?!0{8}-(?:0{4}-){3}0{12}$)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** @throws TypeError: the server keeps ids as UUIDs, in lower case. */
export const requireUuids = (texts: readonly EventText[]): void => {
  for (const { id } of texts)
    if (!UUID.test(id))
      throw new TypeError(`the id of an event must be a UUID in lower case, not ${JSON.stringify(id)}`)
}

/**
 * How an append is told from a repetition of it.
 *
 * At an exact revision every call gives the server ids of its own. Then the server cannot take the append for a repetition of
 * an earlier one: it appends, or it refuses because the stream is elsewhere, and the events there decide. Where the revision does
 * not matter, the server is given the events' ids, which it remembers for a while, and `call` marks who wrote them.
 */
export type Identity = { readonly kind: 'ids-of-this-call' } | { readonly kind: 'own-ids'; readonly call: string }

/**
 * An event for the client, plain data that was written as JSON before.
 *
 * The client writes it as JSON once more, so that it can be read in the server's own tools; a payload that cannot be written
 * would let its promise never settle.
 */
export const toProposed = (text: EventText, identity: Identity): ProposedEvent => {
  const isOwn = identity.kind === 'own-ids'
  const metadata: Metadata = {
    version: text.version,
    recordedAt: text.recordedAt,
    meta: JSON.parse(text.meta),
    ...(isOwn ? { call: identity.call } : { id: text.id }),
    units: text.data.length + (text.personal?.length ?? 0) + text.meta.length,
  }
  return {
    id: isOwn ? text.id : crypto.randomUUID(),
    type: storableText(text.type),
    contentType: 'application/json',
    data: { data: JSON.parse(text.data), ...(text.personal !== null && { personal: JSON.parse(text.personal) }) },
    metadata: { ...metadata },
  }
}

const metadataOf = (event: ReceivedEvent): Metadata => {
  const metadata = event.metadata as Partial<Metadata> | undefined
  const data = event.data as Partial<RecordedEvent> | undefined
  if (metadata?.meta === undefined || data?.data === undefined)
    throw new LogDamaged(
      { stream: event.streamId, revision: Number(event.revision), position: toPosition(event.position) },
      'was not written by a desk',
    )
  return metadata as Metadata
}

/** Which call wrote it; undefined if it was an append at an exact revision. */
export const callOf = (event: ReceivedEvent): string | undefined => metadataOf(event).call

/** The id that the event was appended with. */
export const idOf = (event: ReceivedEvent): string => (event.metadata as Partial<Metadata> | undefined)?.id ?? event.id

/** UTF-16 units of its JSON. */
export const unitsOf = (event: ReceivedEvent): number => metadataOf(event).units

/** @throws LogDamaged when something else was written to a stream of the desk */
export const toRecorded = (event: ReceivedEvent, stream: string): RecordedEvent => {
  const { version, recordedAt, meta } = metadataOf(event)
  const { data, personal } = event.data as Pick<RecordedEvent, 'data' | 'personal'>
  return {
    id: idOf(event),
    type: originalText(event.type),
    version,
    data,
    ...(personal !== undefined && { personal }),
    meta,
    recordedAt,
    stream,
    revision: Number(event.revision),
    position: toPosition(event.position),
  }
}
