import type { DeliveryOutcome } from './delivery.ts'
import {
  editBody,
  igMeReferral,
  messageBody,
  postbackBody,
  reactionBody,
  referralBody,
  seenBody,
  unsendBody,
} from './event-bodies.ts'
import type { JsonObject } from './json.ts'
import { type PhoneView, phoneOf } from './phone.ts'
import { countIn, messageOf, openWindow, type Platform, storeMessage, tell, threadOf } from './platform.ts'
import { replyWindowAt, type ReplyWindow } from './reply-window.ts'
import { type Attachment, change, type Message, type Reaction, threadKey, without } from './world.ts'

/** Something that happened on the platform and of which the app is told. */
export interface Happening {
  /** Meta's time of it: epoch ms of business time. */
  readonly timestamp: number
  /** Settles when the app has answered 200, or never will. */
  readonly delivered: Promise<DeliveryOutcome>
}

/** A happening that made a message. */
export interface NewMessage extends Happening {
  readonly mid: string
}

/** An attachment as its sender describes it; a link is made up where the type has one and none is given. */
export interface Enclosure {
  readonly type: string
  readonly url?: string
  readonly payload?: JsonObject
}

/** What a customer's message can hold. */
export interface Outgoing {
  readonly text?: string
  readonly attachments?: readonly Enclosure[]
  /** The mid of the message that is quoted, of either side. */
  readonly replyTo?: string
  /** Answers a story of the account: its id, and optionally `url` and `link_sticker_url`. */
  readonly story?: JsonObject
  /** As it stands in the webhook (an ad, a shop), or the `ref` of an ig.me link. */
  readonly referral?: JsonObject | string
  /** The payload of the quick reply that was tapped. */
  readonly quickReply?: string
  /** Content that the API cannot carry: a poll, a location. */
  readonly unsupported?: true
  /** Meta's time of the message, epoch ms; default now. */
  readonly at?: number
}

/** A person who writes to one account. All acts are told to the app by webhook. */
export interface CustomerHandle {
  /** The Instagram-scoped id towards this account. */
  readonly customerId: string
  readonly accountId: string
  readonly username: string
  says(text: string, options?: Omit<Outgoing, 'text'>): NewMessage
  sends(message: Outgoing): NewMessage
  /** Mentions the account in a story: a message with a `story_mention`. */
  mentions(options?: { readonly url?: string; readonly at?: number }): NewMessage
  unsends(mid: string): Happening
  /** Throws on the sixth edit: Instagram's app allows five. */
  edits(mid: string, text: string): Happening
  /** A second reaction replaces the first. */
  reacts(mid: string, emoji?: string): Happening
  unreacts(mid: string): Happening
  /** Has read this message of the business (default: its newest) and all older ones. */
  sees(mid?: string): Happening
  /** Taps an ice breaker, a button or the menu. `withMid: false` is what API versions below 11 send. */
  postback(tap: {
    readonly title: string
    readonly payload: string
    readonly ref?: string
    readonly withMid?: boolean
  }): Happening & { readonly mid?: string }
  /** Follows an ig.me link into the existing thread; in a new thread `ref` belongs to the first message instead. */
  refers(ref: string): Happening
  /** Comments in public: a `comments` change, which does not open the window. */
  comments(text: string, options?: { readonly live?: boolean }): Happening & { readonly commentId: string }
  /** From now on sends to this person fail as "not available". */
  blocksBusiness(): void
  unblocksBusiness(): void
  /** What this person's phone shows. */
  phone(): PhoneView
  /** How the business may write to this person now, by the simulator's own rule. */
  window(): ReplyWindow
  /** When the window was last opened, by Meta's time; `undefined` if never. */
  openedAt(): number | undefined
}

