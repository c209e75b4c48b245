import fc from 'fast-check'
import {
  type ConversationCommand,
  conversationDecider,
  type ConversationEvent,
  type ConversationState,
  nextDelivery,
  type Part,
} from '../../src/domain/conversation/index.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/instant.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { NOON } from '../domain/people.ts'
import * as talk from '../domain/conversation/talk.ts'

/** A word that stands in one message only. */
export const secret = (messageId: string): string => `secret${messageId}`

const REPLIES = 3
/** The messages that a reply becomes. */
const partIds = (reply: number): readonly [string, string] => [`x${reply}a`, `x${reply}b`]
const replyText = (reply: number): string => partIds(reply).map(secret).join(' ')
const partsOf = (reply: number): readonly Part[] => {
  const cut = secret(partIds(reply)[0]).length
  return [
    { kind: 'text', from: 0, to: cut },
    { kind: 'text', from: cut + 1, to: replyText(reply).length },
  ]
}

type Channel = typeof talk.channel
type Maker = (at: number, channel: Channel, n: number, late: number) => ConversationCommand

const reply = (n: number) => n % REPLIES
const id = (n: number): string => `reply-${reply(n)}`
const part = (n: number): 0 | 1 => (n % 2 === 0 ? 0 : 1)
const partId = (n: number): string => partIds(reply(n))[part(n)]
const digest = (n: number): string => `digest of ${partId(n)}`
const message = (n: number): string => `m${n % 6}`

const MAKERS: readonly Maker[] = [
  (at, channel, n, late) =>
    talk.receive({
      at,
      channel,
      messageId: message(n),
      mid: `mid-${message(n)}`,
      metaAt: at - late,
      content: talk.text(`${secret(message(n))} hello`),
    }),
  (at, channel, n, late) =>
    talk.receive({
      at,
      channel,
      messageId: message(n),
      metaAt: at - late,
      content: {
        kind: 'image',
        attachments: [{ kind: 'image', url: `https://cdn/${secret(message(n))}` }],
        replyTo: 'm1',
        story: { url: `https://cdn/${secret(message(n))}` },
      },
    }),
  (at, channel, n, late) =>
    talk.echo({
      at,
      channel,
      messageId: `e${n % 4}`,
      mid: `mid-e${n % 4}`,
      metaAt: at - late,
      content: talk.text(secret(`e${n % 4}`)),
    }),
  (at, channel, n) => talk.unsend({ at, channel, messageId: message(n) }),
  (at, channel, n) => talk.unsend({ at, channel, messageId: `e${n % 4}`, by: 'business' }),
  (at, channel, n) => talk.unsend({ at, channel, messageId: partId(n), by: 'business' }),
  (at, channel, n) =>
    talk.edit({ at, channel, messageId: message(n), numEdit: 1 + (n % 3), text: `${secret(message(n))} edited ${n}` }),
  (at, channel, n) =>
    talk.edit({ at, channel, messageId: partId(n), numEdit: 1 + (n % 3), text: `${secret(partId(n))} edited ${n}` }),
  (at, channel, n) => talk.react({ at, channel, messageId: message(n), by: 'business', digest: String(n) }),
  (at, channel, n) => talk.react({ at, channel, messageId: partId(n), emoji: '🎉', digest: String(n) }),
  (at, channel, n) => talk.seen({ at, channel, messageId: partId(n) }),
  (at, channel, n) => talk.referral({ at, channel, messageId: `f${n}` }),
  (at, channel, n) => talk.threadControl({ at, channel, messageId: `t${n}`, ours: n % 2 === 0 }),
  (at, channel) => talk.end({ at, channel }),
  (at, channel) => talk.reopen({ at, channel }),
  (at, channel) => talk.pickUp({ at, channel }),
  (at, channel) => talk.transfer({ at, channel, seen: 'bob' }),
  (at, channel) => talk.transfer({ at, channel, seen: 'bob', to: null }),
  (at, channel) => talk.block({ at, channel }),
  (at, channel) => talk.unblock({ at, channel }),
  (at, channel) => talk.convert({ at, channel }),
  (at, channel) => talk.dismiss({ at, channel }),
  (at, channel, n) => talk.addNote({ at, channel, noteId: `n${n}`, text: `a note ${n}` }),
  (at, channel, n) => talk.markRead({ at, channel, upTo: n, actor: n % 2 === 0 ? talk.bob : talk.eve }),
  (at, channel) => talk.learnProfile({ at, channel, name: 'Hana', username: 'hana.k' }),
  (at, channel) => talk.settleDue(at, channel),
  (at, channel, n) => talk.reply({ at, channel, replyId: id(n), text: replyText(reply(n)) }),
  (at, channel, n) => talk.reply({ at, channel, replyId: id(n), text: replyText(reply(n)), actor: talk.eve }),
  (at, channel, n) => talk.withdraw({ at, channel, replyId: id(n) }),
  (at, channel, n) => talk.resend({ at, channel, replyId: id(n), mayArriveTwice: true }),
  // Meta's answer comes late, and may name another message than equal text had settled.
  (at, channel, n) =>
    talk.sent({
      at,
      channel,
      replyId: id(n),
      part: part(n),
      attempt: 1 + (n % 2),
      messageId: `y${partId(n)}`,
      mid: `mid-y${partId(n)}`,
    }),
  (at, channel, n) =>
    talk.echo({
      at,
      channel,
      messageId: partId(n),
      mid: `mid-${partId(n)}`,
      content: talk.text(secret(partId(n))),
      textDigest: digest(n),
    }),
  (at, channel, n) =>
    talk.readAgain({
      at,
      channel,
      messageId: message(n),
      personal: { raw: secret(message(n)) },
      content: talk.text(`${secret(message(n))} hello`),
    }),
]

