import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'
import type { Instant } from '../../domain/instant.ts'
import type { Refusal, RefusalCode, Refusals } from '../../domain/refusal.ts'

type Sentences = { readonly [Code in RefusalCode]: (facts: Refusals[Code], at: Instant) => string }

/** "3 hours ago", "in 2 days". */
const when = (instant: Instant, at: Instant): string => formatDistanceStrict(instant, at, { addSuffix: true })

const SENTENCES: Sentences = {
  'window-expired': ({ anchor, expiredAt }, at) =>
    `The customer last wrote ${when(anchor, at)}, and the 7 days to answer ended ${when(expiredAt, at)}. Writing is possible again as soon as the customer writes.`,
  'window-never-opened': () => 'The customer has never written, and Instagram lets a business write only after that.',
  'human-agent-only': ({ standardUntil, humanAgentUntil }, at) =>
    `The 24 hours for automatic answers ended ${when(standardUntil, at)}. A person may answer; that ends ${when(humanAgentUntil, at)}.`,
  'human-agent-refused': ({ standardUntil }, at) =>
    `The 24 hours to answer ended ${when(standardUntil, at)}, and Meta has not given this app the Human Agent feature. Ask for it in App Review, then set it on the channel.`,
  'channel-disabled': () => 'The channel is disabled: nothing is sent or received until an administrator enables it.',
  'channel-deleted': () => 'The channel is deleted: its conversations can be read and nothing else.',
  'channel-not-found': () => 'There is no such channel.',
  'authorization-lost': () =>
    'Instagram no longer lets the desk act for this account. An administrator has to connect it again.',
  'authorization-suspended': () =>
    'Instagram lets the desk do nothing until the owner of the account acts: they allow access to messages in the Instagram app, or confirm who they are. Then an administrator connects the channel again, without a new sign-in.',
  'authorization-restricted': () =>
    'Meta has restricted sending for this account. The account status in the Instagram app says why. Once that is lifted, an administrator connects the channel again, without a new sign-in: the desk does not try by itself.',
  'not-administrator': () => 'Only an administrator of the organization may do this.',
  'not-associated': () => 'Only agents of the channel may do this.',
  'not-the-assignee': ({ assignee }) =>
    `On this channel only the assignee answers${assignee === null ? '' : `: ${assignee}`}.`,
  'assignee-changed': ({ assignee }) =>
    `Somebody was quicker: the conversation is now ${assignee === null ? 'in the queue' : `${assignee}'s`}. Look again, then decide.`,
  'target-not-associated': ({ agentId }) =>
    `${agentId} is no agent of this channel. An administrator can associate them.`,
  'already-converted': ({ ticketId }) => `This is ticket ${ticketId} already.`,
  'nothing-to-convert': () => 'Nothing that the customer wrote is left to make a ticket of.',
  'no-pending-conversion': () => 'No conversion is pending.',
  blocked: () => 'The customer is blocked. Unblock them to write.',
  'conversation-ended': () => 'The conversation is ended. Reopen it first.',
  'other-app-in-control': () =>
    'Another app holds this conversation on Instagram. Take it over in the Instagram inbox, or wait until it is released.',
  'conversation-not-found': () => 'There is no such conversation.',
  'message-not-found': () => 'There is no such message.',
  'reply-not-found': () => 'There is no such reply.',
  'reply-state': ({ status }) =>
    status === 'too-old'
      ? 'This reply ended before many newer ones and can no longer be sent again. Write a new one.'
      : `The reply is ${status}: this cannot be done with it.`,
  'may-arrive-twice': () =>
    'Nobody knows whether this reply arrived. Sending it again may make it arrive twice: confirm that first.',
  'too-long': ({ field, limit, actual, unit }) => `${field} has ${actual} ${unit}; at most ${limit} are allowed.`,
  empty: ({ field }) => `${field} is empty.`,
  'lone-surrogate': ({ field, index }) => `${field} holds half a character at place ${index}, which is no valid text.`,
  invalid: ({ field, expected, given }) => `${field} must be ${expected}, and was ${given}.`,
  'not-started': () => 'The desk is not running yet: call desk.start() first.',
  'key-reused': () =>
    'The idempotency key of this request was used for another one before, so nothing was done. Ask again with a new key.',
  'icon-type': ({ expected, given }) => `The icon must be ${expected}, and was ${given}.`,
  'channel-limit': ({ limit, live }) =>
    `There are ${live} channels and ${limit} departments: an organization has at most one live channel for each department.`,
  'department-not-found': ({ departmentId }) => `The organization has no department ${departmentId}.`,
  'account-in-use': () => 'This Instagram account is connected to another channel. It must be deleted there first.',
  'account-not-shown': () =>
    'The access token could not be shown to belong to this Instagram account. Sign in as the account itself, and connect it with the token that this gives.',
  'ticket-not-found': () => 'There is no such ticket.',
  'ticket-closed': ({ closedAt }, at) => `The ticket was closed ${when(closedAt, at)}. Reopen it first.`,
  'lease-lost': () => 'Another process has taken over the sending of this conversation.',
  'attempt-out-of-turn': () => 'Another process has attempted this reply in the meantime.',
}

/**
 * A refusal in a sentence for people, with its remedy, as of an instant. In English; hosts that speak other languages
 * write their own from code and facts.
 */
export const explain = <Code extends RefusalCode>(
  { code, facts }: Pick<Refusal<Code>, 'code' | 'facts'>,
  at: Instant,
): string => (SENTENCES[code] as (facts: Refusals[Code], at: Instant) => string)(facts, at)
