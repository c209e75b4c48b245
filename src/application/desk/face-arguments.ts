import { refuse } from '../../domain/refusal.ts'
import {
  aBoolean,
  aList,
  aNumber,
  anObject,
  aText,
  checkKind,
  type Fail,
  type Kind,
  milliseconds,
  oneOf,
  optional,
  orNull,
  type Shape,
} from '../ports/shape.ts'
import type { Channels } from './channels.ts'
import type { Conversations } from './conversations.ts'
import type { Inbox } from './inbox.ts'
import type { Operations } from './operations.ts'
import type { Organizations } from './organizations.ts'
import type { TicketDesk } from './tickets.ts'
import type { Worklists } from './worklists.ts'

/** Of which kind an id is. Whether there is one like it is told only to those who may know. */
const anId: Kind = { ...aText, expected: 'an id, which is text' }
/** Any of the words of a person: the rules of the domain say what is too long. */
const words = aText
const aCursor: Kind = { ...aText, expected: 'a cursor of a former answer' }
// How many, and which cursor: told only to those who may ask.
const PAGE: Shape = { limit: optional(aNumber), cursor: optional(aCursor) }
const KEY: Shape = { key: optional(words) }
const SIGNAL: Shape = {
  signal: optional({
    expected: 'an AbortSignal',
    is: (value) => typeof value === 'object' && value !== null && 'aborted' in value,
  }),
}

const PERSON: Shape = { id: anId, organizationId: anId }
const KINDS = ['agent', 'administrator', 'automation', 'system']
const AN_ACTOR = 'who asks: { kind, id, organizationId }'

const fail: Fail = (field, expected, given) => refuse('invalid', { field, expected, given })

/** Who asks. Other members than these are the host's. */
const checkActor = (actor: unknown): void => {
  checkKind(actor, anObject(undefined, AN_ACTOR), 'actor', fail)
  const { kind, id, organizationId } = actor as Readonly<Record<string, unknown>>
  checkKind(kind, oneOf(...KINDS), 'actor.kind', fail)
  if (kind !== 'system') checkKind({ id, organizationId }, anObject(PERSON), 'actor', fail)
}

const exactly = (members: Shape): Kind => anObject(members, `an object with ${Object.keys(members).join(', ')}`)
/** Names that some method knows: one object of ids may be given to all of them. */
const known = new Set<string>()
const remembered = (members: Shape): Shape => {
  for (const name of Object.keys(members)) known.add(name)
  return members
}
/** A question may be asked with an object that has more in it; a command means everything that it says. */
const request = (members: Shape): Kind => ({ ...exactly(remembered(members)), passes: () => true })
const command = (members: Shape): Kind => ({
  ...exactly(remembered({ ...members, ...KEY })),
  passes: (name) => known.has(name),
})
const list = (members: Shape = {}): Kind => request({ ...members, ...PAGE })

const ofConversation = { conversationId: anId }
const ofChannel = { channelId: anId }
const ofTicket = { ticketId: anId }
const ofReply = { conversationId: anId, replyId: anId }

const REPLY: Shape = {
  ...ofConversation,
  text: optional(words),
  media: optional(aList(anObject({ kind: words, url: words }, 'an object with kind and url'))),
  replyTo: optional(anId),
}
const aFile = anObject(
  { fileName: words, bytes: { expected: 'a Uint8Array', is: (value) => value instanceof Uint8Array } },
  'an object with fileName and bytes',
)
/** A single value: the rules of the domain say what each may be. */
const anything: Kind = {
  expected: 'text, a number, true, false or null',
  is: (value) => value === null || ['string', 'number', 'boolean'].includes(typeof value),
}
const SWITCHES: Shape = {
  assigneeOnly: optional(anything),
  receiveAudioVideo: optional(anything),
  storyMentionOpensWindow: optional(anything),
  reactionOpensWindow: optional(anything),
}
const CONVERSION: Shape = {
  delay: optional(anything),
  afterTicket: optional(anything),
  reopenWithin: optional(anything),
  cancelOnAnswer: optional(anything),
}
const ACCOUNT: Shape = {
  accountId: anything,
  flavour: anything,
  pageId: optional(anything),
  appScopedId: optional(anything),
  username: optional(anything),
}
const STATUS = optional(aText)

