import type { AccountId, AgentId, ChannelId, TicketId } from './ids.ts'
import type { Instant } from './instant.ts'

/**
 * Every reason for which something is not allowed, with the facts that a screen needs to explain it.
 * Codes are stored by hosts and shown to people: they are added to, not renamed.
 */
export interface Refusals {
  /** Nobody may write: 7 days have passed since the customer last wrote. */
  readonly 'window-expired': { readonly anchor: Instant; readonly expiredAt: Instant; readonly attemptedAt: Instant }
  /** The customer has never written, so Meta lets nobody write. */
  readonly 'window-never-opened': { readonly attemptedAt: Instant }
  /** Between 24 hours and 7 days only a person may answer. */
  readonly 'human-agent-only': {
    readonly standardUntil: Instant
    readonly humanAgentUntil: Instant
    readonly attemptedAt: Instant
  }
  /** Between 24 hours and 7 days, and Meta has not given this app the Human Agent feature. */
  readonly 'human-agent-refused': { readonly standardUntil: Instant; readonly attemptedAt: Instant }
  readonly 'channel-disabled': { readonly channelId: ChannelId }
  readonly 'channel-deleted': { readonly channelId: ChannelId }
  readonly 'channel-not-found': { readonly channelId: ChannelId }
  readonly 'authorization-lost': { readonly channelId: ChannelId }
  /** The token is good, but the owner switched access off, or Instagram wants something of them first. */
  readonly 'authorization-suspended': { readonly channelId: ChannelId }
  readonly 'authorization-restricted': { readonly channelId: ChannelId }
  readonly 'not-administrator': { readonly actor: string }
  /** Tells nothing else on purpose: whoever is not associated does not even learn whether it exists. */
  readonly 'not-associated': Record<never, never>
  readonly 'not-the-assignee': { readonly assignee: AgentId | null }
  /** Somebody else changed the assignee since the author looked. */
  readonly 'assignee-changed': { readonly assignee: AgentId | null; readonly seen: AgentId | null }
  /** A transfer to an agent who is not associated with the channel. */
  readonly 'target-not-associated': { readonly agentId: AgentId }
  readonly 'already-converted': { readonly ticketId: TicketId }
  readonly 'nothing-to-convert': Record<never, never>
  readonly 'no-pending-conversion': Record<never, never>
  readonly blocked: Record<never, never>
  readonly 'conversation-ended': Record<never, never>
  /** Another app holds the thread (Meta's conversation routing); automations stay silent. */
  readonly 'other-app-in-control': { readonly ownerAppId: string | null }
  readonly 'conversation-not-found': Record<never, never>
  readonly 'message-not-found': { readonly messageId: string }
  readonly 'reply-not-found': { readonly replyId: string }
  /** What is asked does not fit where the reply is (resend of a sent one, withdrawal of an attempted one ...). */
  readonly 'reply-state': { readonly replyId: string; readonly status: string }
  /** A resend of an unconfirmed reply may arrive twice, and the author has not accepted that. */
  readonly 'may-arrive-twice': { readonly replyId: string }
  readonly 'too-long': {
    readonly field: string
    readonly limit: number
    readonly actual: number
    readonly unit: 'code points' | 'bytes' | 'items'
  }
  readonly empty: { readonly field: string }
  /** Half of a surrogate pair: no valid text, and Meta refuses it. */
  readonly 'lone-surrogate': { readonly field: string; readonly index: number }
  /** A value of the wrong kind or outside its bounds. */
  readonly invalid: { readonly field: string; readonly expected: string; readonly given: string }
  /** The desk was not started yet: what its views show is not known. */
  readonly 'not-started': Record<never, never>
  /** The idempotency key was used for something else before: the same key belongs to repetitions of one request only. */
  readonly 'key-reused': { readonly field: string }
  readonly 'icon-type': { readonly field: string; readonly expected: string; readonly given: string }
  /** As many live channels as departments. */
  readonly 'channel-limit': { readonly limit: number; readonly live: number }
  readonly 'department-not-found': { readonly departmentId: string }
  /**
   * The Instagram account is in another live channel, perhaps of another organization: which one is told to its own organization only,
   * and others hear it at all only with a token that gives access to the account.
   */
  readonly 'account-in-use': { readonly accountId: AccountId; readonly channelId?: ChannelId }
  /** The token gives no access to the account, as far as Meta says now, so nothing is told of it. */
  readonly 'account-not-shown': { readonly accountId: AccountId }
  readonly 'ticket-not-found': { readonly ticketId: TicketId }
  readonly 'ticket-closed': { readonly ticketId: TicketId; readonly closedAt: Instant }
  /** A send attempt by a process whose lease has passed to another. */
  readonly 'lease-lost': { readonly epoch: number; readonly current: number }
  /** The attempt is not the next one: another process was first, or the reply has moved on. */
  readonly 'attempt-out-of-turn': { readonly replyId: string }
}

/** The code of a {@link Refusal}. */
export type RefusalCode = keyof Refusals

/** Not allowed, with the reason as data. Never carries content: it may be logged and shown. */
export class Refusal<Code extends RefusalCode = RefusalCode> extends Error {
  readonly code: Code
  readonly facts: Refusals[Code]
  /** What {@link isRefusal} looks for, so that two copies of the package understand each other. */
  readonly isMadoguchiRefusal: boolean = true

  constructor(code: Code, facts: Refusals[Code]) {
    super(`${code} ${JSON.stringify(facts)}`)
    this.name = 'Refusal'
    this.code = code
    this.facts = facts
  }
}

/** Whether this is a refusal, of the given code if one is named; also holds across two copies of the package. */
export const isRefusal = <Code extends RefusalCode = RefusalCode>(
  error: unknown,
  code?: Code,
): error is Refusal<Code> =>
  typeof error === 'object' &&
  error !== null &&
  (error as { isMadoguchiRefusal?: unknown }).isMadoguchiRefusal === true &&
  (code === undefined || (error as { code?: unknown }).code === code)

/** Throws a refusal, as an expression. */
export const refuse = <Code extends RefusalCode>(code: Code, facts: Refusals[Code]): never => {
  throw new Refusal(code, facts)
}
