import { randomUUID } from 'node:crypto'
import type { NewEvent, Store } from 'madoguchi'
import {
  type ChannelFacts,
  type ConversationCommand,
  conversationDecider,
  type ConversationEvent,
  type ConversationState,
  currentVersion,
  type DomainEvent,
  nextDelivery,
  type Part,
  type TicketCommand,
  ticketDecider,
  type TicketEvent,
} from 'madoguchi/domain'
import { ACCOUNT, AKI, BO, ORGANIZATION } from './bench-desk.ts'
import type { Random } from './random.ts'
import { agentText, customerText } from './texts.ts'
import { customerOf } from './webhook-requests.ts'

const MINUTE = 60_000
/** How many commits are under way together while the log is written. */
const TOGETHER = 250

interface Talk {
  readonly conversationId: string
  readonly customerId: string
  state: ConversationState
  /** Ids that later events can speak of. */
  readonly said: string[]
  readonly ours: string[]
  edits: number
}

export const channelFacts = (channelId: string, connectedAt: number): ChannelFacts => ({
  organizationId: ORGANIZATION,
  channelId,
  accountId: ACCOUNT,
  departmentId: 'sales',
  connectedAt,
  staffedSince: connectedAt,
  status: 'enabled',
  stops: 0,
  stoppedAt: null,
  enabledSince: connectedAt,
  deletion: null,
  authorization: 'connected',
  humanAgent: 'unknown',
  agents: { [AKI.id]: 1, [BO.id]: 2 },
  conversion: { delay: 60, afterTicket: 'new-ticket', reopenWithin: 'delay', cancelOnAnswer: false },
  assigneeOnly: false,
  receiveAudioVideo: false,
  storyMentionOpensWindow: true,
  reactionOpensWindow: false,
})

/** How often things happen, in a hundred. */
const MIX = {
  message: 50,
  reply: 12,
  echo: 5,
  edit: 4,
  reaction: 5,
  seen: 6,
  note: 3,
  read: 7,
  transfer: 2,
  unsend: 1,
  end: 2,
  ticket: 3,
} as const
const HAPPENINGS = Object.entries(MIX).flatMap(([name, often]) =>
  Array.from({ length: often }, () => name as keyof typeof MIX),
)

/**
 * Writes a log in which everything happens that views show, by the rules of the domain: customers' messages, replies with
 * their attempts, echoes, edits, reactions, notes, reading, tickets, and the balance of intake. Some 300 conversations are
 * under way at any time, of 20 to 30 events each. Answers with the number of events.
 */
