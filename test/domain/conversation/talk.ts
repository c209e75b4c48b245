import type { Actor } from '../../../src/domain/actor.ts'
import { HOUR, MINUTE, type Instant } from '../../../src/domain/instant.ts'
import {
  type ChannelFacts,
  conversationDecider,
  type ConversationCommand,
  type ConversationEvent,
  type ConversationState,
  type MessageContent,
  type Part,
  type RejectionReason,
  type StartedConversation,
  type TicketFacts,
} from '../../../src/domain/conversation/index.ts'
import type { Given } from '../../../src/testing/given-when-then.ts'
import { given as givenDecider } from '../given.ts'
import { ACCOUNT, administrator, agent, CHANNEL, NOON, ORGANIZATION } from '../people.ts'

export const CONVERSATION = '0190c0de-0000-5000-8000-000000000001'
export const CUSTOMER = '6001'
export const bob = { kind: 'agent', id: 'bob', organizationId: ORGANIZATION } as const
/** Of the organization, but no agent of the channel. */
export const mallory: Actor = { kind: 'agent', id: 'mallory', organizationId: ORGANIZATION }
export const eve: Actor = { kind: 'agent', id: 'eve', organizationId: ORGANIZATION }
export const byBob = { kind: 'agent', id: 'bob' } as const
export const byEve = { kind: 'agent', id: 'eve' } as const
export const byBot = { kind: 'automation', id: 'bot' } as const

/** A channel with the agents bob and eve, connected an hour before noon; everything else as by default. */
export const channel: ChannelFacts = {
  organizationId: ORGANIZATION,
  channelId: CHANNEL,
  accountId: ACCOUNT,
  departmentId: 'sales',
  connectedAt: NOON - HOUR,
  staffedSince: NOON - HOUR,
  status: 'enabled',
  stops: 0,
  stoppedAt: null,
  enabledSince: NOON - HOUR,
  deletion: null,
  authorization: 'connected',
  humanAgent: 'unknown',
  agents: { bob: 1, eve: 2 },
  conversion: { delay: 60, afterTicket: 'new-ticket', reopenWithin: 'delay', cancelOnAnswer: false },
  assigneeOnly: false,
  receiveAudioVideo: false,
  storyMentionOpensWindow: true,
  reactionOpensWindow: false,
}
export const having = (changes: Partial<ChannelFacts>): ChannelFacts => ({ ...channel, ...changes })
export const converting = (changes: Partial<ChannelFacts['conversion']>): ChannelFacts =>
  having({ conversion: { ...channel.conversion, ...changes } })
export const disabled: ChannelFacts = having({ status: 'disabled', stops: 1, stoppedAt: NOON, enabledSince: null })

/** Minutes after noon. */
export const after = (minutes: number): Instant => NOON + minutes * MINUTE

/** Deleted so many minutes after noon. */
export const deletedAt = (minutes: number, pendingConversions: 'convert' | 'discard' = 'convert'): ChannelFacts =>
  having({
    status: 'deleted',
    stops: 1,
    stoppedAt: after(minutes),
    enabledSince: null,
    deletion: { at: after(minutes), pendingConversions },
  })
export const deleted: ChannelFacts = deletedAt(0)

type Data<Type extends ConversationCommand['type']> = Extract<ConversationCommand, { type: Type }>['data']
const base = { conversationId: CONVERSATION, channel, at: NOON }
const delivery = { ...base, customerId: CUSTOMER, metaAt: NOON }
export const text = (words: string): MessageContent => ({ kind: 'text', text: words, attachments: [] })

/** Delivered the instant it was sent, unless `metaAt` says otherwise. */
const delivered = <Fields extends { readonly at?: Instant; readonly metaAt?: Instant }>(fields: Fields) => ({
  ...delivery,
  ...(fields.at === undefined ? {} : { metaAt: fields.at }),
  ...fields,
})

