import type {
  ConversationStarted,
  CustomerProfileLearned,
  MessageEchoed,
  MessageReceived,
} from '../domain/conversation/events.ts'
import type { ChannelId, ConversationId, CustomerId } from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import type { Projection } from './projection.ts'
import { tokensOf } from './search/tokens.ts'

/** Who a conversation is with, for finding it by name. */
export interface CustomerDocument {
  readonly conversationId: ConversationId
  readonly channelId: ChannelId
  readonly customerId: CustomerId
  readonly profile: { readonly name?: string; readonly username?: string }
  /** When Meta was asked for it last. */
  readonly learnedAt?: Instant
  readonly since: Instant
  /** Whether a message has come; nobody else is found. */
  readonly visible: boolean
}

/** What customers are searched by. */
export const nameText = ({ profile, customerId }: Pick<CustomerDocument, 'profile' | 'customerId'>): string =>
  `${profile.name ?? ''} ${profile.username ?? ''} ${customerId}`

/** Customers by the words of their names. Written on first contact and when a name is learnt, not with every message. */
export const customers: Projection<
  ConversationStarted | MessageReceived | MessageEchoed | CustomerProfileLearned,
  CustomerDocument
> = {
  name: 'customers',
  version: 2,
  types: ['ConversationStarted', 'MessageReceived', 'MessageEchoed', 'CustomerProfileLearned'],
  keys: ({ scope }) => [scope.conversationId ?? ''],
  evolve: (document, { event, scope }) => {
    const { conversationId = '', channelId = '', customerId = '' } = scope
    const known = document ?? {
      conversationId,
      channelId,
      customerId,
      profile: {},
      since: event.data.at,
      visible: false,
    }
    if (event.type === 'CustomerProfileLearned') {
      const { name, username } = event.personal ?? {}
      return {
        ...known,
        learnedAt: event.data.at,
        profile: { ...(name === undefined ? {} : { name }), ...(username === undefined ? {} : { username }) },
      }
    }
    return known.visible || event.type === 'ConversationStarted' ? known : { ...known, visible: true }
  },
  indexes: {
    /** channel, token, first contact */
    search: ({ visible, channelId, customerId, profile, since }) =>
      visible ? tokensOf(nameText({ profile, customerId })).map((token) => [channelId, token, since]) : [],
  },
}
