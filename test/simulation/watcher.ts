import type { NewEvent } from 'madoguchi'
import type { History } from './history.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Between reading that a channel is enabled and the attempt in the log there may be slow calls and stops of this length. */
const RACE = 60_000

interface Cut {
  readonly kind: 'text' | 'media'
  readonly from: number
  readonly to: number
  readonly indexes: readonly number[]
}

interface Attempt {
  readonly name: string
  readonly worker: string
  readonly content: string
  leaves: number
}

/** A call on its way to Meta. Only a refusal that came back proves that nothing arrived. */
export interface Leave {
  mayHaveArrived: boolean
  /** Its process waits for an answer, and has neither died nor stopped since. */
  readonly isUnderWay: () => boolean
}

interface Reply {
  readonly stream: string
  readonly channelId: string
  readonly customerId: string
  /** Who asked for it last. */
  author: string
  readonly text: string
  readonly media: readonly string[]
  /** Virtual time at which it was asked for, or asked for again. */
  queuedAt: number
  parts: readonly Cut[] | undefined
  /** By part: whether Meta may have got it. */
  readonly mayHaveArrived: Map<number, boolean>
  status: 'open' | 'ended'
}

/** Looks at every event as it comes to be in the log, and at every call as it leaves: what must never happen. */
export class Watcher {
  readonly #time: VirtualTime
  readonly #history: History
  /** When the customer last did what opens the window, by Meta. */
  readonly #openedAt: (channelId: string, customerId: string) => number | undefined
  readonly replies = new Map<string, Reply>()
  /** Customers' messages that are in the log in some form. */
  readonly mids = new Set<string>()
  readonly #received = new Set<string>()
  readonly #once = new Set<string>()
  readonly #attempts = new Map<string, Attempt>()
  readonly #underWay = new Map<string, Leave>()
  readonly #leaves = new Map<string, Leave>()
  readonly #epochs = new Map<string, number>()
  /** Since when a channel is disabled or deleted, in virtual time; and when it last was. */
  readonly #disabledAt = new Map<string, number>()
  readonly #lastDisabledAt = new Map<string, number>()
  events = 0

  constructor(
    time: VirtualTime,
    history: History,
    openedAt: (channelId: string, customerId: string) => number | undefined,
  ) {
    this.#time = time
    this.#history = history
    this.#openedAt = openedAt
  }

  /** Replies that are neither sent, nor ended in another way. */
  get open(): number {
    return [...this.replies.values()].filter(({ status }) => status === 'open').length
  }

  appended(stream: string, first: number, events: readonly NewEvent[]): void {
    for (const [index, event] of events.entries()) {
      this.events++
      const { type, data, meta } = event
      const mid = data['mid'] as string | undefined
      this.#history.add('log', `${stream.slice(0, 21)} ${first + index} ${type} ${briefly(data)}`)
      if (mid !== undefined) this.mids.add(mid)
      const replyId = data['replyId'] as string
      const reply = this.replies.get(replyId)
      switch (type) {
        case 'MessageReceived':
          if (data['recovered'] !== true)
            this.#only(this.#received, data['messageId'] as string, 'a message is twice in the log')
          break
        case 'ConversationConverted':
        case 'TicketOpened':
          this.#only(this.#once, `${type} ${data['ticketId'] as string}`, 'a ticket is made twice')
          break
        case 'ChannelDisabled':
        case 'ChannelDeleted': {
          const channelId = data['channelId'] as string
          this.#disabledAt.set(channelId, this.#time.now)
          this.#lastDisabledAt.set(channelId, this.#time.now)
          break
        }
        case 'ChannelEnabled':
          this.#disabledAt.delete(data['channelId'] as string)
          break
        case 'ReplyQueued':
          this.#only(this.#once, `reply ${replyId}`, 'a reply is queued twice')
          this.replies.set(replyId, {
            stream,
            channelId: meta['channelId'] as string,
            customerId: meta['customerId'] as string,
            author: (data['author'] as { readonly kind: string }).kind,
            text: (event.personal?.['text'] as string | undefined) ?? '',
            media: (event.personal?.['mediaUrls'] as readonly string[] | undefined) ?? [],
            queuedAt: this.#time.now,
            parts: undefined,
            mayHaveArrived: new Map(),
            status: 'open',
          })
          break
        case 'ReplyAttempted':
          if (reply !== undefined) this.#attempted(reply, event)
          break
        case 'ReplyAttemptFailed':
          reply?.mayHaveArrived.set(data['part'] as number, false)
          break
        case 'ReplyRequeued':
          if (reply !== undefined) {
            reply.mayHaveArrived.clear()
            for (const [key] of this.#leaves) if (key.startsWith(`${reply.customerId} `)) this.#leaves.delete(key)
            reply.status = 'open'
            reply.author = (data['by'] as { readonly kind: string }).kind
            reply.queuedAt = this.#time.now
          }
          break
        case 'ReplyRejected':
        case 'ReplyWithdrawn':
        case 'ReplyUnconfirmed':
          if (reply !== undefined) reply.status = 'ended'
          break
        case 'ReplyPartSent':
          if (reply?.parts !== undefined && (data['part'] as number) >= reply.parts.length - 1) reply.status = 'ended'
          break
      }
    }
  }

  #only(seen: Set<string>, key: string, rule: string): void {
    if (seen.has(key)) this.#history.violation(`${rule}: ${key}`)
    seen.add(key)
  }