/** How a method answers: by a promise, at once, or item by item. */
type Answers = 'promise' | 'at once' | 'items'
interface Method {
  /** What comes after the actor. */
  readonly takes: readonly Kind[]
  readonly answers: Answers
}
const takes = (...kinds: readonly Kind[]): Method => ({ takes: kinds, answers: 'promise' })

/** Every method of a service: one that is new does not compile before it stands here. */
type Methods<Service> = { readonly [Name in keyof Service]: Method }

const conversations: Methods<Conversations> = {
  get: takes(request(ofConversation)),
  windowAt: takes(request({ ...ofConversation, at: aNumber })),
  transcript: takes(list({ ...ofConversation, backwards: optional(aBoolean) })),
  watch: { takes: [request({ ...ofConversation, ...SIGNAL })], answers: 'items' },
  reply: takes(command(REPLY)),
  replyAndEnd: takes(command(REPLY)),
  withdraw: takes(command(ofReply)),
  resend: takes(command({ ...ofReply, mayArriveTwice: optional(aBoolean) })),
  pickUp: takes(command(ofConversation)),
  transfer: takes(command({ ...ofConversation, to: orNull(anId), seen: orNull(anId) })),
  end: takes(command(ofConversation)),
  reopen: takes(command(ofConversation)),
  addNote: takes(command({ ...ofConversation, text: words })),
  block: takes(command({ ...ofConversation, reason: optional(words) })),
  unblock: takes(command(ofConversation)),
  markRead: takes(command({ ...ofConversation, upTo: aNumber })),
  convert: takes(command(ofConversation)),
  dismissConversion: takes(command(ofConversation)),
  typing: takes(request({ ...ofConversation, on: aBoolean })),
  markSeen: takes(request(ofConversation)),
  react: takes(request({ ...ofConversation, messageId: anId, emoji: orNull(words) })),
}

const CHANGES: Shape = {
  name: optional(words),
  departmentId: optional(anId),
  icon: optional(orNull(aFile)),
  conversion: optional(anObject(CONVERSION)),
  ...SWITCHES,
}
const NEW_CHANNEL: Shape = {
  organizationId: anId,
  name: words,
  icon: optional(aFile),
  departmentId: anId,
  account: anObject(ACCOUNT),
  token: words,
  conversion: optional(anObject(CONVERSION)),
  settings: optional(anObject(SWITCHES)),
  humanAgent: optional(anything),
  agents: optional(aList(anything)),
}
const channels: Methods<Channels> = {
  create: takes(command(NEW_CHANNEL)),
  change: takes(command({ ...ofChannel, ...CHANGES })),
  associate: takes(command({ ...ofChannel, agentId: anId })),
  remove: takes(command({ ...ofChannel, agentId: anId })),
  disable: takes(command(ofChannel)),
  enable: takes(command(ofChannel)),
  missed: takes(request(ofChannel)),
  fetchMissed: takes(request(ofChannel)),
  delete: takes(command({ ...ofChannel, pendingConversions: optional(oneOf('convert', 'discard')) })),
  setHumanAgent: takes(command({ ...ofChannel, permission: words })),
  reconnect: takes(command({ ...ofChannel, token: optional(words) })),
  get: takes(request(ofChannel)),
  list: takes(list({ organizationId: anId })),
  reads: takes(list(ofChannel)),
  icon: takes(request(ofChannel)),
}

const FILTER: Shape = { view: optional(words), channelId: optional(anId) }
const inbox: Methods<Inbox> = {
  list: takes(optional(list(FILTER))),
  search: takes(list({ text: words, channelId: optional(anId) })),
  unread: takes(),
  watch: { takes: [optional(request({ ...FILTER, ...SIGNAL }))], answers: 'items' },
  entry: takes(anId),
}

