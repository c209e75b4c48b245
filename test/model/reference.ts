import { type ConversationSeen, type Counted, type Observation, PAST, withUnnoticed } from './observation.ts'
import type { AccountName, ActorName, CustomerName, Sending, Step, StepResult, WebhookEvent } from './steps.ts'

// The rules once more, from the design alone and as naively as possible: everything is kept, and every question is answered by
// looking at all of it. Imports nothing of the product.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

type Side = 'customer' | 'business'

interface Episode {
  dueAt: number | 'never'
  readonly delay: number | 'never'
  state: 'pending' | 'cancelled' | 'dismissed' | 'converted'
}
interface Ticket {
  /** Until when a late message still belongs into it. */
  readonly until: number
}
interface Message {
  readonly mid: string
  readonly from: Side
  readonly at: number
  readonly seq: number
  readonly what: string
  readonly convertible: boolean
  text: string
  edit: number
  unsent: boolean
  reaction: { readonly at: number; readonly emoji: string | null } | undefined
  episode: Episode | undefined
  ticket: Ticket | undefined
}
interface Reply {
  readonly text: string
  readonly at: number
  readonly author: ActorName
  /** Who wrote it, or had it sent again. */
  by: ActorName
  readonly andEnd: boolean
  status: 'queued' | 'attempted' | 'sent' | 'unconfirmed' | `rejected ${string}`
  mid: string | undefined
  unsent: boolean
}
interface Conversation {
  readonly name: string
  readonly customer: CustomerName
  readonly channel: Channel
  ended: boolean
  blocked: boolean
  assignee: { readonly agent: ActorName; readonly association: number } | null
  readonly messages: Message[]
  readonly replies: Reply[]
  /** In the order in which they were asked for, again where they were sent again. */
  readonly queue: Reply[]
  readonly notes: { readonly at: number; readonly text: string }[]
  readonly anchors: { readonly at: number }[]
  readonly tickets: Ticket[]
  episode: Episode | undefined
  readonly read: Map<string, number>
  /** The newest time at which the customer's messages came to us as to whom the thread belongs, and as to a bystander. */
  ours: number
  theirs: number
  /** Whether it was ever said anything in it. */
  visible: boolean
}
interface Channel {
  readonly name: string
  readonly account: AccountName
  status: 'live' | 'disabled' | 'deleted'
  readonly connectedAt: number
  readonly agents: Map<ActorName, number>
  delay: number | 'never'
  assigneeOnly: boolean
  readonly conversations: Map<CustomerName, Conversation>
}
type Counts = { -readonly [Name in keyof Counted]: Counted[Name] }

type Outcome = Exclude<keyof Counts, 'received'>

/** Refusals of which one must be given; none: it must be done. */
type Expected = ReadonlySet<string>

export class Reference {
  now = 0
  #seq = 0
  #associations = 0
  #sent = 0
  #sending: Sending = 'sent'
  readonly #channels: Channel[] = []
  /** What is known of each mid of an account: a message, only that it came, or that it was taken back before it came. */
  readonly #mids = new Map<string, Message | 'withheld' | Reply>()
  readonly #earlyUnsends = new Set<string>()
  readonly #earlyEdits = new Map<string, number>()
  /** The channel on which something was said of a message that is not known yet: a later channel of the account hears it as news. */
  readonly #saidEarly = new Map<string, Channel>()
  readonly #earlyReactions = new Map<string, { readonly at: number; readonly emoji: string | null }>()
  readonly #counts = new Map<AccountName | 'unknown', Counts>()
  readonly #delivered = new Map<string, string[]>()
  readonly #unseenReactions = new Map<string, number>()
  readonly #held: { readonly conversation: Conversation; readonly reply: Reply }[] = []
  readonly #keys = new Map<string, string>()
  readonly #quarantined = new Set<string>()

