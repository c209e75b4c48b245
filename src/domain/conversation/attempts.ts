import type { Episode, MessageId, Mid, ReplyId, Revision } from '../ids.ts'
import { type Instant, MINUTE } from '../instant.ts'
import type { MessageEchoed, ReplyAttempted, ReplyPartSent, Written } from './events.ts'
import { type Likeness, likenessOfEcho } from './likeness.ts'
import { LIMITS, newest } from './limits.ts'

/** An echo that could be a message of ours, as far as equal content tells. */
export interface EchoCandidate {
  readonly messageId: MessageId
  readonly mid: Mid
  readonly revision: Revision
  readonly likeness: Likeness
  /** Meta's time of the message. Absent in states that were folded by earlier releases. */
  readonly metaAt?: Instant
}

/** How far Meta's clock and ours may be apart where one time is compared with the other. */
export const CLOCKS_APART: number = 5 * MINUTE

/** One call to Meta whose outcome is not certain, or only as certain as equal text makes it. */
export interface Attempt {
  readonly replyId: ReplyId
  readonly part: number
  readonly attempt: number
  /** Where it stands in the stream: only echoes recorded later can be its message. */
  readonly revision: Revision
  readonly worker: string
  readonly attemptedAt: Instant
  /** When it was attempted, was refused, or its outcome became unknown: perhaps long after, if the process that held the call is gone. */
  readonly since: Instant
  readonly likeness: Likeness | null
  /** That of its reply. */
  readonly episode: Episode | null
  readonly written: Written | null
  /** `refused`: Meta said no, and nothing was delivered as far as it tells; an equal echo knows better. */
  readonly status: 'in-flight' | 'unknown' | 'looked' | 'unconfirmed' | 'refused' | 'settled-by-text'
  /** Refused, and another attempt has sent the part since: only a message of its own time can be its. */
  readonly superseded?: true
  /** What settled it by text. */
  readonly echo?: EchoCandidate
  /** The part counts as sent because of this echo only. */
  readonly carries?: true
}

export interface AttemptMemory {
  /** Oldest first. */
  readonly open: readonly Attempt[]
  /** Oldest first; only those that equal an open attempt. */
  readonly echoes: readonly EchoCandidate[]
  /** The highest epoch of a lease that attempted: a lower one comes too late. */
  readonly epoch: number
}

export const NO_ATTEMPTS: AttemptMemory = { open: [], echoes: [], epoch: 0 }

/** Names one attempt. */
export interface AttemptKey {
  readonly replyId: ReplyId
  readonly part: number
  readonly attempt: number
}

export const isSameAttempt = (one: AttemptKey, other: AttemptKey): boolean =>
  one.replyId === other.replyId && one.part === other.part && one.attempt === other.attempt

export const findAttempt = ({ open }: AttemptMemory, key: AttemptKey): Attempt | undefined =>
  open.find((attempt) => isSameAttempt(attempt, key))

/** The highest number of an attempt of a part among those that are remembered; 0: there is none. */
export const attemptsOf = ({ open }: AttemptMemory, { replyId, part }: Omit<AttemptKey, 'attempt'>): number =>
  Math.max(0, ...open.filter((one) => one.replyId === replyId && one.part === part).map(({ attempt }) => attempt))

/** One call at a time. */
export const callInFlight = ({ open }: AttemptMemory): Attempt | undefined =>
  open.find(({ status }) => status === 'in-flight')

/** The attempt whose outcome is looked for by itself. */
export const unsettledAttempt = ({ open }: AttemptMemory): Attempt | undefined =>
  open.find(({ status }) => status === 'unknown' || status === 'looked')

/** Whether something of a reply may be on its way: it is called now, or its outcome is looked for by itself. */
export const isOnItsWay = (memory: AttemptMemory, replyId: ReplyId): boolean =>
  callInFlight(memory)?.replyId === replyId || unsettledAttempt(memory)?.replyId === replyId

/** Whether an attempt can still be settled by an echo. */
export const isOpen = ({ status }: Attempt): boolean => status !== 'settled-by-text'

/**
 * Whether an echo can be the message of an attempt: of equal content, recorded since, and of a refused attempt no older message by
 * Meta's time.
 */
export const mayBe = (
  attempt: Attempt,
  { likeness, revision, metaAt }: Omit<EchoCandidate, 'messageId' | 'mid'>,
): boolean => {
  if (!isOpen(attempt) || attempt.likeness !== likeness || revision <= attempt.revision) return false
  if (attempt.status !== 'refused' || metaAt === undefined) return true
  if (metaAt < attempt.attemptedAt - CLOCKS_APART) return false
  return attempt.superseded === undefined || metaAt <= attempt.since + CLOCKS_APART
}

/** Forgets the echoes that no attempt is waiting for any more. */
const pruned = (memory: AttemptMemory): AttemptMemory => {
  if (memory.echoes.length === 0) return memory
  const echoes = memory.echoes.filter((echo) => memory.open.some((attempt) => mayBe(attempt, echo)))
  return echoes.length === memory.echoes.length ? memory : { ...memory, echoes }
}

