import type { RecordedEvent } from 'madoguchi'
import { eventsOf, type Evidence, groupBy, told } from './evidence.ts'

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
  /** The host died while it was under way: whatever Meta answered, nobody read it. */
  readonly isOrphan: boolean
  readonly mid: string | undefined
  readonly settledBy: string | undefined
  /** The life of the host in which the look was recorded. */
  readonly lookedForIn: number | undefined
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

/** All attempts, in the order in which they were begun. */
export const attemptsOf = (evidence: Evidence, replies: readonly LoggedReply[]): readonly LoggedAttempt[] => {
  const { log, stage } = evidence
  const byId = new Map(replies.map((reply) => [reply.replyId, reply]))
  const nameOf = (event: Parameters<typeof told>[0]): string =>
    `${replyIdOf(event)}/${told<number>(event, 'part')}/${told<number>(event, 'attempt')}`
  const after = groupBy(eventsOf(log, ...OUTCOMES, 'ReplyLookedFor', 'ReplyUnconfirmed'), nameOf)
  // The n-th life began where its boundary is.
  const lifeOf = ({ position }: RecordedEvent): number =>
    stage.boundaries.filter(({ head }) => head === null || head < position).length
  return eventsOf(log, 'ReplyAttempted').map((begun) => {
    const reply = byId.get(replyIdOf(begun))
    const later = after.get(nameOf(begun)) ?? []
    const nextLife = stage.boundaries.find(({ head }) => head !== null && head >= begun.position)?.head
    const ended = later.find(({ type }) => OUTCOMES.includes(type))
    const sent = later.findLast(({ type }) => type === 'ReplyPartSent')
    const lookedFor = later.find(({ type }) => type === 'ReplyLookedFor')
    const part = told<number>(begun, 'part')
    return {
      name: nameOf(begun),
      replyId: replyIdOf(begun),
      conversationId: reply?.conversationId ?? '',
      customerId: reply?.customerId ?? '',
      part,
      attempt: told<number>(begun, 'attempt'),
      content: reply?.parts[part] ?? '',
      isOrphan: nextLife !== undefined && nextLife !== null && (ended === undefined || ended.position > nextLife),
      mid: sent === undefined ? undefined : told<string>(sent, 'mid'),
      settledBy: sent === undefined ? undefined : told<string>(sent, 'settledBy'),
      lookedForIn: lookedFor === undefined ? undefined : lifeOf(lookedFor),
      isUnconfirmed:
        later.findLast(({ type }) => type === 'ReplyPartSent' || type === 'ReplyUnconfirmed')?.type ===
        'ReplyUnconfirmed',
      wasUnconfirmed: later.some(({ type }) => type === 'ReplyUnconfirmed'),
      hasFailed: later.some(({ type }) => type === 'ReplyAttemptFailed'),
      isRejected: later.some(({ type }) => type === 'ReplyRejected'),
    }
  })
}