  /** @returns the refusals of which one is right; none if the step is done */
  apply(step: Step): Expected {
    switch (step.kind) {
      case 'time':
        this.#move(step.by)
        return NONE
      case 'webhook':
        for (const event of step.events) this.#receive(event)
        this.#deliver()
        return NONE
      case 'sending':
        this.#sending = step.how
        return NONE
      case 'release':
        for (const { conversation, reply } of this.#held.splice(0)) this.#arrive(conversation, reply)
        this.#deliver()
        return NONE
      case 'connect':
        return this.#connect(step.account)
      case 'disable':
      case 'enable':
      case 'delete':
      case 'settings':
      case 'associate':
      case 'remove':
        return this.#administer(step)
      default: {
        if (!('lost' in step || 'throttled' in step)) return this.#command(step)
        const before = this.#sending
        this.#sending = 'lost' in step ? 'lost' : 'throttled'
        const expected = this.#command(step)
        this.#sending = before
        this.#move(10 * MINUTE)
        this.#deliver()
        return expected
      }
    }
  }

  // Time

  #move(by: number): void {
    const until = this.now + by
    for (;;) {
      const due = this.#allConversations()
        .filter(({ episode }) => episode?.state === 'pending' && episode.dueAt !== 'never' && episode.dueAt <= until)
        .map((conversation) => ({ conversation, at: conversation.episode!.dueAt as number }))
        .toSorted((one, other) => one.at - other.at)[0]
      if (due === undefined) break
      this.#convertByTime(due.conversation)
    }
    this.now = until
  }

