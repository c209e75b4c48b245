import { eventsOf, type Evidence, groupBy, told } from './evidence.ts'
import type { HostProcess, Trouble } from './host-process.ts'
import { PACE } from './stage.ts'
import { attemptName } from './wire.ts'

/** One attempt as the log tells it, and the content that went with it. */
export interface LoggedAttempt {
  readonly name: string
  readonly replyId: string
  readonly conversationId: string
  readonly customerId: string
  readonly part: number
  readonly attempt: number
  /** The text of the part, or the address of the picture. */
  readonly content: string
  /** Business time. */
  readonly at: number
  /** Business time until its outcome was written, known or unknown. */
  readonly lasted: number
  readonly epoch: number
  readonly worker: string
  /** The life of a host that began it; undefined if none of them is known by that name. */
  readonly host: HostProcess | undefined
  /** Its host died while it was under way: whatever Meta answered, nobody read it. */
  readonly isOrphan: boolean
  /** While it was under way its host slept, or the server of the engine was away: what Meta answered may have come too late. */
  readonly isDisturbed: boolean
  readonly mid: string | undefined
  readonly settledBy: string | undefined
  /** Business time right before the look that was recorded. */
  readonly lookedForAt: number | undefined
  readonly isUnconfirmed: boolean
  /** It was once, whatever evidence came later. */
  readonly wasUnconfirmed: boolean
  /** For certain nothing was delivered. */
  readonly hasFailed: boolean
  readonly isRejected: boolean
}

/** A reply as the log tells it. */
export interface LoggedReply {
  readonly replyId: string
  readonly conversationId: string
  readonly customerId: string
  readonly text: string | undefined
  readonly pictures: readonly string[]
  /** The contents of its parts, in order; empty if it was never attempted. */
  readonly parts: readonly string[]
}

interface Part {
  readonly kind: 'text' | 'media'
  readonly from: number
  readonly to: number
  readonly indexes: readonly number[]
}

const OUTCOMES = ['ReplyPartSent', 'ReplyAttemptFailed', 'ReplyOutcomeUnknown', 'ReplyRejected']

const replyIdOf = (event: Parameters<typeof told>[0]): string => told<string>(event, 'replyId')

/** All replies, in the order in which they were asked for. */
export const repliesOf = ({ log }: Evidence): readonly LoggedReply[] => {
  const cuts = new Map(
    eventsOf(log, 'ReplyAttempted').flatMap((event) => {
      const parts = told<readonly Part[] | undefined>(event, 'parts')
      return parts === undefined ? [] : [[replyIdOf(event), parts] as const]
    }),
  )
  return eventsOf(log, 'ReplyQueued').map((event) => {
    const text = event.personal?.['text'] as string | undefined
    const pictures = (event.personal?.['mediaUrls'] ?? []) as readonly string[]
    return {
      replyId: replyIdOf(event),
      conversationId: event.meta['conversationId'] as string,
      customerId: event.meta['customerId'] as string,
      text,
      pictures,
      parts: (cuts.get(replyIdOf(event)) ?? []).map((part) =>
        part.kind === 'text' ? (text ?? '').slice(part.from, part.to) : (pictures[part.indexes[0] ?? 0] ?? ''),
      ),
    }
  })
}

/** Business time for which somebody needs to find his feet again. */
const STUMBLE = 500 * PACE

const overlaps = ({ from, to }: Trouble, begun: number, until: number): boolean =>
  begun <= (to === undefined ? Number.POSITIVE_INFINITY : to.business + STUMBLE) && until >= from.business - STUMBLE

/** All attempts, in the order in which they were begun. */
export const attemptsOf = (evidence: Evidence, replies: readonly LoggedReply[]): readonly LoggedAttempt[] => {
  const { log, stage } = evidence
  const byId = new Map(replies.map((reply) => [reply.replyId, reply]))
  const nameOf = ({ data }: Parameters<typeof told>[0]): string => attemptName(data)
  const after = groupBy(eventsOf(log, ...OUTCOMES, 'ReplyLookedFor', 'ReplyUnconfirmed'), nameOf)
  const hosts = new Map(stage.lives.map((host) => [host.worker, host]))
  return eventsOf(log, 'ReplyAttempted').map((begun) => {
    const reply = byId.get(replyIdOf(begun))
    const later = after.get(nameOf(begun)) ?? []
    const ended = later.find(({ type }) => OUTCOMES.includes(type))
    const sent = later.findLast(({ type }) => type === 'ReplyPartSent')
    const lookedFor = later.find(({ type }) => type === 'ReplyLookedFor')
    const part = told<number>(begun, 'part')
    const at = told<number>(begun, 'at')
    const host = hosts.get(told(begun, 'worker'))
    // What another process writes about a call of a dead one, it writes later than that one died.
    const until = ended === undefined ? Number.POSITIVE_INFINITY : told<number>(ended, 'at')
    return {
      name: nameOf(begun),
      replyId: replyIdOf(begun),
      conversationId: reply?.conversationId ?? '',
      customerId: reply?.customerId ?? '',
      part,
      attempt: told<number>(begun, 'attempt'),
      content: reply?.parts[part] ?? '',
      at,
      lasted: until - at,
      epoch: told<number>(begun, 'epoch'),
      worker: told<string>(begun, 'worker'),
      host,
      isOrphan: host?.death !== undefined && until > host.death.business,
      isDisturbed: [...(host?.pauses ?? []), ...stage.outages].some((trouble) => overlaps(trouble, at, until)),
      mid: sent === undefined ? undefined : told<string>(sent, 'mid'),
      settledBy: sent === undefined ? undefined : told<string>(sent, 'settledBy'),
      lookedForAt: lookedFor === undefined ? undefined : told<number>(lookedFor, 'at'),
      isUnconfirmed:
        later.findLast(({ type }) => type === 'ReplyPartSent' || type === 'ReplyUnconfirmed')?.type ===
        'ReplyUnconfirmed',
      wasUnconfirmed: later.some(({ type }) => type === 'ReplyUnconfirmed'),
      hasFailed: later.some(({ type }) => type === 'ReplyAttemptFailed'),
      isRejected: later.some(({ type }) => type === 'ReplyRejected'),
    }
  })
}
