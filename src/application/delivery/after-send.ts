import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { ConversationCommand } from '../../domain/conversation/index.ts'
import type { Authorization } from '../../domain/channel/index.ts'
import { messageIdOf } from '../identity.ts'
import type { SendResult } from '../ports/messenger.ts'

/** One attempt, as every command about it names it. */
export interface AttemptOf {
  readonly conversationId: string
  readonly channel: ChannelFacts
  readonly at: number
  readonly replyId: string
  readonly part: number
  readonly attempt: number
}

/** What follows from an answer of Meta's: for the conversation, and for the channel. */
export interface Consequence {
  readonly command: ConversationCommand
  readonly authorization?: { readonly authorization: Authorization; readonly reason: string }
  /** Meta took the tag, or refused it for another reason than the window. */
  readonly humanAgent?: 'granted' | 'refused'
}

/** Milliseconds before an attempt is repeated of which for certain nothing was delivered: 1 s, 2 s, 4 s ... at most a minute. */
const backOff = (attempt: number): number => Math.min(1_000 * 2 ** (attempt - 1), 60_000)

/** What an attempt carried, and whether it needed it: within the margin before 24 hours Meta would take it without. */
export interface Tagged {
  readonly tag: 'none' | 'human-agent'
  readonly isOutsideStandard: boolean
}

/**
 * Turns Meta's answer to one attempt into what happened.
 *
 * A tag that Meta takes proves the permission only from 24 hours on: before, Meta may have looked at the window alone.
 * A tag that it refuses for another reason than the window proves that there is none, at any age; before 24 hours the reply then
 * goes again without it, for nothing is refused for the margin.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/send-messages ("Human Agent", May 5, 2026)
 */
export const consequenceOf = (result: SendResult, of: AttemptOf, { tag, isOutsideStandard }: Tagged): Consequence => {
  const { accountId } = of.channel
  const again = (
    reason: 'throttled' | 'no-connection' | 'authorization' | 'media-not-fetched',
    wait: number,
    code?: string,
  ): ConversationCommand => ({
    type: 'RecordAttemptFailed',
    data: { ...of, reason, retryAt: of.at + wait, ...(code === undefined ? {} : { code }) },
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
    case 'authorization-lost': {
      const authorization = result.kind === 'authorization-suspended' ? 'suspended' : 'lost'
      return { command: again('authorization', 0, result.code), authorization: { authorization, reason: result.code } }
    }
    case 'authorization-restricted':
      return {
        command: reject('authorization-restricted', result.code),
        authorization: { authorization: 'restricted', reason: result.code },
      }
    case 'other-app-in-control':
      return { command: reject('other-app-in-control', result.code) }
    case 'give-up':
      // Without the Human Agent feature Meta answers a tagged send as if a permission were missing.
      if (tag === 'human-agent' && result.why === 'not-permitted') {
        return isOutsideStandard
          ? { command: reject('human-agent-refused', result.code), humanAgent: 'refused' }
          : { command: again('authorization', 0, result.code), humanAgent: 'refused' }
      }
      if (result.retryOnce === true && of.attempt === 1)
        return { command: again('media-not-fetched', backOff(1), result.code) }
      return { command: reject(result.why, result.code) }
  }
}

type RejectionReason = Extract<ConversationCommand, { type: 'RejectReply' }>['data']['reason']