  #convertByTime({ messages, tickets, episode }: Conversation): void {
    if (episode === undefined) return
    episode.state = 'converted'
    const ticket: Ticket = { until: episode.dueAt as number }
    tickets.push(ticket)
    for (const message of messages) if (message.episode === episode) message.ticket = ticket
  }

  // What Meta delivers

  #receive(event: WebhookEvent): void {
    const outcome = this.#outcomeOf(event)
    const counts = this.#counts.get(event.account) ?? { ...NOTHING }
    counts.received++
    counts[outcome]++
    this.#counts.set(event.account, counts)
  }

  #outcomeOf(event: WebhookEvent): Outcome {
    if (event.kind === 'comment') return 'ignored'
    const { account } = event
    const channel = account === 'unknown' ? undefined : this.#liveOf(account)
    // What was taken back is gone in every state of a channel.
    const former = account === 'unknown' ? undefined : this.#newestOf(account)
    if (
      channel === undefined &&
      former !== undefined &&
      event.kind === 'unsend' &&
      this.#mids.has(`${account} ${event.mid}`)
    )
      return this.#unsent(former, event)
    if (channel === undefined) {
      const bytes = JSON.stringify(event)
      if (this.#quarantined.has(bytes)) return 'duplicates'
      this.#quarantined.add(bytes)
      return 'quarantined'
    }
    switch (event.kind) {
      case 'message':
      case 'postback':
        return this.#customerWrote(channel, event)
      case 'echo':
        return this.#businessWrote(channel, event)
      case 'referral':
        return this.#referred(channel, event)
      case 'edit':
        return this.#edited(channel, event)
      case 'unsend':
        return this.#unsent(channel, event)
      case 'reaction':
        return this.#reacted(channel, event)
    }
  }

  #customerWrote(
    channel: Channel,
    event: Extract<WebhookEvent, { kind: 'message' | 'postback' }>,
  ): 'recorded' | 'duplicates' {
    const key = `${channel.account} ${event.mid}`
    if (this.#mids.has(key)) return 'duplicates'
    const at = Math.min(event.metaAt, this.now)
    const conversation = this.#conversation(channel, event.customer)
    conversation.anchors.push({ at })
    if (event.kind === 'message' && event.standby === true)
      conversation.theirs = Math.max(conversation.theirs, event.metaAt)
    else conversation.ours = Math.max(conversation.ours, event.metaAt)
    if (channel.status === 'disabled' || conversation.blocked) {
      this.#mids.set(key, 'withheld')
      return 'recorded'
    }
    const gone = this.#earlyUnsends.has(key)
    const edit = this.#earlyEdits.get(key) ?? 0
    const content = event.kind === 'postback' ? 'postback' : event.content
    const message: Message = {
      mid: event.mid,
      from: 'customer',
      at,
      seq: this.#seq++,
      what: content,
      convertible: !gone,
      text: edit > 0 ? editText(event.mid, edit) : firstText(event.mid, content),
      edit,
      unsent: gone,
      reaction: this.#earlyReactions.get(key),
      episode: undefined,
      ticket: undefined,
    }
    this.#mids.set(key, message)
    conversation.messages.push(message)
    conversation.visible = true
    if (conversation.ended && !gone) {
      conversation.ended = false
      conversation.assignee = null
    }
    if (!gone && at >= channel.connectedAt) this.#joinEpisode(conversation, message)
    return 'recorded'
  }

  #joinEpisode(conversation: Conversation, message: Message): void {
    const late = conversation.tickets
      .filter(({ until }) => message.at < until)
      .toSorted((one, other) => one.until - other.until)[0]
    if (late !== undefined) {
      message.ticket = late
      return
    }
    const { delay } = conversation.channel
    if (conversation.episode?.state !== 'pending') conversation.episode = { dueAt: 'never', delay, state: 'pending' }
    const { episode } = conversation
    message.episode = episode
    this.#followEarliest(conversation, episode)
    if (episode.dueAt !== 'never' && episode.dueAt <= this.now) this.#convertByTime(conversation)
  }

  /** It is due by the earliest message in it that was not taken back; without any it is over. */
  #followEarliest({ messages }: Conversation, episode: Episode): void {
    const left = messages.filter((message) => message.episode === episode && !message.unsent).map(({ at }) => at)
    if (left.length === 0) episode.state = 'cancelled'
    else if (episode.delay !== 'never') episode.dueAt = Math.min(...left) + episode.delay * MINUTE
  }

  #businessWrote(channel: Channel, event: Extract<WebhookEvent, { mid: string }>): 'recorded' | 'duplicates' {
    const key = `${channel.account} ${event.mid}`
    const known = this.#mids.get(key)
    if (known !== undefined) {
      // The first echo of a reply of ours is news, though it shows nothing new.
      if (typeof known === 'object' && 'author' in known && !this.#echoed.has(key)) {
        this.#echoed.add(key)
        return 'recorded'
      }
      return 'duplicates'
    }
    const conversation = this.#conversation(channel, event.customer)
    // An echo that is none of standby says whose the thread is, as a message does.
    conversation.ours = Math.max(conversation.ours, event.metaAt)
    const gone = this.#earlyUnsends.has(key)
    // That the business wrote is known; what it wrote is not kept.
    const isKept = channel.status !== 'disabled'
    const message: Message = {
      mid: event.mid,
      from: 'business',
      at: Math.min(event.metaAt, this.now),
      seq: this.#seq++,
      what: 'echo',
      convertible: false,
      text: isKept ? firstText(event.mid, 'text') : '',
      edit: 0,
      unsent: gone,
      reaction: this.#earlyReactions.get(key),
      episode: undefined,
      ticket: undefined,
    }
    this.#mids.set(key, message)
    conversation.messages.push(message)
    conversation.visible = true
    return 'recorded'
  }
  readonly #echoed = new Set<string>()

  #referred(channel: Channel, event: Extract<WebhookEvent, { kind: 'referral' }>): 'recorded' | 'duplicates' {
    const key = `${channel.account} ${event.customer} referral ${event.metaAt} ${event.ref}`
    if (this.#earlyUnsends.has(key)) return 'duplicates'
    this.#earlyUnsends.add(key)
    this.#conversation(channel, event.customer).anchors.push({ at: Math.min(event.metaAt, this.now) })
    return 'recorded'
  }

  #edited(channel: Channel, event: Extract<WebhookEvent, { kind: 'edit' }>): Outcome {
    const key = `${channel.account} ${event.mid}`
    const known = this.#mids.get(key)
    this.#conversation(channel, event.customer)
    if (known === 'withheld') return 'either'
    if (this.#isClosed(channel, event.customer)) return 'either'
    if (this.#earlyUnsends.has(key) || known?.unsent === true) return 'either'
    if (this.#isElsewhere(channel, known)) return 'either'
    const before = known === undefined ? (this.#earlyEdits.get(key) ?? 0) : 'edit' in known ? known.edit : 0
    if (known === undefined && this.#isSaidElsewhere(`edit ${key}`, channel)) {
      this.#earlyEdits.set(key, Math.max(before, event.number))
      return 'either'
    }
    if (event.number < before) return 'ignored'
    if (event.number === before) return 'duplicates'
    if (known === undefined) this.#earlyEdits.set(key, event.number)
    else if ('edit' in known) {
      known.edit = event.number
      known.text = editText(event.mid, event.number)
    }
    return 'recorded'
  }

  #unsent(channel: Channel, event: Extract<WebhookEvent, { kind: 'unsend' }>): Outcome {
    const key = `${channel.account} ${event.mid}`
    const known = this.#mids.get(key)
    if (this.#earlyUnsends.has(key)) return 'either'
    this.#earlyUnsends.add(key)
    const conversation = this.#conversation(channel, event.customer)
    if (known === 'withheld') return 'either'
    if (known === undefined) return 'recorded'
    known.unsent = true
    const { episode } = conversation
    if (episode?.state === 'pending') this.#followEarliest(conversation, episode)
    return 'recorded'
  }

  #reacted(channel: Channel, event: Extract<WebhookEvent, { kind: 'reaction' }>): Outcome {
    const key = `${channel.account} ${event.mid}`
    const known = this.#mids.get(key)
    const before =
      known === undefined || known === 'withheld'
        ? this.#earlyReactions.get(key)
        : 'reaction' in known
          ? known.reaction
          : this.#earlyReactions.get(key)
    const reaction = { at: event.metaAt, emoji: event.emoji }
    this.#conversation(channel, event.customer)
    // A receipt without content: what is older is superseded by it; the same may still be seen when it comes again.
    const unseenAt = this.#unseenReactions.get(key) ?? Number.NEGATIVE_INFINITY
    if (known === 'withheld' || this.#isClosed(channel, event.customer)) {
      this.#unseenReactions.set(key, Math.max(unseenAt, event.metaAt))
      return 'either'
    }
    if (event.metaAt < unseenAt) return 'either'
    if (this.#earlyUnsends.has(key) || known?.unsent === true) return 'either'
    if (known === undefined && this.#isSaidElsewhere(`reaction ${key}`, channel)) {
      this.#earlyReactions.set(key, before !== undefined && before.at >= reaction.at ? before : reaction)
      return 'either'
    }
    if (this.#isElsewhere(channel, known)) return 'either'
    if (before !== undefined && before.at === reaction.at && before.emoji === reaction.emoji) return 'duplicates'
    if (before !== undefined && before.at >= reaction.at) return 'ignored'
    if (typeof known === 'object' && 'reaction' in known) known.reaction = reaction
    else this.#earlyReactions.set(key, reaction)
    return 'recorded'
  }

  #isSaidElsewhere(key: string, channel: Channel): boolean {
    const before = this.#saidEarly.get(key)
    this.#saidEarly.set(key, channel)
    return before !== undefined && before !== channel
  }

  /** What is said about a message of a former channel of the account: whether the new one knows of it is left open. */
  #isElsewhere(channel: Channel, known: Message | Reply | undefined): boolean {
    if (known === undefined) return false
    return ![...channel.conversations.values()].some(
      ({ messages, replies }) => messages.includes(known as Message) || replies.includes(known as Reply),
    )
  }

  /** Whether what the customer sends is neither shown nor kept. */
  #isClosed(channel: Channel, customer: CustomerName): boolean {
    return channel.status === 'disabled' || channel.conversations.get(customer)?.blocked === true
  }

  // What people ask for

  #connect(account: AccountName): Expected {
    if (this.#liveOf(account) !== undefined) return only('account-in-use')
    const number = this.#channels.filter((channel) => channel.account === account).length + 1
    this.#channels.push({
      name: `${account}${number}`,
      account,
      status: 'live',
      connectedAt: this.now,
      agents: new Map<ActorName, number>([
        ['aki', this.#associations++],
        ['ben', this.#associations++],
      ]),
      delay: 60,
      assigneeOnly: false,
      conversations: new Map(),
    })
    return NONE
  }

  #administer(
    step: Extract<Step, { kind: 'disable' | 'enable' | 'delete' | 'settings' | 'associate' | 'remove' }>,
  ): Expected {
    const channel = this.#newestOf(step.account)
    if (channel === undefined) return only('not-administrator')
    if (step.kind === 'remove') {
      channel.agents.delete(step.agent)
      return NONE
    }
    if (channel.status === 'deleted') return step.kind === 'delete' ? NONE : only('channel-deleted')
    switch (step.kind) {
      case 'disable':
        channel.status = 'disabled'
        this.#rejectWaiting(channel, 'channel-disabled')
        return NONE
      case 'enable':
        channel.status = 'live'
        return NONE
      case 'delete':
        channel.status = 'deleted'
        this.#rejectWaiting(channel, 'channel-deleted')
        for (const conversation of channel.conversations.values()) {
          const { episode } = conversation
          if (episode?.state !== 'pending') continue
          if (step.pending === 'discard' || episode.dueAt === 'never') episode.state = 'cancelled'
          else {
            episode.dueAt = this.now
            this.#convertByTime(conversation)
          }
        }
        return NONE
      case 'settings':
        if (step.delay !== undefined) channel.delay = step.delay
        if (step.assigneeOnly !== undefined) channel.assigneeOnly = step.assigneeOnly
        return NONE
      case 'associate':
        if (!channel.agents.has(step.agent)) channel.agents.set(step.agent, this.#associations++)
        return NONE
    }
  }

  #rejectWaiting(channel: Channel, reason: string): void {
    for (const { replies } of channel.conversations.values())
      for (const reply of replies) if (reply.status === 'queued') reply.status = `rejected ${reason}`
  }

  #command(step: Extract<Step, { actor: ActorName }>): Expected {
    const channel = this.#newestOf(step.account)
    const conversation = channel?.conversations.get(step.customer)
    if (channel === undefined || conversation === undefined) return only('not-associated')
    const { actor } = step
    const isAgent = channel.agents.has(actor)
    const mayAct =
      isAgent || (actor === 'sato' && step.kind === 'transfer') || (actor === 'bot' && step.kind.startsWith('reply'))
    if (!mayAct) return only('not-associated')
    const use = step.key === undefined ? undefined : `${actor} ${conversation.name} ${commandOf(step)} ${step.key}`
    const used = use === undefined ? undefined : this.#keys.get(use)
    if (used !== undefined) return used === contentOf(step, this.#assigneeOf(conversation)) ? NONE : only('key-reused')
    const content = contentOf(step, this.#assigneeOf(conversation))
    const isNews = this.#isNews(conversation, step)
    const expected = this.#decide(conversation, step)
    if (use !== undefined && expected.size === 0 && isNews) this.#keys.set(use, content)
    return expected
  }

  /** Whether it changes anything, if it is not refused: only then its key counts as used. */
  #isNews(conversation: Conversation, step: Extract<Step, { actor: ActorName }>): boolean {
    switch (step.kind) {
      case 'pick-up':
        return this.#assigneeOf(conversation) !== step.actor
      case 'transfer':
        return this.#assigneeOf(conversation) !== step.to
      case 'end':
        return !conversation.ended
      case 'reopen':
        return conversation.ended
      case 'block':
        return !conversation.blocked
      case 'unblock':
        return conversation.blocked
      default:
        return true
    }
  }

  #decide(conversation: Conversation, step: Extract<Step, { actor: ActorName }>): Expected {
    const { channel } = conversation
    const { actor } = step
    const isReading = step.kind === 'mark-read'
    if (channel.status === 'deleted' && !isReading) return only('channel-deleted')
    switch (step.kind) {
      case 'resend':
        return this.#resend(conversation, step)
      case 'reply':
      case 'reply-and-end':
        return this.#reply(conversation, step)
      case 'withdraw': {
        const reply = conversation.replies.find(({ text }) => text === step.text)
        if (reply === undefined) return only('reply-not-found')
        // Nothing of it went out and nothing will: what was asked for is so already.
        if (reply.status.startsWith('rejected')) return new Set(['done', 'reply-state'])
        if (reply.status !== 'queued') return only('reply-state')
        reply.status = 'rejected withdrawn'
        return NONE
      }
      case 'pick-up': {
        const wrong = new Set<string>()
        if (conversation.ended) wrong.add('conversation-ended')
        if (![actor, null].includes(this.#assigneeOf(conversation))) wrong.add('assignee-changed')
        // Whoever has it already need not be told that it has ended.
        if (this.#assigneeOf(conversation) === actor) wrong.add('done')
        return wrong.size > 0 ? wrong : this.#assign(conversation, actor)
      }
      case 'transfer': {
        const holder = this.#assigneeOf(conversation)
        const seen = step.seen === 'true' ? holder : step.seen
        const wrong = new Set<string>()
        if (conversation.ended) wrong.add('conversation-ended')
        if (seen !== holder) wrong.add('assignee-changed')
        if (step.to !== null && !channel.agents.has(step.to)) wrong.add('target-not-associated')
        // Whom it belongs to already it need not be handed to.
        if (wrong.size > 0 && seen === holder && step.to === holder) wrong.add('done')
        if (wrong.size > 0) return wrong
        return this.#assign(conversation, step.to)
      }
      case 'end':
        this.#end(conversation)
        return NONE
      case 'reopen':
        conversation.ended = false
        return NONE
      case 'block':
        if (conversation.blocked) return NONE
        conversation.blocked = true
        cancelPending(conversation)
        for (const reply of conversation.replies) if (reply.status === 'queued') reply.status = 'rejected blocked'
        return NONE
      case 'unblock':
        conversation.blocked = false
        return NONE
      case 'note':
        conversation.notes.push({ at: this.now, text: step.text })
        return NONE
      case 'mark-read':
        conversation.read.set(actor, this.#seq)
        return NONE
      case 'dismiss':
        // Not needed once more: nothing to do.
        if (conversation.episode?.state === 'dismissed') return new Set(['done', 'no-pending-conversion'])
        if (conversation.episode?.state !== 'pending' || conversation.episode.dueAt === 'never')
          return only('no-pending-conversion')
        conversation.episode.state = 'dismissed'
        return NONE
      case 'convert':
        return this.#convertByHand(conversation)
    }
  }

  #convertByHand(conversation: Conversation): Expected {
    const left = conversation.messages.filter(
      ({ from, unsent, convertible, ticket }) => from === 'customer' && convertible && !unsent && ticket === undefined,
    )
    if (left.length === 0)
      return conversation.tickets.length > 0
        ? new Set(['already-converted', 'nothing-to-convert'])
        : only('nothing-to-convert')
    const ticket: Ticket = { until: this.now }
    for (const message of conversation.messages)
      if (message.from === 'customer' && message.convertible && message.ticket === undefined) message.ticket = ticket
    conversation.tickets.push(ticket)
    cancelPending(conversation)
    return NONE
  }

  #reply(conversation: Conversation, step: Extract<Step, { kind: 'reply' | 'reply-and-end' }>): Expected {
    const { channel } = conversation
    const why = this.#whyNot(conversation, step.actor)
    if (conversation.ended) why.add('conversation-ended')
    if (why.size > 0) return why
    const reply: Reply = {
      text: step.text,
      at: this.now,
      author: step.actor,
      by: step.actor,
      andEnd: step.kind === 'reply-and-end',
      status: 'queued',
      mid: undefined,
      unsent: false,
    }
    conversation.replies.push(reply)
    conversation.queue.push(reply)
    if (channel.agents.has(step.actor) && this.#assigneeOf(conversation) === null)
      this.#assign(conversation, step.actor)
    if (step.kind === 'reply-and-end') this.#end(conversation)
    this.#deliver()
    return NONE
  }

  #resend(conversation: Conversation, step: Extract<Step, { kind: 'resend' }>): Expected {
    const why = this.#whyNot(conversation, step.actor)
    if (conversation.ended) why.add('conversation-ended')
    if (why.size > 0) return why
    const reply = conversation.replies.find(({ text }) => text === step.text)
    if (reply === undefined) return only('reply-not-found')
    if (reply.status === 'sent') return only('reply-state')
    if (reply.status === 'queued' || reply.status === 'attempted') return NONE
    if (reply.status === 'unconfirmed' && !step.mayArriveTwice) return only('may-arrive-twice')
    reply.status = 'queued'
    reply.by = step.actor
    if (this.#assigneeOf(conversation) === null) this.#assign(conversation, step.actor)
    // It goes behind what waits already.
    conversation.queue.push(reply)
    this.#deliver()
    return NONE
  }

  /** Every reason for which the actor may not write now. */
  #whyNot(conversation: Conversation, actor: ActorName): Set<string> {
    const { channel } = conversation
    const why = new Set<string>()
    if (actor !== 'bot' && !channel.agents.has(actor)) why.add('not-associated')
    if (channel.status === 'disabled') why.add('channel-disabled')
    if (channel.status === 'deleted') why.add('channel-deleted')
    if (conversation.blocked) why.add('blocked')
    const window = windowAt(conversation, this.now)
    if (window === 'never-opened') why.add('window-never-opened')
    if (window === 'expired') why.add('window-expired')
    if (window === 'human-agent' && actor === 'bot') why.add('human-agent-only')
    if (actor === 'bot' && conversation.theirs > conversation.ours) why.add('other-app-in-control')
    const holder = this.#assigneeOf(conversation)
    if (channel.assigneeOnly && holder !== null && holder !== actor) why.add('not-the-assignee')
    return why
  }

  // What goes out

  #deliver(): void {
    for (const conversation of this.#allConversations())
      for (const reply of conversation.queue) {
        if (reply.status === 'attempted') break
        if (reply.status !== 'queued') continue
        const why = this.#whyNot(conversation, reply.by)
        if (why.size > 0) {
          reply.status = `rejected ${[...why].toSorted().join('|')}`
          continue
        }
        this.#attempt(conversation, reply)
        // One call at a time.
        if (this.#isHeld(reply) || this.#sending === 'throttled') break
      }
  }

  #isHeld(reply: Reply): boolean {
    return this.#held.some((held) => held.reply === reply)
  }

  #attempt(conversation: Conversation, reply: Reply): void {
    switch (this.#sending) {
      case 'sent':
        return this.#arrive(conversation, reply)
      case 'held':
        reply.status = 'attempted'
        this.#held.push({ conversation, reply })
        return
      case 'refused':
        reply.status = 'rejected message-refused'
        return
      case 'window':
        reply.status = 'rejected meta-window-closed'
        return
      case 'throttled':
        // It waits.
        return
      case 'lost':
        reply.status = 'unconfirmed'
    }
  }

  #arrive(conversation: Conversation, reply: Reply): void {
    reply.status = 'sent'
    reply.mid = `s${this.#sent++}`
    this.#mids.set(`${conversation.channel.account} ${reply.mid}`, reply)
    if (this.#earlyUnsends.has(`${conversation.channel.account} ${reply.mid}`)) reply.unsent = true
    const to = `${conversation.channel.account} ${conversation.customer}`
    this.#delivered.set(to, [...(this.#delivered.get(to) ?? []), reply.text])
  }

  // What is the case

  #assign(conversation: Conversation, agent: ActorName | null): Expected {
    const association = agent === null ? undefined : conversation.channel.agents.get(agent)
    conversation.assignee = agent === null || association === undefined ? null : { agent, association }
    return NONE
  }

  #assigneeOf({ assignee, channel }: Conversation): ActorName | null {
    return assignee !== null && channel.agents.get(assignee.agent) === assignee.association ? assignee.agent : null
  }

  #end(conversation: Conversation): void {
    if (conversation.ended) return
    conversation.ended = true
    cancelPending(conversation)
  }

  /** Since when the customer waits: their oldest message after the last answer that is not gone. */
  #waitingSince(conversation: Conversation): number | null {
    if (conversation.ended || conversation.blocked || conversation.channel.status === 'deleted') return null
    const answers = [
      ...conversation.messages.filter(({ from, unsent }) => from === 'business' && !unsent),
      ...conversation.replies.filter(({ by, status, unsent }) => by !== 'bot' && status === 'sent' && !unsent),
    ].map(({ at }) => at)
    const lastAnswer = Math.max(...answers, Number.NEGATIVE_INFINITY)
    const open = conversation.messages
      .filter(({ from, at, unsent }) => from === 'customer' && !unsent && at > lastAnswer)
      .map(({ at }) => at)
    return open.length === 0 ? null : Math.min(...open)
  }

  #unreadOf(conversation: Conversation, agent: ActorName): number {
    const upTo = conversation.read.get(agent) ?? 0
    return conversation.messages.filter(({ from, unsent, seq }) => from === 'customer' && !unsent && seq >= upTo).length
  }

  #liveOf(account: AccountName): Channel | undefined {
    return this.#channels.find((channel) => channel.account === account && channel.status !== 'deleted')
  }
  #newestOf(account: AccountName): Channel | undefined {
    return this.#channels.findLast((channel) => channel.account === account)
  }
  #allConversations(): readonly Conversation[] {
    return this.#channels.flatMap(({ conversations }) => [...conversations.values()])
  }
  #conversation(channel: Channel, customer: CustomerName): Conversation {
    const known = channel.conversations.get(customer)
    if (known !== undefined) return known
    const conversation: Conversation = {
      name: `${channel.name} ${customer}`,
      customer,
      channel,
      ended: false,
      blocked: false,
      assignee: null,
      messages: [],
      replies: [],
      queue: [],
      notes: [],
      anchors: [],
      tickets: [],
      episode: undefined,
      read: new Map(),
      ours: Number.NEGATIVE_INFINITY,
      theirs: Number.NEGATIVE_INFINITY,
      visible: false,
    }
    channel.conversations.set(customer, conversation)
    return conversation
  }

  /** Everything that agents can see now. */
  observe(): Observation {
    const lists: Record<string, readonly string[]> = {}
    const unread: Record<string, number> = {}
    for (const agent of ['aki', 'ben'] as const) {
      const seen = this.#allConversations().filter(({ channel, visible }) => visible && channel.agents.has(agent))
      const live = seen.filter(({ channel }) => channel.status !== 'deleted')
      const open = live.filter(({ ended, blocked }) => !ended && !blocked)
      const names = (some: readonly Conversation[]): readonly string[] => some.map(({ name }) => name).toSorted()
      lists[`${agent} all`] = names(open)
      lists[`${agent} deleted`] = names(seen.filter(({ channel }) => channel.status === 'deleted'))
      lists[`${agent} mine`] = names(open.filter((one) => this.#assigneeOf(one) === agent))
      lists[`${agent} unassigned`] = names(open.filter((one) => this.#assigneeOf(one) === null))
      lists[`${agent} ended`] = names(live.filter(({ ended, blocked }) => ended && !blocked))
      lists[`${agent} blocked`] = names(live.filter(({ blocked }) => blocked))
      lists[`${agent} waiting`] = live
        .map((one) => ({ name: one.name, since: this.#waitingSince(one) }))
        .filter(({ since }) => since !== null)
        .map(({ name, since }) => `${name} since ${since}`)
        .toSorted()
      for (const channel of this.#channels)
        if (channel.agents.has(agent) && channel.status !== 'deleted')
          unread[`${agent} ${channel.name}`] = open.filter(
            (one) => one.channel === channel && this.#unreadOf(one, agent) > 0,
          ).length
    }
    const conversations: Record<string, ConversationSeen> = {}
    for (const one of this.#allConversations().filter(({ visible }) => visible))
      conversations[one.name] = this.#seen(one)
    const shown = this.#allConversations()
    return {
      lists,
      unread,
      conversations,
      pending: shown
        .filter(({ episode }) => episode?.state === 'pending' && episode.dueAt !== 'never')
        .map(({ name, episode }) => `${name} at ${episode!.dueAt}`)
        .toSorted(),
      tickets: shown
        .flatMap(({ name, tickets, messages }) =>
          tickets.map(
            (ticket) =>
              `${name}: ${messages
                .filter((message) => message.ticket === ticket && message.from === 'customer' && !message.unsent)
                .map(({ mid }) => mid)
                .toSorted()
                .join(' ')}`,
          ),
        )
        .toSorted(),
      balance: Object.fromEntries(this.#counts),
      delivered: Object.fromEntries(this.#delivered),
    }
  }

  #seen(one: Conversation): ConversationSeen {
    const lines = [
      ...one.messages.map(({ at, mid, from, text, unsent, reaction }) => ({
        at,
        line: `${from} ${mid}: ${unsent ? 'taken back' : text}${typeof reaction?.emoji !== 'string' || unsent ? '' : ` (${reaction.emoji})`}`,
      })),
      ...one.replies.map(({ at, author, text, status, unsent }) => ({
        at,
        line: `reply of ${author}: ${unsent ? 'taken back' : text} [${status}]`,
      })),
      ...one.notes.map(({ at, text }) => ({ at, line: `note: ${text}` })),
    ]
    const agents = ['aki', 'ben'].filter((agent) => one.channel.agents.has(agent as ActorName)) as readonly ActorName[]
    return {
      window: windowAt(one, this.now),
      windowsThen: PAST.map((ago) => windowAt(one, this.now - ago)),
      ended: one.ended,
      blocked: one.blocked,
      assignee: this.#assigneeOf(one),
      unread: Object.fromEntries(agents.map((agent) => [agent, this.#unreadOf(one, agent)])),
      transcript: withUnnoticed(
        lines
          .map(({ at, line }) => ({ at, line: `${at} ${line}` }))
          .toSorted((a, b) => a.at - b.at || (a.line < b.line ? -1 : 1))
          .map(({ line }) => line),
      ),
    }
  }
}

/** Whether what came of a step is what was expected. */
export const isAsExpected = (expected: Expected, result: StepResult): boolean =>
  result === 'done' ? expected.size === 0 || expected.has('done') : expected.has(result.slice('refused '.length))

export const firstText = (mid: string, content: string): string =>
  content !== 'image' && content !== 'audio' && content !== 'unsupported' ? `says ${mid}` : ''
export const editText = (mid: string, number: number): string => `says ${mid}, edit ${number}`

export const NOTHING: Counted = { received: 0, recorded: 0, duplicates: 0, ignored: 0, quarantined: 0, either: 0 }

/** Commands of one name share their keys. */
const commandOf = ({ kind }: Step): string => (kind === 'reply-and-end' ? 'reply' : kind)

/** What is asked for, beside the conversation and the key. */
const contentOf = (step: Extract<Step, { actor: ActorName }>, holder: ActorName | null): string => {
  switch (step.kind) {
    case 'reply':
    case 'reply-and-end':
      return `${step.kind} ${step.text}`
    case 'note':
      return step.text
    case 'transfer':
      return `${step.to} ${step.seen === 'true' ? holder : step.seen}`
    default:
      return ''
  }
}

const NONE: Expected = new Set()
const only = (code: string): Expected => new Set([code])

const cancelPending = ({ episode }: Conversation): void => {
  if (episode?.state === 'pending') episode.state = 'cancelled'
}

const windowAt = ({ anchors }: Conversation, at: number): string => {
  const opened = anchors.map((anchor) => anchor.at).filter((anchor) => anchor <= at)
  if (opened.length === 0) return 'never-opened'
  const age = at - Math.max(...opened)
  return age < DAY ? 'standard' : age < 7 * DAY ? 'human-agent' : 'expired'
}