export const writeMixedLog = async (
  { events: log }: Store,
  channelId: string,
  count: number,
  random: Random,
): Promise<number> => {
  let at = Date.now() - 30 * 24 * 60 * MINUTE
  const channel = channelFacts(channelId, at - MINUTE)
  let written = 0
  let customers = 0
  const newTalk = (): Talk => ({
    conversationId: randomUUID(),
    customerId: customerOf(++customers),
    state: conversationDecider.initialState(),
    said: [],
    ours: [],
    edits: 0,
  })
  const talks = Array.from({ length: 300 }, newTalk)

  const append = async (
    stream: string,
    revision: number,
    events: readonly DomainEvent<string, object, object>[],
    meta: object,
  ) => {
    const recordedAt = at
    written += events.length
    await log.append(
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
  }

  const ticketFrom = async (
    talk: Talk,
    { data }: Extract<ConversationEvent, { type: 'ConversationConverted' }>,
  ): Promise<void> => {
    const { conversationId, customerId } = talk
    const { ticketId } = data
    const { by: _, ...opened } = data
    const commands: readonly TicketCommand[] = [
      { type: 'OpenTicket', data: { ...opened, organizationId: ORGANIZATION, channelId, conversationId, customerId } },
      { type: 'AssignTicket', data: { actor: AKI, mayWork: true, ticketId, at, assignee: BO.id } },
      { type: 'CloseTicket', data: { actor: BO, mayWork: true, ticketId, at } },
    ]
    let state = ticketDecider.initialState()
    const events: TicketEvent[] = []
    for (const command of commands.slice(0, 1 + random.below(3))) {
      for (const event of ticketDecider.decide(command, state)) {
        state = ticketDecider.evolve(state, event)
        events.push(event)
      }
    }
    await append(`ticket-${ticketId}`, -1, events, {
      organizationId: ORGANIZATION,
      channelId,
      conversationId,
      customerId,
    })
  }

  /** What the command does, or nothing where the rules refuse it. */
  const does = (talk: Talk, command: ConversationCommand): readonly ConversationEvent[] => {
    try {
      const events = conversationDecider.decide(command, talk.state)
      talk.state = events.reduce((state, event) => conversationDecider.evolve(state, event), talk.state)
      return events
    } catch {
      return []
    }
  }

  const happens = (talk: Talk, what: keyof typeof MIX): readonly ConversationEvent[] => {
    const { conversationId, customerId, said, ours } = talk
    const asked = { conversationId, channel, at }
    const delivered = { ...asked, customerId, metaAt: at - 400 }
    const actor = random.chance(0.5) ? AKI : BO
    const messageId = randomUUID()
    const mid = messageId.repeat(4).slice(0, 120)
    switch (what) {
      case 'message': {
        said.push(messageId)
        const picture = random.chance(0.1)
        return does(talk, {
          type: 'ReceiveMessage',
          data: {
            ...delivered,
            messageId,
            mid,
            content: {
              kind: picture ? 'image' : 'text',
              text: customerText(random),
              attachments: picture ? [{ kind: 'image', url: `https://cdn.example/${mid}` }] : [],
            },
          },
        })
      }
      case 'echo':
        ours.push(messageId)
        return does(talk, {
          type: 'ReceiveEcho',
          data: { ...delivered, messageId, mid, content: { kind: 'text', text: agentText(random), attachments: [] } },
        })
      case 'reply':
        return replied(talk, actor, random.chance(0.1))
      case 'edit':
        return does(talk, {
          type: 'ReceiveEdit',
          data: { ...delivered, messageId: random.of(said), text: customerText(random), numEdit: ++talk.edits },
        })
      case 'reaction':
        return does(talk, {
          type: 'ReceiveReaction',
          data: {
            ...delivered,
            messageId: random.of([...said, ...ours]),
            by: 'customer',
            action: 'react',
            reaction: 'love',
            emoji: '❤',
          },
        })
      case 'seen':
        return ours.length === 0
          ? []
          : does(talk, { type: 'ReceiveSeen', data: { ...delivered, messageId: ours.at(-1)! } })
      case 'note':
        return does(talk, { type: 'AddNote', data: { ...asked, actor, noteId: messageId, text: agentText(random) } })
      case 'read':
        return does(talk, { type: 'MarkRead', data: { ...asked, actor, upTo: talk.state.revision } })
      case 'transfer':
        return does(talk, { type: 'PickUp', data: { ...asked, actor } })
      case 'unsend':
        return does(talk, { type: 'ReceiveUnsend', data: { ...delivered, messageId: said.at(-1)!, by: 'customer' } })
      case 'end':
        return does(talk, { type: 'EndConversation', data: { ...asked, actor } })
      case 'ticket':
        return does(talk, { type: 'ConvertByHand', data: { ...asked, actor } })
    }
  }

  /** Queued, attempted, taken by Meta; now and then refused once before. */
  const replied = (talk: Talk, actor: typeof AKI | typeof BO, throttled: boolean): readonly ConversationEvent[] => {
    const { conversationId, ours } = talk
    const replyId = randomUUID()
    const text = agentText(random)
    const asked = { conversationId, channel, at }
    const parts: readonly Part[] = [{ kind: 'text', from: 0, to: text.length }]
    const events = [...does(talk, { type: 'QueueReply', data: { ...asked, actor, replyId, text } })]
    for (let tries = 0; tries < 2; tries++) {
      const step = nextDelivery(talk.state, channel, at)
      if (step.kind !== 'attempt') break
      const { part, attempt } = step
      const of = { ...asked, replyId: step.replyId, part, attempt }
      events.push(
        ...does(talk, { type: 'BeginAttempt', data: { ...of, parts, textDigest: replyId, epoch: 1, worker: 'w' } }),
      )
      if (throttled && tries === 0) {
        events.push(
          ...does(talk, {
            type: 'RecordAttemptFailed',
            data: { ...of, reason: 'throttled', code: '613', retryAt: at },
          }),
        )
        continue
      }
      const messageId = randomUUID()
      ours.push(messageId)
      events.push(
        ...does(talk, {
          type: 'RecordSent',
          data: { ...of, messageId, mid: messageId.repeat(3), settledBy: 'answer' },
        }),
      )
      break
    }
    return events
  }

  let counted = 0
  let under: Promise<unknown>[] = []
  const busy = new Set<Talk>()
  while (written < count) {
    const place = random.below(talks.length)
    let talk = talks[place]!
    if (talk.state.revision > 20 && random.chance(0.15)) talk = talks[place] = newTalk()
    if (busy.has(talk) || under.length >= TOGETHER) {
      await Promise.all(under)
      under = []
      busy.clear()
    }
    busy.add(talk)
    at += random.below(6_000)
    const before = talk.state.revision
    const { conversationId, customerId } = talk
    const events = [...happens(talk, talk.said.length === 0 ? 'message' : random.of(HAPPENINGS))]
    if (before < 0) {
      const name = `${random.of(['Hana', 'Ken', 'Lucía', 'Omar', 'Zoë'])} ${customerId.slice(-4)}`
      events.push(
        ...does(talk, {
          type: 'LearnProfile',
          data: { conversationId, channel, at, name, username: `u${customerId}` },
        }),
      )
    }
    if (events.length === 0) continue
    under.push(
      append(`conversation-${conversationId}`, before, events, {
        organizationId: ORGANIZATION,
        channelId,
        conversationId,
        customerId,
      }),
    )
    for (const event of events) if (event.type === 'ConversationConverted') under.push(ticketFrom(talk, event))
    if (random.chance(0.1)) {
      const balance = { received: 4, recorded: 4, duplicates: 0, ignored: 0, quarantined: 0, unanswered: 0 }
      const data = { counts: { [ACCOUNT]: balance }, ignored: {}, at }
      under.push(append('intake-of-the-bench', counted++ - 1, [{ type: 'DeliveriesCounted', data }], {}))
    }
  }
  await Promise.all(under)
  return written
}
