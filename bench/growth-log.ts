import { createHash, randomUUID } from 'node:crypto'
import type { Desk, NewEvent, Store } from 'madoguchi'
import {
  type ChannelEvent,
  type ChannelFacts,
  channelDecider,
  channelFacts,
  type ConversationCommand,
  conversationDecider,
  type ConversationEvent,
  type ConversationState,
  currentVersion,
  type DomainEvent,
  nextDelivery,
  type TicketCommand,
  ticketDecider,
  type TicketEvent,
} from 'madoguchi/domain'
import { ADMINISTRATOR, AKI, BO, ORGANIZATION, SYSTEM } from './bench-desk.ts'
import type { Random } from './random.ts'
import { agentText, customerText } from './texts.ts'
import { customerOf } from './webhook-requests.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** Beyond it the reply window has ended for good: then nothing would be due any more. */
const SPAN = 6 * DAY + 20 * 60 * MINUTE
const LARGE_CHANNELS = 10
const IN_SMALL_CHANNEL = 20
/** Appends under way together. */
const TOGETHER = 2_000

/** The business instant up to which every generated log goes. */
export const LOG_ENDS: number = Date.UTC(2026, 0, 31, 12)
/** Before the first message: when the channels are connected. */
export const LOG_BEGINS: number = LOG_ENDS - SPAN - DAY
/** Whose account it is that the channel of that place has. */
export const accountAt = (place: number): string => `178414990000001${String(place).padStart(2, '0')}`
/** Of so many conversations, the channel that holds the one of that number: the last ones are in a small channel of their own. */
export const placeOf = (conversation: number, conversations: number): number =>
  conversation >= conversations - IN_SMALL_CHANNEL ? LARGE_CHANNELS : conversation % LARGE_CHANNELS

const NAMESPACE = Buffer.from('6f1f5a5235d15c5b9a550f6d2f3c7a11', 'hex')