  #attempted(reply: Reply, { data }: NewEvent): void {
    const { part, attempt, epoch, tag, worker, at } = data as unknown as {
      readonly part: number
      readonly attempt: number
      readonly epoch: number
      readonly tag: 'none' | 'human-agent'
      readonly worker: string
      readonly at: number
    }
    reply.parts = (data['parts'] as readonly Cut[] | undefined) ?? reply.parts
    const cut = reply.parts?.[part]
    const content =
      cut === undefined
        ? ''
        : cut.kind === 'text'
          ? reply.text.slice(cut.from, cut.to)
          : (reply.media[cut.indexes[0] ?? 0] ?? '')
    const name = `${data['replyId'] as string}/${part}/${attempt}`
    if (reply.mayHaveArrived.get(part) === true)
      this.#history.violation(`attempted again although it may have arrived: ${name}`)
    reply.mayHaveArrived.set(part, true)
    const lowest = this.#epochs.get(reply.stream) ?? 0
    if (epoch < lowest) this.#history.violation(`attempted under epoch ${epoch} after ${lowest}: ${name}`)
    this.#epochs.set(reply.stream, Math.max(lowest, epoch))
    const openedAt = this.#openedAt(reply.channelId, reply.customerId)
    const limit = tag === 'human-agent' && reply.author !== 'automation' ? 7 * DAY : DAY
    if (openedAt === undefined || at - openedAt >= limit)
      this.#history.violation(`attempted outside the window (${tag}, ${reply.author}): ${name}`)
    const disabled = this.#disabledAt.get(reply.channelId)
    if (disabled !== undefined && this.#time.now - disabled > RACE)
      this.#history.violation(`attempted on a channel that is disabled: ${name}`)
    const last = this.#lastDisabledAt.get(reply.channelId)
    if (last !== undefined && last > reply.queuedAt && this.#time.now - last > RACE)
      this.#history.violation(`attempted although the channel was disabled meanwhile: ${name}`)
    this.#attempts.set(`${reply.customerId} ${content.trim()}`, { name, worker, content, leaves: 0 })
  }

  /** A message leaves for Meta. `members`: the processes that others believe to be there. */
  leaves(
    customerId: string,
    content: string,
    { members, isUnderWay }: { readonly members: ReadonlySet<string>; readonly isUnderWay: () => boolean },
  ): Leave {
    const key = `${customerId} ${content.trim()}`
    const leave: Leave = { mayHaveArrived: true, isUnderWay }
    for (const [other, { isUnderWay: isBusy }] of this.#underWay) {
      if (!isBusy()) this.#underWay.delete(other)
      else if (other.startsWith(`${customerId} `))
        this.#history.violation(`two calls are under way to one customer: ${content.slice(0, 40)}`)
    }
    this.#underWay.set(key, leave)
    if (this.#leaves.get(key)?.mayHaveArrived === true)
      this.#history.violation(`sent again although it may have arrived: ${content.slice(0, 40)}`)
    this.#leaves.set(key, leave)
    this.#check(key, content, members)
    return leave
  }

  #check(key: string, content: string, members: ReadonlySet<string>): void {
    const attempt = this.#attempts.get(key)
    this.#history.add('calls', content.slice(0, 32))
    if (attempt === undefined)
      return this.#history.violation(`sent without an attempt in the log: ${content.slice(0, 40)}`)
    attempt.leaves++
    if (attempt.leaves > 1) this.#history.violation(`called twice in one attempt: ${attempt.name}`)
    if (!members.has(attempt.worker)) this.#history.violation(`called after others took over: ${attempt.name}`)
  }

  /** A webhook with these messages was answered 200. */
  acknowledged(mids: readonly string[]): void {
    for (const mid of mids) if (!this.mids.has(mid)) this.#history.violation(`answered 200 and not in the log: ${mid}`)
  }
}

const DAY = 86_400_000

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
