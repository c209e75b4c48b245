import type {
  RejectionReason,
  ReplyAttempted,
  ReplyAttemptFailed,
  ReplyAttemptSuperseded,
  ReplyLookedFor,
  ReplyOutcomeUnknown,
  ReplyPartSent,
  ReplyRejected,
  ReplyRequeued,
  ReplyUnconfirmed,
  SettledBy,
} from '../domain/conversation/events.ts'
import type { MessageId } from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'

export type ReplyStatus = 'queued' | 'attempted' | 'sent' | 'partly-sent' | 'rejected' | 'unconfirmed'
export type PartStatus = 'waiting' | 'attempted' | 'unknown' | 'sent' | 'unconfirmed' | 'rejected'

/** Where one Meta message of a reply stands. */
export interface PartProgress {
  readonly status: PartStatus
  /** The message that it became. */
  readonly messageId?: MessageId
  readonly settledBy?: SettledBy
  readonly sentAt?: Instant
  /** The attempt that sent it. */
  readonly attempt?: number
  /** Other attempts turned out to have arrived as well: the customer has it more than once. */
  readonly again?: readonly { readonly attempt: number; readonly messageId: MessageId }[]
  /** The message with which the content was kept when equal text was believed to have settled the part. */
  readonly contentIn?: MessageId
}

/** Where a reply stands, from asking for it to its outcome. */
export interface ReplyProgress {
  readonly status: ReplyStatus
  /** None before the first attempt, which cuts the reply. */
  readonly parts: readonly PartProgress[]
  /** Not before this instant. */
  readonly retryAt?: Instant
  readonly rejection?: { readonly reason: RejectionReason; readonly code?: string; readonly at: Instant }
}

export const QUEUED: ReplyProgress = { status: 'queued', parts: [] }

/** Everything that happens to a reply after it was asked for. */
export type ReplyProgressEvent =
  | ReplyAttempted
  | ReplyPartSent
  | ReplyAttemptFailed
  | ReplyAttemptSuperseded
  | ReplyOutcomeUnknown
  | ReplyLookedFor
  | ReplyUnconfirmed
  | ReplyRejected
  | ReplyRequeued

const WAITING: PartProgress = { status: 'waiting' }

const withPart = (parts: readonly PartProgress[], part: number, progress: PartProgress): readonly PartProgress[] => {
  const all = [...parts]
  while (all.length < part) all.push(WAITING)
  const contentIn = contentElsewhere(parts[part], progress)
  all[part] = contentIn === undefined ? progress : { ...progress, contentIn }
  return all
}

const contentElsewhere = (before: PartProgress | undefined, after: PartProgress): MessageId | undefined =>
  before?.contentIn ?? (before?.messageId === after.messageId ? undefined : before?.messageId)

const sentStatus = (before: ReplyStatus, parts: readonly PartProgress[]): ReplyStatus => {
  if (parts.every(({ status }) => status === 'sent')) return 'sent'
  return before === 'queued' || before === 'attempted' ? 'attempted' : 'partly-sent'
}

const sentPart = (before: PartProgress | undefined, { data }: ReplyPartSent): PartProgress => {
  const { attempt, messageId, settledBy, at } = data
  const again = (before?.again ?? []).filter((other) => other.attempt !== attempt)
  if (before?.status === 'sent' && before.attempt !== attempt) {
    return { ...before, again: [...again, { attempt, messageId }] }
  }
  return { status: 'sent', attempt, messageId, settledBy, sentAt: at, ...(again.length === 0 ? {} : { again }) }
}

/** The part without what this attempt was believed to have sent. */
const withoutAttempt = (part: PartProgress, attempt: number): PartProgress | undefined => {
  const { again = [], ...rest } = part
  if (part.attempt !== attempt) {
    const others = again.filter((other) => other.attempt !== attempt)
    return others.length === 0 ? rest : { ...rest, again: others }
  }
  const [next, ...others] = again
  if (next === undefined) return undefined
  return { ...rest, ...next, ...(others.length === 0 ? {} : { again: others }) }
}

const isSent = ({ status }: PartProgress): boolean => status === 'sent'

/** Where the reply stands after the event. */
export const progressed = (progress: ReplyProgress, event: ReplyProgressEvent): ReplyProgress => {
  const { retryAt: _, rejection: _before, ...rest } = progress
  switch (event.type) {
    case 'ReplyAttempted': {
      const cut = progress.parts.length > 0 ? progress.parts : (event.data.parts ?? []).map(() => WAITING)
      return { ...rest, status: 'attempted', parts: withPart(cut, event.data.part, { status: 'attempted' }) }
    }
    case 'ReplyPartSent': {
      const { part } = event.data
      const parts = withPart(progress.parts, part, sentPart(progress.parts[part], event))
      return { ...rest, status: sentStatus(progress.status, parts), parts }
    }
    case 'ReplyAttemptFailed': {
      const { part, retryAt } = event.data
      return { ...rest, status: 'queued', parts: withPart(progress.parts, part, WAITING), retryAt }
    }
    case 'ReplyOutcomeUnknown':
      return { ...progress, parts: withPart(progress.parts, event.data.part, { status: 'unknown' }) }
    case 'ReplyLookedFor':
      return progress
    case 'ReplyUnconfirmed': {
      const { part, attempt } = event.data
      const before = progress.parts[part]
      const left = before?.status === 'sent' ? withoutAttempt(before, attempt) : undefined
      if (left !== undefined) return { ...progress, parts: withPart(progress.parts, part, left) }
      return { ...rest, status: 'unconfirmed', parts: withPart(progress.parts, part, { status: 'unconfirmed' }) }
    }
    case 'ReplyAttemptSuperseded': {
      const { part, attempt } = event.data
      const before = progress.parts[part]
      const left = before?.status === 'sent' ? withoutAttempt(before, attempt) : undefined
      return left === undefined ? progress : { ...progress, parts: withPart(progress.parts, part, left) }
    }
    case 'ReplyRejected': {
      const { part, reason, code, at } = event.data
      const parts = progress.parts.length === 0 ? [] : withPart(progress.parts, part, { status: 'rejected' })
      return {
        ...rest,
        status: parts.some(isSent) ? 'partly-sent' : 'rejected',
        parts,
        rejection: { reason, ...(code === undefined ? {} : { code }), at },
      }
    }
    case 'ReplyRequeued':
      return {
        ...rest,
        status: 'queued',
        parts: progress.parts.map((part) => (isSent(part) ? part : WAITING)),
      }
  }
}