/** @param customerId must exist. */
export const customerHandle = (platform: Platform, accountId: string, customerId: string): CustomerHandle => {
  const between = { accountId, customerId }
  const customer = platform.world.customers.get(threadKey(accountId, customerId))
  if (customer === undefined) throw new Error(`no such customer: ${customerId} of ${accountId}`)

  const mineOf = (mid: string): Message => {
    const message = messageOf(platform, mid)
    if (message.accountId !== accountId || message.customerId !== customerId) {
      throw new Error(`message ${mid} is not of this thread`)
    }
    return message
  }
  const setUnavailable = (unavailable: boolean): void => {
    change(platform.world.customers, threadKey(accountId, customerId), (person) => ({ ...person, unavailable }))
    platform.changed()
  }

  const sends = ({ at, ...outgoing }: Outgoing): NewMessage => {
    const timestamp = at ?? platform.now()
    const mid = newMid(platform, accountId, customerId)
    const { attachments, referral, ...rest } = outgoing
    const message: Message = {
      ...rest,
      ...(attachments && { attachments: attachments.map((it, place) => enclose(platform, mid, it, place)) }),
      ...(referral !== undefined && {
        referral: typeof referral === 'string' ? igMeReferral(referral) : referral,
      }),
      ...between,
      mid,
      from: 'customer',
      via: 'app',
      timestamp,
      edits: 0,
      reactions: {},
    }
    const quoted = message.replyTo === undefined ? undefined : mineOf(message.replyTo)
    storeMessage(platform, message)
    if (opens(platform, message)) openWindow(platform, between, timestamp)
    const body = messageBody(message, quoted?.from === 'customer')
    const { delivered } = tell(platform, { ...between, kind: 'message', mid, body })
    return { mid, timestamp, delivered }
  }

  const react = (mid: string, reaction: Reaction | undefined): Happening => {
    const message = mineOf(mid)
    const timestamp = platform.now()
    platform.world.messages.set(mid, {
      ...message,
      reactions: { ...without(message.reactions, 'customer'), ...(reaction && { customer: reaction }) },
    })
    if (reaction && platform.app.opening.reaction) openWindow(platform, between, timestamp)
    const body = reactionBody(message, reaction, timestamp)
    return { timestamp, ...delivery(tell(platform, { ...between, kind: 'reaction', mid, body })) }
  }

  return {
    ...between,
    username: customer.username,
    says: (text, options = {}) => sends({ ...options, text }),
    sends,
    mentions: ({ url, at } = {}) =>
      sends({
        attachments: [{ type: 'story_mention', ...(url !== undefined && { url }) }],
        ...(at !== undefined && { at }),
      }),
    unsends: (mid) => {
      const message = mineOf(mid)
      if (message.from !== 'customer') throw new Error(`message ${mid} is not the customer's`)
      const timestamp = platform.now()
      platform.world.messages.set(mid, { ...message, unsentAt: timestamp })
      const body = unsendBody(message, timestamp)
      return { timestamp, ...delivery(tell(platform, { ...between, kind: 'unsend', mid, body })) }
    },
    edits: (mid, text) => {
      const message = mineOf(mid)
      if (message.from !== 'customer' || message.unsentAt !== undefined) throw new Error(`cannot edit ${mid}`)
      if (message.edits >= 5) throw new RangeError('a message can be edited five times')
      const timestamp = platform.now()
      const edited = { ...message, text, edits: message.edits + 1 }
      platform.world.messages.set(mid, edited)
      const body = editBody(edited, timestamp)
      return { timestamp, ...delivery(tell(platform, { ...between, kind: 'edit', mid, body })) }
    },
    reacts: (mid, emoji = '\u2764\ufe0f') => react(mid, { reaction: reactionName(emoji), emoji }),
    unreacts: (mid) => react(mid, undefined),
    sees: (mid) => {
      const { mids } = threadOf(platform, accountId, customerId)
      const theirs = mids.filter((id) => messageOf(platform, id).from === 'business')
      const seen = mid ?? theirs.at(-1)
      if (seen === undefined || !theirs.includes(seen)) throw new Error('there is no such message of the business')
      const timestamp = platform.now()
      for (const id of theirs.slice(0, theirs.indexOf(seen) + 1)) {
        change(platform.world.messages, id, (message) => ({ ...message, seenAt: message.seenAt ?? timestamp }))
      }
      const body = seenBody(messageOf(platform, seen), timestamp)
      return { timestamp, ...delivery(tell(platform, { ...between, kind: 'seen', mid: seen, body })) }
    },
    postback: ({ title, payload, ref, withMid = true }) => {
      const timestamp = platform.now()
      const mid = withMid ? newMid(platform, accountId, customerId) : undefined
      const standby = threadOf(platform, accountId, customerId).owner === 'another-app'
      openWindow(platform, between, timestamp)
      const body = postbackBody(
        between,
        {
          ...(mid !== undefined && { mid }),
          title,
          ...(!standby && { payload }),
          ...(ref !== undefined && { referral: igMeReferral(ref) }),
        },
        timestamp,
      )
      const told = tell(platform, { ...between, kind: 'postback', ...(mid !== undefined && { mid }), body })
      return { ...(mid !== undefined && { mid }), timestamp, ...delivery(told) }
    },
    refers: (ref) => {
      const timestamp = platform.now()
      if (threadOf(platform, accountId, customerId).openedAt === undefined) {
        throw new Error('no thread yet: give the referral to the first message or postback')
      }
      openWindow(platform, between, timestamp)
      const body = referralBody(between, ref, timestamp)
      return { timestamp, ...delivery(tell(platform, { ...between, kind: 'referral', body })) }
    },
    comments: (text, { live = false } = {}) => {
      const timestamp = platform.now()
      const commentId = platform.ids.comment(accountId)
      platform.world.comments.set(commentId, { commentId, ...between, text, timestamp, live, answered: false })
      const body: JsonObject = {
        field: live ? 'live_comments' : 'comments',
        value: {
          from: { id: customerId, username: customer.username },
          media: { id: '17918000000000041', media_product_type: live ? 'LIVE' : 'FEED' },
          id: commentId,
          text,
        },
      }
      return { commentId, timestamp, ...delivery(tell(platform, { ...between, kind: 'comment', body })) }
    },
    blocksBusiness: () => setUnavailable(true),
    unblocksBusiness: () => setUnavailable(false),
    phone: () => phoneOf(platform, accountId, customerId),
    window: () => replyWindowAt(threadOf(platform, accountId, customerId).openedAt, platform.now()),
    openedAt: () => threadOf(platform, accountId, customerId).openedAt,
  }
}

