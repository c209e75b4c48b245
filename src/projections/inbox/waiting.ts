import type { MessageId } from '../../domain/ids.ts'
import type { Instant } from '../../domain/instant.ts'
import type { InboxDocument } from './document.ts'

type Waiting = Pick<InboxDocument, 'unanswered' | 'answeredAt'>

/** Since when somebody waits must survive unsends, so more than the oldest is kept. */
const MAX_UNANSWERED = 8

/** The customer wrote: unanswered, unless an answer is newer (messages come late). */
export const wrote = (
  { unanswered, answeredAt }: Waiting,
  messageId: MessageId,
  at: Instant,
): Waiting['unanswered'] => {
  if (answeredAt !== null && at <= answeredAt) return unanswered
  const all = [...unanswered, [messageId, at] as const].toSorted((one, other) => one[1] - other[1])
  return all.length <= MAX_UNANSWERED ? all : [...all.slice(0, MAX_UNANSWERED - 1), ...all.slice(-1)]
}

/** The business answered: what is older waits no longer. */
export const answered = ({ unanswered, answeredAt }: Waiting, at: Instant): Waiting =>
  answeredAt !== null && at <= answeredAt
    ? { unanswered, answeredAt }
    : { unanswered: unanswered.filter(([, wroteAt]) => wroteAt > at), answeredAt: at }