/** Of too many the oldest goes that nobody works on. */
const withAttempt = (open: readonly Attempt[], attempt: Attempt): readonly Attempt[] => {
  if (open.length < LIMITS.attempts) return [...open, attempt]
  const settled = open.findIndex(({ status }) => status === 'settled-by-text' || status === 'refused')
  return [...open.toSpliced(Math.max(settled, 0), 1), attempt]
}

export const begun = (
  memory: AttemptMemory,
  { data }: ReplyAttempted,
  { revision, likeness, episode, written }: Pick<Attempt, 'revision' | 'likeness' | 'episode' | 'written'>,
): AttemptMemory =>
  pruned({
    ...memory,
    epoch: Math.max(memory.epoch, data.epoch),
    open: withAttempt(memory.open, {
      replyId: data.replyId,
      part: data.part,
      attempt: data.attempt,
      revision,
      worker: data.worker,
      attemptedAt: data.at,
      since: data.at,
      likeness,
      episode,
      written,
      status: 'in-flight',
    }),
  })

/** For certain nothing was delivered. */
export const withdrawn = (memory: AttemptMemory, key: AttemptKey): AttemptMemory =>
  pruned({ ...memory, open: memory.open.filter((attempt) => !isSameAttempt(attempt, key)) })

/** Meta refused it. It is not open for anything any more, but for an echo that shows that it arrived all the same. */
export const refused = (
  memory: AttemptMemory,
  key: AttemptKey,
  since: Instant,
  more: Pick<Attempt, 'superseded'> = {},
): AttemptMemory =>
  pruned({
    ...memory,
    open: memory.open.map((attempt) =>
      isSameAttempt(attempt, key) && isOpen(attempt) ? { ...attempt, status: 'refused', since, ...more } : attempt,
    ),
  })

/**
 * Still open, in another status; what equal text had settled is an open echo again. If its part counted as sent because of it, it does
 * because of the next attempt of the part that equal text settled, if there is one.
 */
export const stillOpen = (
  memory: AttemptMemory,
  key: AttemptKey,
  status: 'unknown' | 'looked' | 'unconfirmed',
  since?: Instant,
): AttemptMemory => {
  const known = findAttempt(memory, key)
  if (known === undefined) return memory
  const { echo, carries, ...attempt } = known
  const changed: Attempt = { ...attempt, status, since: since ?? attempt.since }
  const heir = carries && settledBesides(memory, known)
  return {
    ...memory,
    open: memory.open.map((open) => (open === known ? changed : open === heir ? { ...open, carries: true } : open)),
    echoes: echo === undefined ? memory.echoes : withEcho(memory.echoes, echo),
  }
}

/** Another attempt of the same part that equal text has settled. */
export const settledBesides = ({ open }: AttemptMemory, known: Attempt): Attempt | undefined =>
  open.find(
    (one) => one !== known && one.echo !== undefined && one.replyId === known.replyId && one.part === known.part,
  )

const withEcho = (echoes: readonly EchoCandidate[], echo: EchoCandidate): readonly EchoCandidate[] =>
  newest(echoes, echo, LIMITS.echoes).toSorted((one, other) => one.revision - other.revision)

/** Another attempt of the same part is certain now. */
const relieved = (attempt: Attempt, certain: AttemptKey): Attempt => {
  if (attempt.replyId !== certain.replyId || attempt.part !== certain.part) return attempt
  if (attempt.status === 'refused') return { ...attempt, superseded: true }
  if (attempt.carries === undefined) return attempt
  const { carries: _, ...rest } = attempt
  return rest
}

/** `isNews`: the part was not sent before. */
export const sent = (
  memory: AttemptMemory,
  { data }: ReplyPartSent,
  revision: Revision,
  isNews: boolean,
): AttemptMemory => {
  const known = findAttempt(memory, data)
  const others = memory.open.filter((attempt) => attempt !== known)
  const claimed = memory.echoes.find(({ messageId }) => messageId === data.messageId)
  const echoes = memory.echoes.filter((echo) => echo !== claimed)
  if (known !== undefined && known.likeness !== null && data.settledBy === 'text') {
    const echo = claimed ?? { messageId: data.messageId, mid: data.mid, revision, likeness: known.likeness }
    const settled: Attempt = { ...known, status: 'settled-by-text', echo, ...(isNews ? { carries: true } : {}) }
    const open = memory.open.map((attempt) =>
      attempt === known ? settled : attempt.status === 'refused' ? relieved(attempt, data) : attempt,
    )
    return pruned({ ...memory, echoes, open })
  }
  // What equal text had given to this attempt was not its message after all.
  const released =
    known?.echo !== undefined && known.echo.messageId !== data.messageId ? withEcho(echoes, known.echo) : echoes
  return pruned({ ...memory, open: others.map((attempt) => relieved(attempt, data)), echoes: released })
}

export const echoed = (memory: AttemptMemory, { data }: MessageEchoed, revision: Revision): AttemptMemory => {
  const likeness = likenessOfEcho(data)
  if (likeness === null) return memory
  const { messageId, mid, metaAt } = data
  const candidate: EchoCandidate = { messageId, mid, revision, likeness, metaAt }
  if (!memory.open.some((attempt) => mayBe(attempt, candidate))) return memory
  // The oldest ones are claimed first, so of too many the newest goes.
  return memory.echoes.length < LIMITS.echoes ? { ...memory, echoes: [...memory.echoes, candidate] } : memory
}
