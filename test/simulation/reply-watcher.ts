import type { NewEvent } from 'madoguchi'
import type { History } from './history.ts'
import { GONE_AFTER } from './host.ts'
import { DAY } from './people.ts'
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
  /** Virtual time. */
  readonly at: number
  leave: Leave | undefined
}

/** A process as others see it. */
export interface Caller {
  /** As attempts name it. */
  readonly worker: string | undefined
  /** Until when it and its clocks last stood still; virtual time. */
  readonly wokeAt: number
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

/** Since when channels take no replies, in virtual time. */
export interface Closings {
  /** Absent: it is open. */
  readonly since: ReadonlyMap<string, number>
  /** When each was closed last, though it may be open again. */
  readonly last: ReadonlyMap<string, number>
}

/** Looks at every attempt as it comes to be in the log, and at every call as it leaves: nothing is sent twice, late or by the wrong process. */
export class ReplyWatcher {
  readonly #time: VirtualTime
  readonly #history: History
  readonly #openedAt: (channelId: string, customerId: string) => number | undefined
  readonly #closings: Closings
  readonly replies = new Map<string, Reply>()
  /** The newest one of equal content to one customer. */
  readonly #attempts = new Map<string, Attempt>()
  readonly #byName = new Map<string, Attempt>()
  readonly #underWay = new Map<string, Leave>()
  readonly #leaves = new Map<string, Leave>()
  readonly #epochs = new Map<string, number>()

  /** @param openedAt when the customer last did what opens the window, by Meta */
  constructor(
    time: VirtualTime,
    history: History,
    openedAt: (channelId: string, customerId: string) => number | undefined,
    closings: Closings,
  ) {
    this.#time = time
    this.#history = history
    this.#openedAt = openedAt
    this.#closings = closings
  }

  /** Replies that are neither sent, nor ended in another way. */
  get open(): number {
    return [...this.replies.values()].filter(({ status }) => status === 'open').length
  }

  appended(stream: string, event: NewEvent): void {
    const { type, data, meta } = event
    const replyId = data['replyId'] as string
    const reply = this.replies.get(replyId)
    switch (type) {
      case 'ReplyQueued':
        if (reply !== undefined) this.#history.violation(`a reply is queued twice: ${replyId}`)
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
      case 'ReplyOutcomeUnknown':
        if (this.#byName.get(nameOf(data))?.leave?.isUnderWay() === true)
          this.#history.violation(`given up while its process waits for the answer: ${nameOf(data)}`)
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

  #attempted(reply: Reply, { data }: NewEvent): void {
    const { part, epoch, tag, worker, at } = data as unknown as {
      readonly part: number
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
    const name = nameOf(data)
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
    const disabled = this.#closings.since.get(reply.channelId)
    if (disabled !== undefined && this.#time.now - disabled > RACE)
      this.#history.violation(`attempted on a channel that is disabled: ${name}`)
    const last = this.#closings.last.get(reply.channelId)
    if (last !== undefined && last > reply.queuedAt && this.#time.now - last > RACE)
      this.#history.violation(`attempted although the channel was disabled meanwhile: ${name}`)
    const attempted: Attempt = { name, worker, at: this.#time.now, leave: undefined }
    this.#attempts.set(`${reply.customerId} ${content.trim()}`, attempted)
    this.#byName.set(name, attempted)
  }

  /** A message leaves for Meta. `members`: the processes that others believe to be there. */
  leaves(
    customerId: string,
    content: string,
    { caller, members, isUnderWay }: { caller: Caller; members: ReadonlySet<string>; isUnderWay: () => boolean },
  ): Leave {
    this.#history.add('calls', content.slice(0, 32))
    const key = `${customerId} ${content.trim()}`
    const leave: Leave = { mayHaveArrived: true, isUnderWay }
    const attempt = this.#attempts.get(key)
    if (attempt === undefined) this.#history.violation(`sent without an attempt in the log: ${content.slice(0, 40)}`)
    // The process slept between the attempt and this call, and its clocks with it: no fence closes that instant.
    if (attempt === undefined || attempt.at < caller.wokeAt) return leave
    for (const [other, { isUnderWay: isBusy }] of this.#underWay) {
      if (!isBusy()) this.#underWay.delete(other)
      else if (other.startsWith(`${customerId} `))
        this.#history.violation(`two calls are under way to one customer: ${content.slice(0, 40)}`)
    }
    this.#underWay.set(key, leave)
    if (this.#leaves.get(key)?.mayHaveArrived === true)
      this.#history.violation(`sent again although it may have arrived: ${content.slice(0, 40)}`)
    this.#leaves.set(key, leave)
    if (attempt.leave !== undefined) this.#history.violation(`called twice in one attempt: ${attempt.name}`)
    attempt.leave = leave
    if (attempt.worker !== caller.worker)
      this.#history.violation(`called by a process that did not attempt it: ${attempt.name}`)
    // A process whose clocks stood still learns from others that they took over.
    const mayNotKnow = this.#time.now - caller.wokeAt < GONE_AFTER
    if (!members.has(attempt.worker) && !mayNotKnow)
      this.#history.violation(`called after others took over: ${attempt.name}`)
    return leave
  }
}

const nameOf = (data: NewEvent['data']): string => {
  const { replyId, part, attempt } = data as {
    readonly replyId: string
    readonly part: number
    readonly attempt: number
  }
  return `${replyId}/${part}/${attempt}`
}
