import type { ActorRef } from '../actor.ts'
import type { Episode, ReplyId, Revision } from '../ids.ts'
import type { Instant } from '../instant.ts'
import { readParts, type StoredPart, storeParts } from './cut.ts'
import type {
  MediaKind,
  Part,
  ReplyAttempted,
  ReplyAttemptFailed,
  ReplyPartSent,
  ReplyQueued,
  ReplyRejected,
  ReplyRequeued,
  ReplyUnconfirmed,
  Written,
} from './events.ts'
import { LIMITS, newest } from './limits.ts'

/** A reply of this desk that is not wholly sent, or could still turn out not to be. */
export interface ReplyState {
  readonly id: ReplyId
  /** Who wrote it, or who sent it again: whoever is checked when it is dispatched. */
  readonly author: ActorRef
  readonly queuedAt: Instant
  /** When it was last sent again. */
  readonly requeuedAt?: Instant
  /** How often the channel had been disabled when it was last asked for; absent: not recorded. */
  readonly stops?: number
  /** When its customer was first blocked while it waited or was being sent; absent: not since it was last asked for. */
  readonly blockedAt?: Instant
  /** Where its text and media stand in the stream. */
  readonly revision: Revision
  readonly media: readonly MediaKind[]
  readonly episode: Episode | null
  /** The cut, from the first attempt on; never computed again. */
  readonly parts: readonly StoredPart[] | null
  /** How many parts are sent: they go in order, so this is also the number of the next one. */
  readonly sentParts: number
  /** Attempts of the next part. */
  readonly attempts: number
  /** Not before this instant. */
  readonly retryAt: Instant | null
  /** An attempt of the next part may have arrived after all: sending it again may make it arrive twice. */
  readonly doubt: boolean
  /** An answer of Meta's to its next part has changed the authorization of the channel. */
  readonly tookChannel?: true
  readonly status: 'waiting' | 'unconfirmed' | 'rejected' | 'partly-sent' | 'sent'
}

export interface ReplyMemory {
  /** Waiting or being sent, in the order in which they go. */
  readonly waiting: readonly ReplyState[]
  /** Ended, and can be sent again or corrected; oldest first. */
  readonly unfinished: readonly ReplyState[]
  /** Ids of those that were unfinished and left that list for newer ones: they can no longer be sent again. */
  readonly forgotten: readonly ReplyId[]
  /** Newest ids of all replies, oldest first. */
  readonly ids: readonly ReplyId[]
}

export const NO_REPLIES: ReplyMemory = { waiting: [], unfinished: [], forgotten: [], ids: [] }

/** The customer is blocked: of what waits or is being sent now, nothing more may leave, also after they are unblocked. */
export const blocked = (memory: ReplyMemory, at: Instant): ReplyMemory =>
  memory.waiting.length === 0
    ? memory
    : { ...memory, waiting: memory.waiting.map((reply) => ({ ...reply, blockedAt: reply.blockedAt ?? at })) }

/** A reply that waits, is being sent, or ended without being wholly sent. */
export const findReply = ({ waiting, unfinished }: ReplyMemory, id: ReplyId): ReplyState | undefined =>
  waiting.find((reply) => reply.id === id) ?? unfinished.find((reply) => reply.id === id)

export const writtenOf = ({ author, queuedAt }: ReplyState): Written => ({ by: author.kind, at: queuedAt })

/** The part that goes next. */
export const partOf = (reply: ReplyState, part: number): Part | undefined => readParts(reply.parts ?? [])[part]

const change = (
  { waiting, ...memory }: ReplyMemory,
  id: ReplyId,
  changed: (reply: ReplyState) => ReplyState,
): ReplyMemory => ({ ...memory, waiting: waiting.map((reply) => (reply.id === id ? changed(reply) : reply)) })

/** Takes a reply out of the queue; one that is not wholly sent, or not for certain, is kept to be sent again or corrected. */
const settle = (memory: ReplyMemory, reply: ReplyState, keep: boolean): ReplyMemory => {
  const waiting = memory.waiting.filter(({ id }) => id !== reply.id)
  const others = memory.unfinished.filter(({ id }) => id !== reply.id)
  if (!keep) return { ...memory, waiting, unfinished: others }
  const unfinished = newest(others, reply, LIMITS.unfinishedReplies)
  const forgotten = others
    .filter((other) => other.status !== 'sent' && !unfinished.includes(other))
    .reduce((ids, { id }) => newest(ids, id, LIMITS.replyIds), memory.forgotten)
  return { ...memory, waiting, unfinished, forgotten }
}

