import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { ConversationCommand, PastMessage, TicketFacts } from '../../domain/conversation/commands.ts'
import type { MessageContent } from '../../domain/conversation/content.ts'
import type { AccountId, ConversationId, MessageId } from '../../domain/ids.ts'
import { messageIdOf } from '../identity.ts'
import type { Incoming, IncomingContent } from '../ports/platform.ts'

interface Circumstances {
  readonly conversationId: ConversationId
  readonly channel: ChannelFacts
  readonly whenDue?: ChannelFacts
  readonly messageId: MessageId
  /** The time of receipt. */
  readonly at: number
  readonly knownElsewhere: boolean
  readonly elsewhere: PastMessage
  readonly latestTicket?: TicketFacts
  /** Keyed digest of an echo's text, or of a reaction. */
  readonly contentDigest?: string
}

/** Meta's words in the desk's: the command that one delivered event asks for. */
export const toCommand = (
  incoming: Extract<Incoming, { readonly customerId: string }>,
  circumstances: Circumstances,
): ConversationCommand => {
  const { latestTicket, contentDigest, ...known } = circumstances
  const { channel } = known
  const { customerId, metaAt, standby } = incoming
  const always = { ...known, customerId, metaAt }
  const delivered = standby ? { ...always, standby } : always
  const { accountId } = channel
  switch (incoming.kind) {
    case 'message':
      return {
        type: 'ReceiveMessage',
        data: {
          ...delivered,
          content: toContent(accountId, incoming.content),
          ...(incoming.mid === undefined ? {} : { mid: incoming.mid }),
          ...(latestTicket === undefined ? {} : { latestTicket }),
        },
      }
    case 'echo':
      return {
        type: 'ReceiveEcho',
        data: {
          ...delivered,
          mid: incoming.mid,
          content: toContent(accountId, incoming.content),
          ...(contentDigest === undefined ? {} : { textDigest: contentDigest }),
        },
      }
    case 'edit':
      return { type: 'ReceiveEdit', data: { ...delivered, text: incoming.text, numEdit: incoming.numEdit } }
    case 'unsend':
      return { type: 'ReceiveUnsend', data: { ...delivered, by: incoming.by } }
    case 'reaction': {
      const { by, action, reaction, emoji } = incoming
      return {
        type: 'ReceiveReaction',
        data: {
          ...delivered,
          by,
          action,
          ...(reaction === undefined ? {} : { reaction }),
          ...(emoji === undefined ? {} : { emoji }),
          ...(contentDigest === undefined ? {} : { digest: contentDigest }),
        },
      }
    }
    case 'seen':
      return { type: 'ReceiveSeen', data: delivered }
    case 'referral': {
      const { source, type, ref } = incoming
      return {
        type: 'ReceiveReferral',
        data: {
          ...delivered,
          ...(source === undefined ? {} : { source }),
          ...(type === undefined ? {} : { type }),
          ...(ref === undefined ? {} : { ref }),
        },
      }
    }
    case 'thread-control': {
      const { change, ownerAppId, previousAppId, metadata } = incoming
      return {
        type: 'ReceiveThreadControl',
        data: { ...delivered, change, ownerAppId, previousAppId, ...(metadata === undefined ? {} : { metadata }) },
      }
    }
  }
}

/** Content in the desk's words: quotes name its own message ids. */
export const toContent = (accountId: AccountId, { replyToMid, ...content }: IncomingContent): MessageContent =>
  replyToMid === undefined ? content : { ...content, replyTo: messageIdOf(accountId, replyToMid) }
