import { fullTime } from './time.js'

const when = (at) => (typeof at === 'number' ? fullTime(at) : 'then')
const person = (id) => (id === null || id === undefined ? 'nobody' : id)

/** Every reason for which something is not allowed, in words. */
const WORDS = {
  'window-expired': ({ expiredAt }) =>
    `Nobody can write since ${when(expiredAt)}: 7 days have passed since the customer last wrote. Their next message opens it again.`,
  'window-never-opened': () => 'The customer has never written, so nobody may write to them.',
  'human-agent-only': ({ humanAgentUntil }) => `Only a person may answer until ${when(humanAgentUntil)}.`,
  'human-agent-refused': () =>
    'More than 24 hours have passed, and Meta has not given this app the Human Agent permission.',
  'channel-disabled': () => 'The channel is disabled: nothing is sent.',
  'channel-deleted': () => 'The channel is deleted: it can only be read.',
  'channel-not-found': () => 'There is no such channel.',
  'authorization-lost': () => 'The connection to Instagram is lost. An administrator has to sign in again.',
  'authorization-restricted': () =>
    'Meta has restricted this account from sending. Once that is lifted, an administrator tries again with the same token.',
  'not-administrator': () => 'Only administrators may do this.',
  'not-associated': () => 'You are not among the agents of this channel.',
  'not-the-assignee': ({ assignee }) => `Only ${person(assignee)} may answer this conversation.`,
  'assignee-changed': ({ assignee }) =>
    `Somebody was quicker: it now belongs to ${person(assignee)}. Look again and decide anew.`,
  'target-not-associated': ({ agentId }) => `${agentId} is not among the agents of this channel.`,
  'already-converted': ({ ticketId }) => `This is a ticket already (${String(ticketId).slice(0, 8)}…).`,
  'nothing-to-convert': () => 'Nothing that the customer wrote is left to make a ticket of.',
  'no-pending-conversion': () => 'There is no pending conversion.',
  blocked: () => 'This customer is blocked.',
  'conversation-ended': () => 'The conversation has ended.',
  'other-app-in-control': () => 'Another app holds this thread at Meta.',
  'conversation-not-found': () => 'There is no such conversation.',
  'message-not-found': () => 'There is no such message.',
  'reply-not-found': () => 'There is no such reply.',
  'reply-state': ({ status }) => `The reply is ${status} by now.`,
  'may-arrive-twice': () => 'Whether it arrived is not known: sent again, it may arrive twice.',
  'too-long': ({ field, limit, actual, unit }) => `${field}: ${actual} ${unit}; at most ${limit} are allowed.`,
  empty: ({ field }) => `${field}: there is nothing in it.`,
  'lone-surrogate': ({ field }) => `${field}: half of a character stands alone.`,
  invalid: ({ field, expected, given }) =>
    `${field}: expected ${expected}${given === undefined ? '' : `, given ${given}`}.`,
  'key-reused': () => 'This was asked before with something else in it. Nothing was done; ask again.',
  'icon-type': ({ expected, given }) => `Icon: expected ${expected}, given ${given}.`,
  'channel-limit': ({ limit, live }) => `${live} of ${limit} channels are live: as many as there are departments.`,
  'department-not-found': ({ departmentId }) => `There is no department ${departmentId}.`,
  'account-in-use': () => 'This Instagram account is in another channel.',
  'ticket-not-found': () => 'There is no such ticket.',
  'ticket-closed': () => 'The ticket is closed.',
  withdrawn: () => 'Withdrawn.',
  'content-gone': () => 'Its content is gone.',
  'meta-window-closed': () => 'Meta did not take it as an answer in time, by its own count.',
  'customer-unavailable': () => 'The customer cannot be reached: gone, or has blocked the business.',
  'media-refused': () => 'Meta refused the picture.',
  'message-refused': () => 'Meta refused the message.',
  'not-permitted': () => 'Meta did not permit it.',
  throttled: () => 'Meta lets nothing more through for now.',
  'no-connection': () => 'Meta could not be reached.',
  'outcome-unknown': () => 'Meta gave no answer.',
  'window-closed': () => 'Meta says that the window is closed.',
  'authorization-suspended': () =>
    'The owner has switched off access to messages. Once it is on again, an administrator tries again with the same token.',
  'give-up': () => 'Meta refused it.',
  'not-in-quarantine': () => 'It is not in quarantine any more.',
  'no-actor': () => 'Nobody is named who acts.',
}

/** A code with its facts, in words; a code that is new here in the host's words, or as it is. */
export const reason = (code, facts = {}, sentence = code.replaceAll('-', ' ')) => WORDS[code]?.(facts) ?? sentence

/** Whatever was thrown, in words. */
export const inWords = (error) =>
  typeof error?.code === 'string' ? reason(error.code, error.facts, error.sentence) : 'The host cannot be reached.'