const tickets: Methods<TicketDesk> = {
  list: takes(list({ ...ofChannel, status: STATUS, conversationId: optional(anId) })),
  get: takes(request(ofTicket)),
  messages: takes(list(ofTicket)),
  assign: takes(command({ ...ofTicket, assignee: orNull(anId) })),
  setStatus: takes(command({ ...ofTicket, status: words })),
  close: takes(command(ofTicket)),
  reopen: takes(command(ofTicket)),
}

const worklists: Methods<Worklists> = {
  pendingConversions: takes(list(ofChannel)),
  deliveries: takes(list({ ...ofChannel, status: STATUS, conversationId: optional(anId) })),
  delivery: takes(request({ replyId: anId })),
}

const organizations: Methods<Organizations> = {
  setDepartments: takes(command({ organizationId: anId, departments: aList(anything) })),
  get: takes(request({ organizationId: anId })),
}

const operations: Methods<Operations> = {
  balance: takes(),
  quarantine: takes(optional(list())),
  inspect: takes(anId),
  rerun: takes(anId),
  readAgain: takes(optional(list({ channelId: optional(anId) }))),
  progress: { takes: [], answers: 'at once' },
  share: { takes: [], answers: 'at once' },
}

/** What every method of the face takes. */
export const FACE: {
  readonly conversations: Methods<Conversations>
  readonly channels: Methods<Channels>
  readonly inbox: Methods<Inbox>
  readonly tickets: Methods<TicketDesk>
  readonly worklists: Methods<Worklists>
  readonly organizations: Methods<Organizations>
  readonly operations: Methods<Operations>
} = { conversations, channels, inbox, tickets, worklists, organizations, operations }

type Call = (...given: readonly unknown[]) => unknown

/** Items of which the first one fails. */
const failing = (error: unknown): AsyncIterableIterator<never, void, undefined> => {
  let next: () => Promise<IteratorResult<never, void>> = () => Promise.reject(error)
  const items: AsyncIterableIterator<never, void, undefined> = {
    [Symbol.asyncIterator]: () => items,
    next: () => {
      const answer = next()
      next = async () => ({ done: true, value: undefined })
      return answer
    },
    return: async () => {
      next = async () => ({ done: true, value: undefined })
      return { done: true, value: undefined }
    },
  }
  return items
}

/** The members that a method knows: what else a caller's object holds is never looked at again. */
const onlyKnown = (value: unknown, { members }: Kind): unknown => {
  if (members === undefined || typeof value !== 'object' || value === null) return value
  const given = value as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.keys(members).flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  )
}

/** What `desk.waitFor` takes. @throws Refusal `invalid` */
export const checkWait = (position: unknown, timeout: unknown): void => {
  checkKind(position, optional({ ...aText, expected: 'a position, which is text' }), 'position', fail)
  checkKind(timeout, optional(milliseconds(0)), 'timeout', fail)
}

/**
 * A service whose methods look at what they are given before anything else, so that no call fails deep inside with an error of the
 * language: who asks, ids, names of members. They refuse `invalid` with the field, what is expected and of what kind it was.
 * @param assertOpen throws once the desk was stopped: a stopped desk returns no cached answers
 */
export const checked = <Service extends object>(
  service: Service,
  methods: Methods<Service>,
  assertOpen: () => void,
): Service => {
  const calls = Object.entries(methods as Readonly<Record<string, Method>>).map(([name, { takes: kinds, answers }]) => {
    const method = (service as Readonly<Record<string, Call>>)[name] as Call
    const check = (given: readonly unknown[]): void => {
      assertOpen()
      checkActor(given[0])
      for (const [index, kind] of kinds.entries()) {
        const value = given[index + 1]
        const isBare = kind === anId
        checkKind(value, kind, isBare ? 'id' : '', (field, expected, was) =>
          fail(field === 'options' ? 'request' : field, expected, was),
        )
      }
    }
    const call: Call = (...given) => {
      try {
        check(given)
      } catch (error) {
        if (answers === 'items') return failing(error)
        if (answers === 'promise') return Promise.reject(error)
        throw error
      }
      return method.call(service, given[0], ...kinds.map((kind, index) => onlyKnown(given[index + 1], kind)))
    }
    return [name, call] as const
  })
  return Object.fromEntries(calls) as unknown as Service
}
