import type { JsonObject } from './json.ts'
import type { Attachment, Message, Reaction } from './world.ts'

/** The parties and the time of an event, as Meta writes them. */
const header = (from: string, to: string, timestamp: number): JsonObject => ({
  sender: { id: from },
  recipient: { id: to },
  timestamp,
})

type Between = Pick<Message, 'accountId' | 'customerId'>

const fromCustomer = ({ accountId, customerId }: Between, timestamp: number): JsonObject =>
  header(customerId, accountId, timestamp)

const fromEither = (message: Message, timestamp: number): JsonObject =>
  message.from === 'customer'
    ? fromCustomer(message, timestamp)
    : header(message.accountId, message.customerId, timestamp)

/** `message`, and for the business's own ones the echo. @param selfReply whether a quote is of the sender's own words */
export const messageBody = (message: Message, selfReply: boolean): JsonObject => ({
  ...fromEither(message, message.timestamp),
  message: {
    mid: message.mid,
    ...(message.text !== undefined && { text: message.text }),
    ...(message.from === 'business' && { is_echo: true }),
    ...(message.attachments && { attachments: message.attachments.map(attachmentBody) }),
    ...(message.quickReply !== undefined && { quick_reply: { payload: message.quickReply } }),
    ...(message.replyTo !== undefined && {
      reply_to: { mid: message.replyTo, ...(selfReply && { is_self_reply: true }) },
    }),
    ...(message.story && { reply_to: { story: message.story } }),
    ...(message.referral && { referral: message.referral }),
    ...(message.unsupported && { is_unsupported: true }),
  },
})

const attachmentBody = ({ type, payload }: Attachment): JsonObject => ({ type, ...(payload && { payload }) })

/** `message` with `is_deleted`: either side took a message back. */
export const unsendBody = (message: Message, timestamp: number): JsonObject => ({
  ...fromEither(message, timestamp),
  message: { mid: message.mid, ...(message.from === 'business' && { is_echo: true }), is_deleted: true },
})

/** `message_edit`. `num_edit` is text on one of Meta's pages and a number on the other; here odd edits carry text. */
export const editBody = (message: Message, timestamp: number): JsonObject => ({
  ...fromCustomer(message, timestamp),
  message_edit: {
    mid: message.mid,
    text: message.text ?? '',
    num_edit: message.edits % 2 === 1 ? String(message.edits) : message.edits,
  },
})

/** `reaction`: a taken-back one has neither name nor emoji. */
export const reactionBody = (message: Message, reaction: Reaction | undefined, timestamp: number): JsonObject => ({
  ...fromCustomer(message, timestamp),
  reaction: { mid: message.mid, action: reaction ? 'react' : 'unreact', ...reaction },
})

/** `read`: a message id, not a time as on Messenger. */
export const seenBody = (message: Message, timestamp: number): JsonObject => ({
  ...fromCustomer(message, timestamp),
  read: { mid: message.mid },
})

/** What a tap sends. `payload` is missing in standby, `mid` below version 11. */
export interface Postback {
  readonly mid?: string
  readonly title: string
  readonly payload?: string
  readonly referral?: JsonObject
}

/** `postback`: an ice breaker, a template button or the persistent menu. */
export const postbackBody = (between: Between, postback: Postback, timestamp: number): JsonObject => ({
  ...fromCustomer(between, timestamp),
  postback: { ...postback },
})

/** `referral` alone: an ig.me link opened in an existing thread. */
export const referralBody = (between: Between, ref: string, timestamp: number): JsonObject => ({
  ...fromCustomer(between, timestamp),
  referral: igMeReferral(ref),
})

/** The referral of an ig.me link. */
export const igMeReferral = (ref: string): JsonObject => ({ ref, source: 'SHORTLINKS', type: 'OPEN_THREAD' })

/** `pass_thread_control`, `take_thread_control` or `request_thread_control`. */
export const threadControlBody = (
  between: Between,
  control: 'pass' | 'take' | 'request',
  inner: JsonObject,
  timestamp: number,
): JsonObject => ({ ...fromCustomer(between, timestamp), [`${control}_thread_control`]: inner })

/** `policy_enforcement`: Meta blocked or unblocked the account; there is no sender. */
export const policyBody = (accountId: string, action: string, reason: string, timestamp: number): JsonObject => ({
  recipient: { id: accountId },
  timestamp,
  policy_enforcement: { action, reason },
})
