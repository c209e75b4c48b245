import type { DomainEvent } from '../domain/event.ts'
import type { DeliveriesDecided } from '../domain/intake/events.ts'
import { currentVersion, decode } from '../domain/upcasting.ts'
import type { Recorded } from '../projections/projection.ts'
import type { JsonObject } from './ports/json.ts'
import type { NewEvent, RecordedEvent } from './ports/event-store.ts'

type AnyEvent = DomainEvent<string, object, object>

/** Where an event belongs and what asked for it; the `meta` of the log. */
export interface EventMeta {
  readonly organizationId?: string
  readonly channelId?: string
  readonly conversationId?: string
  readonly customerId?: string
  /** The idempotency key of the command. */
  readonly commandKey?: string
  /** Keyed digest of what was asked for under that key. */
  readonly commandContent?: string
  /** What became of the deliveries that made this happen: with the first event of its commit. */
  readonly deliveries?: DeliveriesDecided
}

/** The log holds an event that this version of the code does not know: it stops here and never skips it. */
export class NewerThanCode extends Error {
  override readonly name = 'NewerThanCode'
  readonly stream: string
  readonly eventType: string
  readonly version: number
  constructor(stream: string, eventType: string, version: number) {
    super(`newer-than-code: ${eventType} version ${version} in ${stream}; upgrade this process`)
    this.stream = stream
    this.eventType = eventType
    this.version = version
  }
}

/** A domain event on its way into the log. */
export const toNewEvent = (event: AnyEvent, id: string, meta: EventMeta, recordedAt: number): NewEvent => {
  const { type, data, personal } = event
  const shape = {
    id,
    type,
    version: currentVersion(type),
    data: data as JsonObject,
    meta: meta as JsonObject,
    recordedAt,
  }
  return personal === undefined ? shape : { ...shape, personal: personal as JsonObject }
}

/** A stored event in the domain's present words. @throws NewerThanCode */
export const toDomainEvent = <Event>(recorded: RecordedEvent): Event => {
  const decoded = decode(recorded.type, recorded.version, recorded.data, recorded.personal)
  if (decoded.kind === 'newer-than-code') throw new NewerThanCode(recorded.stream, recorded.type, recorded.version)
  return decoded.event as Event
}

/** A stored event as projections see it. @throws NewerThanCode */
export const toRecorded = <Event>(recorded: RecordedEvent): Recorded<Event> => {
  const { commandKey, commandContent, deliveries, ...scope } = recorded.meta as EventMeta
  return {
    event: toDomainEvent<Event>(recorded),
    id: recorded.id,
    stream: recorded.stream,
    revision: recorded.revision,
    position: recorded.position,
    recordedAt: recorded.recordedAt,
    scope,
    ...(commandKey === undefined ? {} : { commandKey }),
    ...(commandContent === undefined ? {} : { commandContent }),
    ...(deliveries === undefined ? {} : { deliveries }),
  }
}
