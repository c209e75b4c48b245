import { parse } from 'uuid'
import type { AccountId, ChannelId, ConversationId, CustomerId, MessageId, Mid } from '../domain/ids.ts'
import { namedUuids } from './named-uuid.ts'

/** The namespace of every id that is derived and not drawn. Part of the stored format: it never changes. */
const MADOGUCHI = parse('6f1f5a52-35d1-5c5b-9a55-0f6d2f3c7a11')

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