const delivery = ({ delivered }: Pick<Happening, 'delivered'>): Pick<Happening, 'delivered'> => ({ delivered })

const newMid = (platform: Platform, accountId: string, customerId: string): string =>
  platform.ids.message(accountId, customerId, 'customer', countIn(platform, accountId, customerId, 'from-customer'))

/** Messages of every kind open the window; a story mention only if the policy says so. */
const opens = ({ app }: Platform, { attachments, text }: Message): boolean => {
  const onlyMention = text === undefined && attachments?.length === 1 && attachments[0]?.type === 'story_mention'
  return onlyMention ? app.opening.storyMention : true
}

/** Types of attachment that come without any payload. */
const bare = new Set(['ephemeral', 'like_heart'])

/** An attachment with a link of Meta's, unless its sender gave one. */
export const enclose = (platform: Platform, mid: string, enclosure: Enclosure, place: number): Attachment => {
  const { type, url, payload } = enclosure
  if (bare.has(type)) return { type }
  if (payload !== undefined) return { type, payload: { ...payload, ...(url !== undefined && { url }) } }
  const link = url ?? platform.ids.media(mid, place)
  return type === 'ig_story' || type === 'story'
    ? { type, payload: { story_media_id: `1794${link.length}000000000013`, story_media_url: link } }
    : { type, payload: { url: link } }
}

const names: Readonly<Record<string, string>> = {
  '\u2764': 'love',
  '\u{1f602}': 'laugh',
  '\u{1f606}': 'laugh',
  '\u{1f62e}': 'wow',
  '\u{1f622}': 'sad',
  '\u{1f620}': 'angry',
  '\u{1f621}': 'angry',
  '\u{1f44d}': 'like',
}

/** Meta's name for an emoji: angry, sad, wow, love, like, laugh; `other` for all the rest. */
export const reactionName = (emoji: string): string => names[emoji.replace('\ufe0f', '')] ?? 'other'
