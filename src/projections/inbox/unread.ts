import type { AgentId, MessageId, Revision } from '../../domain/ids.ts'
import type { InboxDocument } from './document.ts'

/** Beyond this many the number of unread messages is not told apart. */
export const MAX_UNREAD = 100
/** As many as a channel can have agents. */
const MAX_READERS = 500

export const readUpTo = ({ readers }: Pick<InboxDocument, 'readers'>, agentId: AgentId): Revision =>
  readers.find(([id]) => id === agentId)?.[1] ?? -1

/** How many messages of the customer the agent has not read; {@link MAX_UNREAD} stands for that many or more. */
export const unreadFor = (
  { customerRevisions, readers }: Pick<InboxDocument, 'customerRevisions' | 'readers'>,
  agentId: AgentId,
): number => {
  const upTo = readUpTo({ readers }, agentId)
  let unread = 0
  for (const [, revision] of customerRevisions) if (revision > upTo) unread += 1
  return unread
}

/** Whether the agent has read everything that the customer wrote. */
export const hasReadAll = ({ customerRevisions }: Pick<InboxDocument, 'customerRevisions'>, upTo: Revision): boolean =>
  (customerRevisions.at(-1)?.[1] ?? -1) <= upTo

export const withCustomerRevision = (
  revisions: InboxDocument['customerRevisions'],
  messageId: MessageId,
  revision: Revision,
): InboxDocument['customerRevisions'] => {
  const one = [messageId, revision] as const
  return revisions.length < MAX_UNREAD ? [...revisions, one] : [...revisions.slice(1 - MAX_UNREAD), one]
}

export const withReader = (
  readers: InboxDocument['readers'],
  agentId: AgentId,
  upTo: Revision,
): InboxDocument['readers'] => {
  const before = readers.find(([id]) => id === agentId)
  if (before !== undefined && before[1] >= upTo) return readers
  return [...readers.filter((reader) => reader !== before), [agentId, upTo] as const].slice(-MAX_READERS)
}
