/** The host's name of a customer of the desk; one desk serves many organizations. */
export type OrganizationId = string
/** A department of the host, known to us by its id only. */
export type DepartmentId = string
/** UUID of a channel: one Instagram account connected to one organization for one stretch of time. */
export type ChannelId = string
/** The host's id of a person who works in the inbox. */
export type AgentId = string
/** Instagram professional account id, the `entry.id` of webhooks. Digits as text: they exceed 2^53. */
export type AccountId = string
/** Instagram-scoped id of a person, valid on one account only. Digits as text. */
export type CustomerId = string
/** UUID v5 of channel and customer. */
export type ConversationId = string
/** UUID v5 of account and Meta's message id: the same for every delivery of one message, on every channel, for ever. */
export type MessageId = string
/** Meta's opaque message id (`mid`), about 190 characters. */
export type Mid = string
/** UUID of a reply of this desk. */
export type ReplyId = string
/** Conversation id, a dot, and the episode: two schedulers, a replay or a crash cannot make two. See {@link ticketIdOf}. */
export type TicketId = string
/** 1, 2, 3 ... within one conversation: a run of messages that ends in at most one ticket. */
export type Episode = number
/** 0-based place of an event in its stream. */
export type Revision = number

/** The one id a ticket of this episode can have. */
export const ticketIdOf = (conversationId: ConversationId, episode: Episode): TicketId => `${conversationId}.${episode}`
