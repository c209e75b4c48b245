import type { ConversationEvent } from '../../../src/domain/conversation/index.ts'
import { isInTicket, type TicketRange } from '../../../src/domain/ticket/index.ts'

// Which ticket holds which message, told from the events of a conversation alone.

interface Said {
  readonly id: string
  readonly revision: number
  readonly at: number
  readonly isCustomers: boolean
  episode?: number
  unsent: boolean
}

/** All that was said, in the order of the log. */
export const saidIn = (events: readonly ConversationEvent[]): readonly Said[] => {
  const said = new Map<string, Said>()
  for (const [revision, { type, data }] of events.entries()) {
    if (type === 'MessageReceived' || type === 'MessageEchoed') {
      const { messageId: id, at, episode } = data
      const isCustomers = type === 'MessageReceived'
      const unsent = data.unsent === true || said.get(id)?.unsent === true
      said.set(id, { id, revision, at, isCustomers, unsent, ...(episode === undefined ? {} : { episode }) })
      if (type === 'MessageReceived' && episode !== undefined) {
        for (const other of data.joined ?? []) {
          const moved = said.get(other)
          if (moved !== undefined) moved.episode = episode
        }
      }
    }
    if (type === 'ReplyQueued') {
      const { replyId: id, at, episode } = data
      said.set(id, {
        id,
        revision,
        at,
        isCustomers: false,
        unsent: false,
        ...(episode === undefined ? {} : { episode }),
      })
    }
    if (type === 'ReplyPartSent') said.delete(data.messageId)
    if (type === 'MessageUnsent') {
      const gone = said.get(data.messageId)
      if (gone !== undefined) gone.unsent = true
    }
  }
  return [...said.values()].toSorted((one, other) => one.revision - other.revision)
}

/** The tickets of a conversation with the ids of their messages, oldest ticket first. */
export const ticketsOf = (events: readonly ConversationEvent[]): readonly (readonly string[])[] => {
  const said = saidIn(events)
  const tickets: TicketRange[] = events.flatMap(({ type, data }) => {
    if (type !== 'ConversationConverted') return []
    const lastRevision = Math.max(
      data.lastRevision,
      ...said.filter(({ episode }) => episode === data.episode).map(({ revision }) => revision),
    )
    return [{ ...data, lastRevision }]
  })
  const episodes = new Set(tickets.map(({ episode }) => episode))
  return tickets.map((ticket) =>
    said.filter((one) => isInTicket(ticket, one, (episode) => episodes.has(episode))).map(({ id }) => id),
  )
}
