import type { NewEvent } from 'madoguchi'
import type { History } from './history.ts'
import { ReplyWatcher } from './reply-watcher.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Looks at every event as it comes to be in the log: what must never happen. */
export class Watcher {
  readonly #time: VirtualTime
  readonly #history: History
  readonly replies: ReplyWatcher
  /** Customers' messages that are in the log in some form. */
  readonly mids = new Set<string>()
  /** Conversions by their due time, and ends of windows by their anchor. */
  readonly happened = new Set<string>()
  readonly #once = new Set<string>()
  readonly #closings = { since: new Map<string, number>(), last: new Map<string, number>() }
  readonly #assignees = new Map<string, string | null>()
  /** By key of the command: who its author saw. */
  readonly #transfers = new Map<string, string | null>()
  events = 0

  /** @param openedAt when the customer last did what opens the window, by Meta */
  constructor(
    time: VirtualTime,
    history: History,
    openedAt: (channelId: string, customerId: string) => number | undefined,
  ) {
    this.#time = time
    this.#history = history
    this.replies = new ReplyWatcher(time, history, openedAt, this.#closings)
  }

  assigneeOf(conversationId: string): string | null {
    return this.#assignees.get(`conversation-${conversationId}`) ?? null
  }

  expectTransfer(commandKey: string, seen: string | null): void {
    this.#transfers.set(commandKey, seen)
  }

  appended(stream: string, first: number, events: readonly NewEvent[]): void {
    for (const [index, event] of events.entries()) {
      this.events++
      const { type, data, meta } = event
      const mid = data['mid'] as string | undefined
      this.#history.add('log', `${stream.slice(0, 21)} ${first + index} ${type} ${briefly(data)}`)
      if (mid !== undefined) this.mids.add(mid)
      switch (type) {
        case 'MessageReceived':
          if (data['recovered'] !== true)
            this.#only(`message ${data['messageId'] as string}`, 'a message is twice in the log')
          break
        case 'ConversationAssigned':
        case 'ConversationReturned': {
          const assignee = this.#assignees.get(stream) ?? null
          const seen = this.#transfers.get(meta['commandKey'] as string)
          if (seen !== undefined && seen !== assignee)
            this.#history.violation(`transferred from ${assignee}, and its author saw ${seen}: ${stream}`)
          this.#assignees.set(stream, (data['agentId'] as string | undefined) ?? null)
          break
        }
        case 'ReplyWindowExpired':
          this.happened.add(`${stream} expired ${data['kind'] as string} ${data['anchor'] as number}`)
          break
        case 'ConversationConverted':
        case 'TicketOpened':
          this.happened.add(`${stream} converted ${data['at'] as number}`)
          this.#only(`${type} ${data['ticketId'] as string}`, 'a ticket is made twice')
          break
        case 'ChannelDisabled':
        case 'ChannelDeleted': {
          const channelId = data['channelId'] as string
          this.#closings.since.set(channelId, this.#time.now)
          this.#closings.last.set(channelId, this.#time.now)
          break
        }
        case 'ChannelEnabled':
          this.#closings.since.delete(data['channelId'] as string)
          break
      }
      this.replies.appended(stream, event)
    }
  }

  #only(key: string, rule: string): void {
    if (this.#once.has(key)) this.#history.violation(`${rule}: ${key}`)
    this.#once.add(key)
  }

  /** A webhook with these messages was answered 200. */
  acknowledged(mids: readonly string[]): void {
    for (const mid of mids) if (!this.mids.has(mid)) this.#history.violation(`answered 200 and not in the log: ${mid}`)
  }
}

const SHOWN = [
  'messageId',
  'replyId',
  'part',
  'attempt',
  'epoch',
  'tag',
  'reason',
  'dueAt',
  'ticketId',
  'episode',
  'at',
  'counts',
]

/** Ids, numbers and reasons of an event. */
const briefly = (data: NewEvent['data']): string =>
  SHOWN.flatMap((name) => (data[name] === undefined ? [] : [`${name}=${JSON.stringify(data[name])}`])).join(' ')