/** Ids as the desk derives them: UUID version 5. */
const named = (name: string): string => {
  const digest = createHash('sha1').update(NAMESPACE).update(name).digest()
  digest[6] = (digest[6]! & 0x0f) | 0x50
  digest[8] = (digest[8]! & 0x3f) | 0x80
  const hex = digest.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
export const conversationIdOf = (channelId: string, customerId: string): string =>
  named(JSON.stringify(['conversation', channelId, customerId]))

/** As customers write in a chat: a few words. Long ones would only make more of the same entries. */
const shortText = (random: Random): string => customerText(random).slice(0, 12 + random.below(40))

let mids = 0
const newMid = (): string => `aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOjE3ODQxNDk5MDAwMDAwMDAx${++mids}`.padEnd(120, 'Z')

/**
 * Ten large channels, every second of which makes tickets by itself, and a small one. One agent serves the first large one and the
 * small one, another all of them.
 */
const createChannels = async (desk: Desk): Promise<readonly string[]> => {
  const departments = Array.from({ length: LARGE_CHANNELS + 1 }, (_, place) => `department-${place}`)
  await desk.organizations.setDepartments(SYSTEM, { organizationId: ORGANIZATION, departments })
  const channelIds: string[] = []
  for (const [place, departmentId] of departments.entries()) {
    const { channelId } = await desk.channels.create(ADMINISTRATOR, {
      organizationId: ORGANIZATION,
      name: `Acme ${place}`,
      departmentId,
      account: { accountId: accountAt(place), flavour: 'instagram-login', username: `acme.shop${place}` },
      token: 'no token',
      conversion: { delay: place % 2 === 0 ? 60 : 'never' },
      agents: [BO.id, `agent-${place}`, ...(place === 0 || place === LARGE_CHANNELS ? [AKI.id] : [])],
    })
    channelIds.push(channelId)
  }
  return channelIds
}

const factsFrom = async ({ events }: Store, channelId: string): Promise<ChannelFacts> => {
  const recorded = await events.read(`channel-${channelId}`)
  const state = recorded.reduce(
    (folded, { type, data }) => channelDecider.evolve(folded, { type, data } as unknown as ChannelEvent),
    channelDecider.initialState(),
  )
  const facts = channelFacts(state)
  if (facts === undefined) throw new Error('a channel was not created')
  return facts
}

interface Talk {
  readonly conversationId: string
  readonly customerId: string
  readonly channel: ChannelFacts
  state: ConversationState
}
type Step = 'profile' | 'message' | 'reply' | 'read' | 'pick-up' | 'end' | 'note' | 'due'

/** What happens in a conversation after its first message, and how many minutes later. */
const lifeOf = (random: Random): readonly (readonly [minutes: number, step: Step])[] => {
  const life: [number, Step][] = []
  if (random.chance(0.25)) life.push([1, 'profile'])
  if (random.chance(0.15)) life.push([2 + random.below(20), 'message'])
  if (random.chance(0.1)) life.push([2 + random.below(30), 'pick-up'])
  if (random.chance(0.12)) life.push([3 + random.below(50), 'reply'], [4 + random.below(50), 'read'])
  if (random.chance(0.03)) life.push([30, 'note'])
  if (random.chance(0.08)) life.push([55, 'end'])
  if (random.chance(0.05)) life.push([180 + random.below(1_000), 'message'])
  // The scheduler is a minute late, and now and then there is nothing to do.
  life.push([61, 'due'], [24 * 60 + 1, 'due'])
  return life
}

/**
 * Writes the log of so many conversations, as customers, agents and the scheduler would have made it within the last days, in
 * the order of time and by the rules of the domain. Everybody has written once at least; nothing is overdue at the end, and for
 * every conversation something is due later. Answers with the number of events.
 */
export const writeGrownLog = async (
  { store, desk, conversations, random }: { store: Store; desk: Desk; conversations: number; random: Random },
  progress: (conversations: number) => void = () => {},
): Promise<number> => {
  const channelIds = await createChannels(desk)
  const channels = await Promise.all(channelIds.map((channelId) => factsFrom(store, channelId)))
  const start = LOG_ENDS - SPAN
  const under = new Set<Promise<unknown>>()
  let written = 0
  const failures: Error[] = []
  let now = start

  const append = (
    stream: string,
    revision: number,
    events: readonly DomainEvent<string, object, object>[],
    meta: object,
  ): void => {
    const recordedAt = now
    written += events.length
    const appending = store.events
      .append(
        stream,
        revision < 0 ? 'none' : revision,
        events.map(({ type, data, personal }): NewEvent => ({
          id: randomUUID(),
          type,
          version: currentVersion(type),
          data: data as NewEvent['data'],
          ...(personal === undefined ? {} : { personal: personal as NonNullable<NewEvent['personal']> }),
          meta: meta as NewEvent['meta'],
          recordedAt,
        })),
      )
      .catch((error: unknown) => failures.push(error instanceof Error ? error : new Error('an append failed')))
      .finally(() => under.delete(appending))
    under.add(appending)
  }

  const openTicket = (
    { conversationId, customerId, channel }: Talk,
    { data }: Extract<ConversationEvent, { type: 'ConversationConverted' }>,
  ): void => {
    const { channelId } = channel
    const { by: _, ...opened } = data
    const command: TicketCommand = {
      type: 'OpenTicket',
      data: { ...opened, organizationId: ORGANIZATION, channelId, conversationId, customerId },
    }
    const events: readonly TicketEvent[] = ticketDecider.decide(command, ticketDecider.initialState())
    append(`ticket-${data.ticketId}`, -1, events, {
      organizationId: ORGANIZATION,
      channelId,
      conversationId,
      customerId,
    })
  }

  const decide = (talk: Talk, command: ConversationCommand): readonly ConversationEvent[] => {
    const events = conversationDecider.decide(command, talk.state)
    talk.state = events.reduce((state, event) => conversationDecider.evolve(state, event), talk.state)
    return events
  }

  const happens = (talk: Talk, step: Step, at: number): readonly ConversationEvent[] => {
    const { conversationId, customerId, channel } = talk
    const asked = { conversationId, channel, at }
    const byAgent = { ...asked, actor: BO }
    switch (step) {
      case 'message': {
        const mid = newMid()
        const content = { kind: 'text', text: shortText(random), attachments: [] } as const
        const messageId = named(`${channel.accountId}:${mid}`)
        return decide(talk, {
          type: 'ReceiveMessage',
          data: { ...asked, customerId, metaAt: at - 400, messageId, mid, content },
        })
      }
      case 'profile': {
        const name = `${random.of(['Hana', 'Ken', 'Lucía', 'Omar', 'Zoë'])} ${customerText(random).slice(0, 12)}`
        return decide(talk, { type: 'LearnProfile', data: { ...asked, name, username: `u${customerId}` } })
      }
      case 'pick-up':
        return decide(talk, { type: 'PickUp', data: byAgent })
      case 'read':
        return decide(talk, { type: 'MarkRead', data: { ...byAgent, upTo: talk.state.revision } })
      case 'note':
        return decide(talk, {
          type: 'AddNote',
          data: { ...byAgent, noteId: randomUUID(), text: agentText(random).slice(0, 60) },
        })
      case 'end':
        return decide(talk, { type: 'EndConversation', data: byAgent })
      case 'due':
        return decide(talk, { type: 'SettleDue', data: asked })
      case 'reply': {
        const replyId = randomUUID()
        const text = agentText(random).slice(0, 80)
        const queued = decide(talk, { type: 'QueueReply', data: { ...byAgent, replyId, text } })
        const step = nextDelivery(talk.state, channel, at)
        if (step.kind !== 'attempt') throw new Error('a reply was not to be sent')
        const of = { ...asked, replyId, part: step.part, attempt: step.attempt }
        const parts = [{ kind: 'text', from: 0, to: text.length }] as const
        const mid = newMid()
        const messageId = named(`${channel.accountId}:${mid}`)
        return [
          ...queued,
          ...decide(talk, {
            type: 'BeginAttempt',
            data: { ...of, parts, textDigest: replyId, epoch: 1, worker: 'the-generator' },
          }),
          ...decide(talk, { type: 'RecordSent', data: { ...of, messageId, mid, settledBy: 'answer' } }),
        ]
      }
    }
  }

  const take = (talk: Talk, step: Step, at: number): void => {
    const before = talk.state.revision
    const events = happens(talk, step, at)
    if (events.length === 0) return
    const { conversationId, customerId, channel } = talk
    const { channelId } = channel
    append(`conversation-${conversationId}`, before, events, {
      organizationId: ORGANIZATION,
      channelId,
      conversationId,
      customerId,
    })
    for (const event of events) if (event.type === 'ConversationConverted') openTicket(talk, event)
  }

  const minutes = SPAN / MINUTE
  const later = new Map<number, (readonly [Talk, Step])[]>()
  let begun = 0
  for (let minute = 0; minute < minutes; minute++) {
    now = start + minute * MINUTE
    const steps = later.get(minute) ?? []
    later.delete(minute)
    for (const [at, [talk, step]] of steps.entries()) {
      take(talk, step, now + Math.floor((at * MINUTE) / steps.length))
      if (under.size >= TOGETHER) await Promise.all(under)
    }
    const until = Math.floor(((minute + 1) * conversations) / minutes)
    const first = begun
    for (; begun < until; begun++) {
      const channel = channels[placeOf(begun, conversations)]!
      const customerId = customerOf(begun)
      const conversationId = conversationIdOf(channel.channelId, customerId)
      const talk: Talk = { conversationId, customerId, channel, state: conversationDecider.initialState() }
      take(talk, 'message', now + Math.floor(((begun - first) * MINUTE) / (until - first)) + random.below(100))
      for (const [after, step] of lifeOf(random)) {
        const place = minute + after
        const others = later.get(place)
        if (others === undefined) later.set(place, [[talk, step]])
        else others.push([talk, step])
      }
      if (under.size >= TOGETHER) await Promise.all(under)
    }
    if (failures[0] !== undefined) throw failures[0]
    progress(begun)
  }
  // What would have been settled in the next minutes.
  now = LOG_ENDS
  for (const steps of later.values()) for (const [talk, step] of steps) if (step === 'due') take(talk, 'due', LOG_ENDS)
  await Promise.all(under)
  if (failures[0] !== undefined) throw failures[0]
  return written
}
