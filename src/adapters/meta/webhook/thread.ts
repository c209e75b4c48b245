import type { JsonObject } from '../../../application/ports/json.ts'
import type { Instant } from '../../../domain/instant.ts'
import { asInstant } from './instant.ts'
import { idOf } from './readers.ts'
import { ignored, quarantined, unreadable, type Verdict } from './verdict.ts'

/** Where an event stands: the array of an entry it came in. */
export interface Place {
  readonly accountId: string
  readonly standby: boolean
}

/** The two sides of a thread and Meta's time, as every incoming thing of a thread carries them. */
export interface Thread {
  readonly accountId: string
  readonly customerId: string
  readonly metaAt: Instant
  readonly standby: boolean
}

/** A thread and which side acted. */
export interface Addressed {
  readonly thread: Thread
  readonly by: 'customer' | 'business'
}

/**
 * Tells the sides apart by the account id and by nothing else: Meta's samples print other ids in places, and neither
 * the position nor a flag says who wrote.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/webhook (Jun 26, 2026)
 */
export const addressed = (event: JsonObject, { accountId, standby }: Place): Addressed | Verdict => {
  const sender = idOf(event['sender'], 'sender')
  const recipient = idOf(event['recipient'], 'recipient')
  if (sender === undefined || recipient === undefined) {
    return unreadable(sender === undefined ? 'sender is missing' : 'recipient is missing')
  }
  const by = sender === accountId ? 'business' : 'customer'
  if (by === 'business' && recipient === accountId) return ignored('self')
  if (by === 'customer' && recipient !== accountId) {
    return quarantined('account-not-a-party', 'neither sender nor recipient is the account')
  }
  const metaAt = asInstant(event['timestamp'])
  if (metaAt === undefined) return unreadable('timestamp is missing or no time')
  return { thread: { accountId, customerId: by === 'customer' ? sender : recipient, metaAt, standby }, by }
}
