import type { AccountName } from './steps.ts'

/** What can be seen of a desk, in words of its own: what a model expects is compared with what the face shows. */
export interface Observation {
  /** By agent and view: names of conversations. `waiting` in its order, the others sorted. */
  readonly lists: Readonly<Record<string, readonly string[]>>
  /** By agent: conversations with something unread, by channel. */
  readonly unread: Readonly<Record<string, number>>
  readonly conversations: Readonly<Record<string, ConversationSeen>>
  /** Pending conversions: conversation and due time. */
  readonly pending: readonly string[]
  /** Tickets: conversation and the customer's messages in it. */
  readonly tickets: readonly string[]
  readonly balance: Readonly<Partial<Record<AccountName | 'unknown', Counted>>>
  /** Texts that Meta delivered to customers, in order, by conversation. */
  readonly delivered: Readonly<Record<string, readonly string[]>>
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** How long ago the window is asked for; negative: in the future. */
export const PAST: readonly number[] = [1, HOUR, DAY - 1, DAY, 3 * DAY + 1, 7 * DAY, -DAY]

/** Events of one account by what became of them. `either`: recorded, a duplicate or ignored, where the design leaves it open. */
export interface Counted {
  readonly received: number
  readonly recorded: number
  readonly duplicates: number
  readonly ignored: number
  readonly quarantined: number
  readonly either: number
}

export interface ConversationSeen {
  readonly window: string
  /** The window as it was at {@link PAST} milliseconds before now. */
  readonly windowsThen: readonly string[]
  readonly ended: boolean
  readonly blocked: boolean
  readonly assignee: string | null
  readonly unread: Readonly<Record<string, number>>
  /** Each line in the order of time: time, what it is, its text, what was said about it. */
  readonly transcript: readonly string[]
}

/**
 * Behind a call under way nobody looks at the replies of a conversation: that the channel was disabled or deleted may be noticed
 * when the call has ended, as of the instant at which it was. Until then both are right.
 */
export const withUnnoticed = (transcript: readonly string[]): readonly string[] =>
  transcript.some((line) => line.endsWith('[attempted]'))
    ? transcript.map((line) =>
        line.replace(/\[(?:queued|rejected channel-(?:disabled|deleted))\]$/, '[queued or stopped]'),
      )
    : transcript
