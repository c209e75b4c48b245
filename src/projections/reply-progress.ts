import type {
  RejectionReason,
  ReplyAttempted,
  ReplyAttemptFailed,
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
  | ReplyOutcomeUnknown
  | ReplyLookedFor
  | ReplyUnconfirmed
  | ReplyRejected
  | ReplyRequeued

const WAITING: PartProgress = { status: 'waiting' }

const withPart = (parts: readonly PartProgress[], part: number, progress: PartProgress): readonly PartProgress[] => {
  const all = [...parts]
  while (all.length < part) all.push(WAITING)
  all[part] = progress
  return all
}

const sentStatus = (before: ReplyStatus, parts: readonly PartProgress[]): ReplyStatus => {
  if (parts.every(({ status }) => status === 'sent')) return 'sent'
  return before === 'queued' || before === 'attempted' ? 'attempted' : 'partly-sent'
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
      const { part, messageId, settledBy, at } = event.data
      const parts = withPart(progress.parts, part, { status: 'sent', messageId, settledBy, sentAt: at })
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
    case 'ReplyUnconfirmed':
      return {
        ...rest,
        status: 'unconfirmed',
        parts: withPart(progress.parts, event.data.part, { status: 'unconfirmed' }),
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