export const queued = (memory: ReplyMemory, { data }: ReplyQueued, revision: Revision): ReplyMemory => ({
  ...memory,
  ids: newest(memory.ids, data.replyId, LIMITS.replyIds),
  waiting: [
    ...memory.waiting,
    {
      id: data.replyId,
      author: data.author,
      queuedAt: data.at,
      ...(data.stops === undefined ? {} : { stops: data.stops }),
      revision,
      media: data.media.map(({ kind }) => kind),
      episode: data.episode ?? null,
      parts: null,
      sentParts: 0,
      attempts: 0,
      retryAt: null,
      doubt: false,
      status: 'waiting',
    },
  ],
})

export const attempted = (memory: ReplyMemory, { data }: ReplyAttempted): ReplyMemory =>
  change(memory, data.replyId, (reply) => ({
    ...reply,
    parts: reply.parts ?? storeParts(data.parts ?? []),
    attempts: data.attempt,
    retryAt: null,
  }))

export const attemptFailed = (memory: ReplyMemory, { data }: ReplyAttemptFailed): ReplyMemory =>
  change(memory, data.replyId, (reply) => ({
    ...reply,
    retryAt: data.retryAt,
    ...(data.tookChannel === true ? { tookChannel: true } : {}),
  }))

/** Whether an answer of Meta's to this reply has changed the authorization of the channel before. */
export const tookChannel = (memory: ReplyMemory, id: ReplyId): boolean => findReply(memory, id)?.tookChannel === true

/** `attempts`: how many attempts of the part after it there have been. */
export const partSent = (memory: ReplyMemory, { data }: ReplyPartSent, attempts: number): ReplyMemory => {
  const reply = findReply(memory, data.replyId)
  if (reply === undefined || data.part !== reply.sentParts) return memory
  const { tookChannel: _, ...rest } = reply
  const sent: ReplyState = { ...rest, sentParts: data.part + 1, attempts, retryAt: null, doubt: false }
  const whole = sent.sentParts >= (sent.parts?.length ?? 0)
  if (whole) return settle(memory, { ...sent, status: 'sent' }, data.settledBy === 'text')
  return reply.status === 'waiting'
    ? change(memory, reply.id, () => sent)
    : settle(memory, { ...sent, status: 'partly-sent' }, true)
}

/** The outcome of an attempt stays open; if equal text had settled it, that is taken back. `known`: the highest attempt of its part. */
export const unconfirmed = (memory: ReplyMemory, { data }: ReplyUnconfirmed, known: number): ReplyMemory => {
  const { replyId, part, attempt } = data
  const reply = findReply(memory, replyId)
  if (reply === undefined || part < reply.sentParts - 1) return memory
  const attempts = Math.max(known, attempt)
  return settle(memory, { ...reply, sentParts: part, attempts, doubt: true, status: 'unconfirmed' }, true)
}

export const rejected = (memory: ReplyMemory, { data }: ReplyRejected): ReplyMemory => {
  const reply = findReply(memory, data.replyId)
  if (reply === undefined) return memory
  const { reason, attempt } = data
  const took = reason === 'authorization-restricted' && attempt !== undefined ? ({ tookChannel: true } as const) : {}
  const status = reply.sentParts > 0 ? 'partly-sent' : 'rejected'
  return settle(memory, { ...reply, ...took, retryAt: null, status }, true)
}

/** Somebody sends it again: it goes last, in their name. */
export const requeued = (memory: ReplyMemory, { data }: ReplyRequeued): ReplyMemory => {
  const reply = findReply(memory, data.replyId)
  if (reply === undefined) return memory
  const others = settle(memory, reply, false)
  const { stops: _, blockedAt: __, ...known } = reply
  const again: ReplyState = {
    ...known,
    author: data.by,
    requeuedAt: data.at,
    ...(data.stops === undefined ? {} : { stops: data.stops }),
    status: 'waiting',
    retryAt: null,
  }
  return { ...others, waiting: [...others.waiting, again] }
}