export const receive = (fields: Partial<Data<'ReceiveMessage'>> = {}): ConversationCommand => ({
  type: 'ReceiveMessage',
  data: { ...delivered(fields), messageId: 'm1', content: text('hello'), ...fields },
})
export const echo = (fields: Partial<Data<'ReceiveEcho'>> = {}): ConversationCommand => ({
  type: 'ReceiveEcho',
  data: {
    ...delivered(fields),
    messageId: 'e1',
    mid: `mid-${fields.messageId ?? 'e1'}`,
    content: text('hi'),
    textDigest: 'digest of hi',
    ...fields,
  },
})
export const unreadable = (raw: string): MessageContent => ({ kind: 'unknown', attachments: [], raw })
/** What was kept of `m1`, an unknown message, is a text now. */
export const readAgain = (fields: Partial<Data<'ReadMessageAgain'>> = {}): ConversationCommand => ({
  type: 'ReadMessageAgain',
  data: {
    ...base,
    actor: administrator,
    messageId: 'm1',
    outline: { kind: 'unknown', hasText: false, attachments: [] },
    personal: { raw: '{"poll":"red?"}' },
    content: text('red?'),
    ...fields,
  },
})
/** What was missed of the business's own message `e1` is known now. */
export const recover = (fields: Partial<Data<'RecoverContent'>> = {}): ConversationCommand => ({
  type: 'RecoverContent',
  data: { ...base, messageId: 'e1', content: text('hi'), ...fields },
})
export const edit = (fields: Partial<Data<'ReceiveEdit'>> = {}): ConversationCommand => ({
  type: 'ReceiveEdit',
  data: { ...delivered(fields), messageId: 'm1', text: 'hullo', numEdit: 1, ...fields },
})
export const unsend = (fields: Partial<Data<'ReceiveUnsend'>> = {}): ConversationCommand => ({
  type: 'ReceiveUnsend',
  data: { ...delivered(fields), messageId: 'm1', by: 'customer', ...fields },
})
export const react = (fields: Partial<Data<'ReceiveReaction'>> = {}): ConversationCommand => ({
  type: 'ReceiveReaction',
  data: { ...delivered(fields), messageId: 'm1', by: 'customer', action: 'react', reaction: 'love', ...fields },
})
export const seen = (fields: Partial<Data<'ReceiveSeen'>> = {}): ConversationCommand => ({
  type: 'ReceiveSeen',
  data: { ...delivered(fields), messageId: 'e1', ...fields },
})
export const referral = (fields: Partial<Data<'ReceiveReferral'>> = {}): ConversationCommand => ({
  type: 'ReceiveReferral',
  data: { ...delivered(fields), messageId: 'r1', source: 'SHORTLINK', ref: 'spring', ...fields },
})
export const threadControl = (fields: Partial<Data<'ReceiveThreadControl'>> = {}): ConversationCommand => ({
  type: 'ReceiveThreadControl',
  data: {
    ...delivered(fields),
    messageId: 't1',
    change: 'taken',
    ownerAppId: '99',
    previousAppId: '1',
    ...fields,
  },
})
export const settleDue = (at: Instant, facts: ChannelFacts = channel): ConversationCommand => ({
  type: 'SettleDue',
  data: { ...base, channel: facts, at },
})
export const learnProfile = (fields: Partial<Data<'LearnProfile'>> = {}): ConversationCommand => ({
  type: 'LearnProfile',
  data: { ...base, name: 'Ann', ...fields },
})

type Plain = Partial<{ readonly actor: Actor; readonly channel: ChannelFacts; readonly at: Instant }>
const asked = { ...base, actor: agent }
export const pickUp = (fields: Plain = {}): ConversationCommand => ({ type: 'PickUp', data: { ...asked, ...fields } })
export const transfer = (fields: Partial<Data<'Transfer'>> = {}): ConversationCommand => ({
  type: 'Transfer',
  data: { ...asked, to: 'eve', seen: null, ...fields },
})
export const end = (fields: Plain = {}): ConversationCommand => ({
  type: 'EndConversation',
  data: { ...asked, ...fields },
})
export const reopen = (fields: Plain = {}): ConversationCommand => ({
  type: 'ReopenConversation',
  data: { ...asked, ...fields },
})
export const addNote = (fields: Partial<Data<'AddNote'>> = {}): ConversationCommand => ({
  type: 'AddNote',
  data: { ...asked, noteId: 'n1', text: 'a regular', ...fields },
})
export const block = (fields: Partial<Data<'BlockCustomer'>> = {}): ConversationCommand => ({
  type: 'BlockCustomer',
  data: { ...asked, ...fields },
})
export const unblock = (fields: Plain = {}): ConversationCommand => ({
  type: 'UnblockCustomer',
  data: { ...asked, ...fields },
})
export const markRead = (fields: Partial<Data<'MarkRead'>> = {}): ConversationCommand => ({
  type: 'MarkRead',
  data: { ...asked, upTo: 1, ...fields },
})
export const convert = (fields: Plain & { readonly latestTicket?: TicketFacts } = {}): ConversationCommand => ({
  type: 'ConvertByHand',
  data: { ...asked, ...fields },
})
export const dismiss = (fields: Plain = {}): ConversationCommand => ({
  type: 'DismissConversion',
  data: { ...asked, ...fields },
})
export const reply = (fields: Partial<Data<'QueueReply'>> = {}): ConversationCommand => {
  const content = fields.media === undefined && fields.text === undefined ? { text: 'hi' } : {}
  return { type: 'QueueReply', data: { ...asked, replyId: 'reply-1', ...content, ...fields } }
}
export const withdraw = (fields: Partial<Data<'WithdrawReply'>> = {}): ConversationCommand => ({
  type: 'WithdrawReply',
  data: { ...asked, replyId: 'reply-1', ...fields },
})
export const resend = (fields: Partial<Data<'ResendReply'>> = {}): ConversationCommand => ({
  type: 'ResendReply',
  data: { ...asked, replyId: 'reply-1', ...fields },
})

