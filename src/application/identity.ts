import { parse, v7 } from 'uuid'
import type { AccountId, ChannelId, ConversationId, CustomerId, MessageId, Mid } from '../domain/ids.ts'
import { namedUuids } from './named-uuid.ts'

/** The namespace of every id that is derived and not drawn. Part of the stored format: it never changes. */
const MADOGUCHI = parse('6f1f5a52-35d1-5c5b-9a55-0f6d2f3c7a11')

const RANDOM_BYTES = 16
/** Chance is drawn for many ids at once: asking the system costs more than an id. */
const pool = new Uint8Array(256 * RANDOM_BYTES)
let drawn = pool.length
const chance = (): Uint8Array => {
  if (drawn === pool.length) {
    crypto.getRandomValues(pool)
    drawn = 0
  }
  drawn += RANDOM_BYTES
  return pool.subarray(drawn - RANDOM_BYTES, drawn)
}

let lastMilliseconds = 0
let lastOfMillisecond = 0

/** A new id that sorts by time, and after every other one that this process made before. */
export const newId = (): string => {
  const random = chance()
  const now = Date.now()
  if (now > lastMilliseconds) {
    lastMilliseconds = now
    lastOfMillisecond = ((random[6]! & 0x7f) << 24) | (random[7]! << 16) | (random[8]! << 8) | random[9]!
  } else if (lastOfMillisecond === 0x7fffffff) {
    lastMilliseconds++
    lastOfMillisecond = 0
  } else lastOfMillisecond++
  return v7({ random, msecs: lastMilliseconds, seq: lastOfMillisecond })
}

const named = namedUuids(MADOGUCHI)

/** The one id for these words, on every machine and for ever. */
export const derivedId = (...words: readonly (string | number)[]): string => named(JSON.stringify(words))

/** One conversation per customer and channel, for ever. */
export const conversationIdOf = (channelId: ChannelId, customerId: CustomerId): ConversationId =>
  derivedId('conversation', channelId, customerId)

/** A message is the same on every channel that its account was ever connected to. */
export const messageIdOf = (accountId: AccountId, midOrKey: Mid): MessageId => {
  const name = `${accountId}:${midOrKey}`
  // Half of a surrogate pair has no UTF-8 to derive anything from.
  return named(name.isWellFormed() ? name : JSON.stringify(name))
}
