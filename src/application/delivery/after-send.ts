import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { ConversationCommand } from '../../domain/conversation/index.ts'
import { messageIdOf } from '../identity.ts'
import type { SendResult } from '../ports/messenger.ts'
import type { Heard } from './meta-calls.ts'

/** One attempt, as every command about it names it. */
export interface AttemptOf {
  readonly conversationId: string
  readonly channel: ChannelFacts
  readonly at: number
  readonly replyId: string
  readonly part: number
  readonly attempt: number
}

/** What follows from an answer of Meta's for the conversation, and for what is known of the tag. */
export interface Consequence {
  readonly command: ConversationCommand
  /** Meta took the tag, or refused it for another reason than the window. */
  readonly humanAgent?: 'granted' | 'refused'
}

/** Milliseconds before an attempt is repeated of which for certain nothing was delivered: 1 s, 2 s, 4 s ... at most a minute. */
const backOff = (attempt: number): number => Math.min(1_000 * 2 ** (attempt - 1), 60_000)

/** What an attempt carried. */
export interface Carried {
  readonly tag: 'none' | 'human-agent'
  /** Whether it needed the tag: within the margin before 24 hours Meta would take it without. */
  readonly isOutsideStandard: boolean
  /** An answer to the same reply has taken the channel before. */
  readonly tookBefore: boolean
}

/**
 * Turns Meta's answer to one attempt into what happened.
 *
 * A tag that Meta takes proves the permission only from 24 hours on: before, Meta may have looked at the window alone.
 * A tag that it refuses for another reason than the window proves that there is none, at any age; before 24 hours the reply then
 * goes again without it, for nothing is refused for the margin.
 *
 * What takes the channel makes the reply wait for it; when the same reply does so a second time, it is rejected and the others go on.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/send-messages ("Human Agent", May 5, 2026)
 */
export const consequenceOf = (
  result: Heard<SendResult>,
  of: AttemptOf,
  { tag, isOutsideStandard, tookBefore }: Carried,
): Consequence => {
  const { accountId } = of.channel
  const again = (
    reason: 'throttled' | 'no-connection' | 'authorization' | 'media-not-fetched',
    wait: number,
    code?: string,
  ): ConversationCommand => ({
    type: 'RecordAttemptFailed',
    data: {
      ...of,
      reason,
      retryAt: of.at + wait,
      ...(code === undefined ? {} : { code }),
      ...(isTaking(result) ? { tookChannel: true } : {}),
    },
  })
  const reject = (reason: RejectionReason, code?: string): ConversationCommand => ({
    type: 'RejectReply',
    data: { ...of, reason, ...(code === undefined ? {} : { code }) },
  })
  switch (result.kind) {
    case 'sent': {
      const command: ConversationCommand = {
        type: 'RecordSent',
        data: { ...of, messageId: messageIdOf(accountId, result.mid), mid: result.mid, settledBy: 'answer' },
      }
      return tag === 'human-agent' && isOutsideStandard ? { command, humanAgent: 'granted' } : { command }
    }
    case 'throttled':
      return { command: again('throttled', Math.max(result.retryAfter ?? 0, backOff(of.attempt)), result.code) }
    case 'no-connection':
      return { command: again('no-connection', backOff(of.attempt)) }
    case 'outcome-unknown':
      return {
        command: {
          type: 'RecordOutcomeUnknown',
          data: { ...of, ...(result.code === undefined ? {} : { code: result.code }) },
        },
      }
    case 'window-closed':
      return { command: reject('meta-window-closed', result.code) }
    case 'authorization-suspended':
    case 'authorization-lost':
      return tookBefore && result.about !== 'token'
        ? { command: reject('not-permitted', result.code) }
        : { command: again('authorization', 0, result.code) }
    case 'authorization-restricted':
      return { command: reject(tookBefore ? 'not-permitted' : 'authorization-restricted', result.code) }
    case 'other-app-in-control':
      return { command: reject('other-app-in-control', result.code) }
    case 'give-up':
      // Without the Human Agent feature Meta answers a tagged send as if a permission were missing.
      if (result.ofTag === true) {
        return isOutsideStandard
          ? { command: reject('human-agent-refused', result.code), humanAgent: 'refused' }
          : { command: again('authorization', 0, result.code), humanAgent: 'refused' }
      }
      if (result.retryOnce === true && of.attempt === 1)
        return { command: again('media-not-fetched', backOff(1), result.code) }
      return { command: reject(result.why, result.code) }
  }
}

/** A refused token says nothing about the reply; anything else may, if it comes a second time. */
const isTaking = (result: Heard<SendResult>): boolean =>
  result.tookChannel === true && !('about' in result && result.about === 'token')

type RejectionReason = Extract<ConversationCommand, { type: 'RejectReply' }>['data']['reason']