const first = { ...base, replyId: 'reply-1', part: 0, attempt: 1 }
export const whole: Part = { kind: 'text', from: 0, to: 2 }
export const begin = (fields: Partial<Data<'BeginAttempt'>> = {}): ConversationCommand => ({
  type: 'BeginAttempt',
  data: { ...first, parts: [whole], textDigest: 'digest of hi', epoch: 1, worker: 'w1', ...fields },
})
export const sent = (fields: Partial<Data<'RecordSent'>> = {}): ConversationCommand => ({
  type: 'RecordSent',
  data: { ...first, messageId: 'e1', mid: `mid-${fields.messageId ?? 'e1'}`, settledBy: 'answer', ...fields },
})
export const failed = (fields: Partial<Data<'RecordAttemptFailed'>> = {}): ConversationCommand => ({
  type: 'RecordAttemptFailed',
  data: { ...first, reason: 'throttled', retryAt: after(1), ...fields },
})
export const unknown = (fields: Partial<Data<'RecordOutcomeUnknown'>> = {}): ConversationCommand => ({
  type: 'RecordOutcomeUnknown',
  data: { ...first, ...fields },
})
export const look = (fields: Partial<Data<'RecordLook'>> = {}): ConversationCommand => ({
  type: 'RecordLook',
  data: { ...first, found: null, ...fields },
})
export const giveUp = (fields: Partial<Data<'RecordUnconfirmed'>> = {}): ConversationCommand => ({
  type: 'RecordUnconfirmed',
  data: { ...first, ...fields },
})
export const reject = (reason: RejectionReason, fields: Partial<Data<'RejectReply'>> = {}): ConversationCommand => ({
  type: 'RejectReply',
  data: { ...first, reason, ...fields },
})

/** Everything that the commands made happen, one after the other. @throws Refusal */
export const history = (...commands: readonly ConversationCommand[]): readonly ConversationEvent[] => {
  let state = conversationDecider.initialState()
  return commands.flatMap((command) => {
    const events = conversationDecider.decide(command, state)
    state = events.reduce(conversationDecider.evolve, state)
    return events
  })
}

/** After these commands, when ... */
export const given = (
  ...commands: readonly ConversationCommand[]
): Given<ConversationState, ConversationCommand, ConversationEvent> =>
  givenDecider(conversationDecider, ...history(...commands))

/** The state after more events, as they are. */
export const fold = (state: ConversationState, ...events: readonly ConversationEvent[]): StartedConversation =>
  events.reduce(conversationDecider.evolve, state) as StartedConversation

/** The types of the events, to say what happened in one line. */
export const types = (events: readonly ConversationEvent[]): readonly string[] => events.map(({ type }) => type)

/** The state of a conversation that has begun, after these commands. */
export const stateOf = (...commands: readonly ConversationCommand[]): StartedConversation =>
  given(...commands).state() as StartedConversation

/** The events of one command after others. @throws Refusal */
export const eventsOf = (
  before: readonly ConversationCommand[],
  command: ConversationCommand,
): readonly ConversationEvent[] =>
  given(...before)
    .when(command)
    .events()
