import { messageOf, type Platform, threadOf } from './platform.ts'
import type { Attachment, Message } from './world.ts'

/** One message on the customer's phone. */
export interface PhoneMessage {
  readonly mid: string
  readonly from: 'customer' | 'business'
  readonly timestamp: number
  readonly text?: string
  readonly attachments?: readonly Attachment[]
  readonly replyTo?: string
  readonly edited: boolean
  readonly seen: boolean
  readonly reactions: Message['reactions']
}

/** What the customer sees. What was unsent is gone from it. */
export interface PhoneView {
  readonly messages: readonly PhoneMessage[]
  readonly businessIsTyping: boolean
  /** The customer's newest message that shows as "Seen". */
  readonly seenByBusiness?: string
}

/** The phone of one customer, towards one account. */
export const phoneOf = (platform: Platform, accountId: string, customerId: string): PhoneView => {
  const { mids, typingUntil, seenByBusiness } = threadOf(platform, accountId, customerId)
  return {
    messages: mids
      .map((mid) => messageOf(platform, mid))
      .filter(({ unsentAt }) => unsentAt === undefined)
      .toSorted((a, b) => a.timestamp - b.timestamp)
      .map(onPhone),
    businessIsTyping: typingUntil !== undefined && platform.now() < typingUntil,
    ...(seenByBusiness !== undefined && { seenByBusiness }),
  }
}

const onPhone = ({
  mid,
  from,
  timestamp,
  text,
  attachments,
  replyTo,
  edits,
  seenAt,
  reactions,
}: Message): PhoneMessage => ({
  mid,
  from,
  timestamp,
  ...(text !== undefined && { text }),
  ...(attachments && { attachments }),
  ...(replyTo !== undefined && { replyTo }),
  edited: edits > 0,
  seen: seenAt !== undefined,
  reactions,
})