/** What delivery would do next, and how it ends. */
const deliver = (
  state: ConversationState,
  at: number,
  channel: Channel,
  n: number,
): ConversationCommand | undefined => {
  const step = nextDelivery(state, channel, at)
  if (step.kind === 'idle' || step.kind === 'wait') return undefined
  if (step.kind === 'settle') return talk.settleDue(at, channel)
  const of = { at, channel, replyId: step.replyId, part: step.part, attempt: step.attempt }
  const number = Number(step.replyId.slice(-1))
  const messageId = partIds(number)[step.part === 0 ? 0 : 1]
  switch (step.kind) {
    case 'attempt':
      return talk.begin({ ...of, parts: partsOf(number), textDigest: `digest of ${messageId}`, epoch: 1 })
    case 'in-flight':
      if (n % 8 < 2) return talk.unknown(of)
      if (n % 8 === 2) return talk.failed({ ...of, retryAt: at + SECOND })
      if (n % 8 === 3) return talk.reject('message-refused', of)
      return talk.sent({ ...of, messageId, mid: `mid-${messageId}` })
    case 'look':
      return talk.look(n % 2 === 0 ? of : { ...of, found: { messageId, mid: `mid-${messageId}` } })
    case 'declare-unconfirmed':
      return talk.giveUp(of)
  }
}

/** Replies, and what happens to what they became, would be rare otherwise. */
const ofReplies = MAKERS.flatMap((maker, at) => {
  const { type, data } = maker(NOON, talk.channel, 1, 0)
  const isOfPart = 'messageId' in data && /^[xy]/.test(data.messageId)
  return isOfPart || type === 'QueueReply' || type === 'ResendReply' ? [at] : []
})

const step = fc.record({
  what: fc.oneof(
    { weight: 4, arbitrary: fc.nat({ max: MAKERS.length - 1 }) },
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.constantFrom(...ofReplies) },
    { weight: 6, arbitrary: fc.constant(-1) },
  ),
  n: fc.nat({ max: 60 }),
  pass: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(0, 0, SECOND, SECOND, MINUTE, 11 * SECOND, 20 * MINUTE, HOUR) },
    { weight: 1, arbitrary: fc.constantFrom(DAY, 7 * DAY) },
  ),
  late: fc.constantFrom(0, 0, MINUTE, HOUR),
})

const { decide, evolve, initialState } = conversationDecider

/** Nothing happens when it is refused. */
const attempt = (command: ConversationCommand, state: ConversationState): readonly ConversationEvent[] => {
  try {
    return decide(command, state)
  } catch (error) {
    if (isRefusal(error)) return []
    throw error
  }
}

/** What came of one conversation, by the rules of the domain. */
export interface History {
  readonly events: readonly ConversationEvent[]
  readonly state: ConversationState
  readonly at: number
  /** How many events there were after each commit. */
  readonly commits: readonly number[]
}

const channels = fc.constantFrom(talk.channel, talk.channel, talk.converting({ delay: 'never' }))
const steps = fc.array(step, { minLength: 1, maxLength: 80, size: 'max' })

/** Conversations in which everything happens, in any order that the domain lets happen. */
export const histories: fc.Arbitrary<History> = fc.tuple(steps, channels).map(([steps, channel]) => {
  let at = NOON
  let state = initialState()
  const events: ConversationEvent[] = []
  const commits: number[] = [0]
  for (const { what, n, pass, late } of steps) {
    at += pass
    const command = what < 0 ? deliver(state, at, channel, n) : MAKERS[what]?.(at, channel, n, late)
    if (command === undefined) continue
    const decided = attempt(command, state)
    state = decided.reduce(evolve, state)
    events.push(...decided)
    commits.push(events.length)
  }
  return { events, state, at, commits }
})
