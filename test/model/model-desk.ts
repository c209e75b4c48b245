import { type Actor, createDesk, type Desk, isRefusal, type Store, type TranscriptEntry } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { type Meta, meta } from 'madoguchi/meta'
import { movableClock, signature256, toWire } from 'madoguchi/simulator'
import { virtualRuntime } from '../simulation/virtual-process.ts'
import type { VirtualTime } from '../simulation/virtual-time.ts'
import { type ConversationSeen, type Counted, type Observation, PAST, withUnnoticed } from './observation.ts'
import { editText, firstText } from './reference.ts'
import { ScriptedGraph } from './scripted-graph.ts'
import type { AccountName, ActorName, CustomerName, Step, StepResult, WebhookEvent } from './steps.ts'

const MINUTE = 60_000
const BEGIN = 1_788_858_000_000
/** Milliseconds: a call that is held is never given up. */
const FOR_EVER = 2_147_483_647
const SECRET = '0123456789abcdef0123456789abcdef'
const ACCOUNTS: Readonly<Record<AccountName | 'unknown', string>> = {
  A: '17841499000000001',
  B: '17841499000000002',
  unknown: '17841499000000009',
}
const organizationId = 'acme'
const ACTORS: Readonly<Record<ActorName, Actor>> = {
  aki: { kind: 'agent', id: 'aki', organizationId },
  ben: { kind: 'agent', id: 'ben', organizationId },
  sato: { kind: 'administrator', id: 'sato', organizationId },
  bot: { kind: 'automation', id: 'bot', organizationId },
  moss: { kind: 'agent', id: 'moss', organizationId: 'other' },
}
const system: Actor = { kind: 'system' }
const VIEWS = ['all', 'mine', 'unassigned', 'waiting', 'ended', 'blocked', 'deleted'] as const

interface ChannelName {
  readonly name: string
  readonly account: AccountName
  readonly channelId: string
}

/** What Meta is to a desk, with a fault. */
export type Spoil = (right: Meta) => Meta

/** The product, played through its public face: each step of a history, and what can be seen after it. */
export class ModelDesk {
  readonly #time: VirtualTime
  readonly #clock = movableClock(BEGIN)
  readonly #moved = new Set<() => void>()
  readonly #graph = new ScriptedGraph()
  readonly #store: Store
  readonly #desk: Desk
  readonly #channels: ChannelName[] = []
  /** Conversations by name, once they were seen. */
  readonly #conversations = new Map<string, string>()

  private constructor(seed: number, spoil: Spoil) {
    const { time, runtime } = virtualRuntime(seed, BEGIN)
    this.#time = time
    this.#store = memory({ runtime })
    this.#desk = createDesk({
      store: this.#store,
      meta: spoil(
        meta({
          appSecrets: [SECRET],
          verifyToken: 'verify',
          fetch: this.#graph.fetch,
          timeoutMs: FOR_EVER,
          runtime,
        }),
      ),
      clock: {
        now: () => this.#clock.now(),
        onMove: (listener) => {
          this.#moved.add(listener)
          return () => void this.#moved.delete(listener)
        },
      },
      runtime,
      delivery: { callTimeout: FOR_EVER },
      log: { info: () => {}, warn: () => {}, error: () => {} },
    })
  }

  /** @param spoil puts a fault between Meta and the desk, to see that it is found */
  static async open(seed: number, spoil: Spoil = (right) => right): Promise<ModelDesk> {
    const desk = new ModelDesk(seed, spoil)
    await desk.#desk.start()
    await desk.#settled(
      desk.#desk.organizations.setDepartments(system, { organizationId, departments: ['one', 'two', 'three', 'four'] }),
    )
    return desk
  }

  /** Plays a step and lets everything happen that it causes. */
  async play(step: Step): Promise<StepResult> {
    if (!('lost' in step || 'throttled' in step)) return this.#play(step)
    const { how } = this.#graph
    this.#graph.how = 'lost' in step ? 'lost' : 'throttled'
    const result = await this.#play(step)
    this.#graph.how = how
    // The account is held for a while of real time.
    if ('throttled' in step) await this.#time.pass(10 * MINUTE)
    this.#move(10 * MINUTE)
    // Meta's conversation is looked at within the rates for that.
    await this.#time.pass(5_000)
    return result
  }

  async #play(step: Step): Promise<StepResult> {
    try {
      await this.#settled(this.#act(step))
      return 'done'
    } catch (error) {
      if (isRefusal(error)) return `refused ${error.code}`
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#graph.release()
    await this.#settled(this.#desk.stop())
  }

  #move(by: number): void {
    this.#clock.advance(by)
    for (const listener of this.#moved) listener()
  }

  /** Waits for something while time passes, and then until nothing more happens. */
  async #settled<Value>(something: Promise<Value>): Promise<Value> {
    let ended = false
    const outcome = something.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    )
    void outcome.then(() => (ended = true))
    for (let passed = 0; !ended; passed++) {
      if (passed > 2_000) throw new Error('it does not end')
      await this.#time.pass(passed < 20 ? 1 : 100)
    }
    await this.#time.pass(50)
    const result = await outcome
    if ('error' in result) throw result.error
    return result.value
  }

  async #act(step: Step): Promise<unknown> {
    const { channels, conversations } = this.#desk
    switch (step.kind) {
      case 'time':
        return this.#move(step.by)
      case 'webhook':
        return this.#post(step.events)
      case 'sending':
        this.#graph.how = step.how
        return
      case 'release':
        this.#graph.release()
        return
      case 'connect': {
        const { channelId } = await channels.create(ACTORS.sato, {
          organizationId,
          name: 'Acme',
          departmentId: 'one',
          account: { accountId: ACCOUNTS[step.account], flavour: 'instagram-login' },
          token: 'token',
          agents: ['aki', 'ben'],
        })
        const number = this.#channels.filter(({ account }) => account === step.account).length + 1
        this.#channels.push({ name: `${step.account}${number}`, account: step.account, channelId })
        return
      }
      case 'disable':
      case 'enable':
        return channels[step.kind](ACTORS.sato, this.#newestOf(step.account))
      case 'delete':
        return channels.delete(ACTORS.sato, { ...this.#newestOf(step.account), pendingConversions: step.pending })
      case 'settings':
        return channels.change(ACTORS.sato, {
          ...this.#newestOf(step.account),
          ...(step.delay !== undefined && { conversion: { delay: step.delay } }),
          ...(step.assigneeOnly !== undefined && { assigneeOnly: step.assigneeOnly }),
        })
      case 'associate':
      case 'remove':
        return channels[step.kind](ACTORS.sato, { ...this.#newestOf(step.account), agentId: step.agent })
    }
    const actor = ACTORS[step.actor]
    const of = {
      conversationId: await this.#idOf(step.account, step.customer),
      ...(step.key !== undefined && { key: step.key }),
    }
    switch (step.kind) {
      case 'reply':
      case 'reply-and-end':
        return conversations[step.kind === 'reply' ? 'reply' : 'replyAndEnd'](actor, {
          ...of,
          text: step.text,
        })
      case 'withdraw':
      case 'resend': {
        const { items } = await conversations
          .transcript(ACTORS.sato, { conversationId: of.conversationId, limit: 200, backwards: false })
          .catch(() => ({ items: [] }))
        const reply = items.find((item) => item.kind === 'reply' && textOf(item) === step.text)
        const replyId = reply?.kind === 'reply' ? reply.reply.replyId : 'none'
        return step.kind === 'withdraw'
          ? conversations.withdraw(actor, { ...of, replyId })
          : conversations.resend(actor, { ...of, replyId, mayArriveTwice: step.mayArriveTwice })
      }
      case 'pick-up':
        return conversations.pickUp(actor, of)
      case 'transfer': {
        const { to } = step
        const seen =
          step.seen === 'true' ? (await conversations.get(ACTORS.sato, of).catch(() => undefined))?.assignee : step.seen
        return conversations.transfer(actor, { ...of, to, seen: seen ?? null })
      }
      case 'note':
        return conversations.addNote(actor, { ...of, text: step.text })
      case 'mark-read': {
        const { items } = await conversations.transcript(ACTORS.sato, { ...of, limit: 200 })
        return conversations.markRead(actor, { ...of, upTo: Math.max(0, ...items.map(({ revision }) => revision)) })
      }
      case 'dismiss':
        return conversations.dismissConversion(actor, of)
      default:
        return conversations[step.kind](actor, of)
    }
  }

  #newestOf(account: AccountName): { readonly channelId: string } {
    return { channelId: this.#channels.findLast((channel) => channel.account === account)?.channelId ?? 'none' }
  }

  /** The conversation of the newest channel of the account; one that nobody can find has an id that nobody has. */
  async #idOf(account: AccountName, customer: CustomerName): Promise<string> {
    const channel = this.#channels.findLast((one) => one.account === account)
    const name = `${channel?.name} ${customer}`
    if (!this.#conversations.has(name)) await this.#find()
    return this.#conversations.get(name) ?? 'none'
  }

  /** Learns the ids of conversations from the log's own streams: what was never said anything in is in no list. */
  async #find(): Promise<void> {
    const { events } = await this.#store.events.readAll({ streamPrefixes: ['conversation-'], limit: 10_000 })
    for (const { meta: scope } of events) {
      const { channelId, customerId, conversationId } = scope as Readonly<Record<string, string>>
      const channel = this.#channels.find((one) => one.channelId === channelId)
      if (channel !== undefined && conversationId !== undefined)
        this.#conversations.set(`${channel.name} ${customerId}`, conversationId)
    }
  }

  async #post(events: readonly WebhookEvent[]): Promise<void> {
    const entries = events.map((event) => ({
      id: ACCOUNTS[event.account],
      time: BEGIN + event.metaAt,
      ...wireOf(event),
    }))
    const body = toWire({ object: 'instagram', entry: entries })
    const response = await this.#desk.handle(
      new Request('http://desk.test/webhook', {
        method: 'POST',
        body,
        headers: { 'x-hub-signature-256': signature256(body, SECRET) },
      }),
    )
    if (response.status !== 200) throw new Error(`a webhook was answered ${response.status}`)
  }

  /** Everything that agents can see now. */
  observe(): Promise<Observation> {
    return this.#settled(this.#observe())
  }

  async #observe(): Promise<Observation> {
    const { events } = await this.#store.events.readAll({ backwards: true, limit: 1 })
    await this.#desk.waitFor(events[0]?.position)
    await this.#find()
    const nameOf = new Map([...this.#conversations].map(([name, id]) => [id, name]))
    const lists: Record<string, readonly string[]> = {}
    const unread: Record<string, number> = {}
    const seen = new Map<string, ConversationSeen>()
    const counts = new Map<string, Record<string, number>>()
    for (const agent of ['aki', 'ben'] as const) {
      for (const view of VIEWS) {
        const { items } = await this.#desk.inbox.list(ACTORS[agent], { view, limit: 100 })
        for (const { conversationId, unread: of } of items) {
          const ofConversation = counts.get(conversationId) ?? {}
          ofConversation[agent] = of
          counts.set(conversationId, ofConversation)
        }
        const names = items.map(({ conversationId }) => nameOf.get(conversationId) ?? conversationId)
        const since = items.map(({ waitingSince }) => (waitingSince ?? 0) - BEGIN)
        lists[`${agent} ${view}`] =
          view !== 'waiting'
            ? names.toSorted()
            : since.some((at, index) => at < since[index - 1]!)
              ? ['out of order', ...names]
              : names.map((name, index) => `${name} since ${since[index]}`).toSorted()
      }
      const { channels } = await this.#desk.inbox.unread(ACTORS[agent])
      for (const { name, channelId } of this.#channels)
        if (channels[channelId] !== undefined) unread[`${agent} ${name}`] = channels[channelId]
    }
    const pending: string[] = []
    const tickets: string[] = []
    for (const { channelId } of this.#channels) {
      for (const { conversationId, dueAt } of (
        await this.#desk.worklists.pendingConversions(ACTORS.sato, { channelId, limit: 100 })
      ).items)
        pending.push(`${nameOf.get(conversationId)} at ${dueAt - BEGIN}`)
      for (const { ticketId, conversationId } of (await this.#desk.tickets.list(ACTORS.sato, { channelId, limit: 100 }))
        .items) {
        const { items } = await this.#desk.tickets.messages(ACTORS.sato, { ticketId, limit: 200 })
        const mids = items.flatMap((item) =>
          item.kind === 'message' && item.origin === 'customer' && item.marks.unsent === undefined
            ? [item.mid ?? '?']
            : [],
        )
        tickets.push(`${nameOf.get(conversationId)}: ${mids.toSorted().join(' ')}`)
      }
    }
    for (const [name, conversationId] of this.#conversations) {
      const one = await this.#seen(conversationId, counts.get(conversationId) ?? {})
      if (one !== undefined) seen.set(name, one)
    }
    const { accounts } = await this.#desk.operations.balance(system)
    const balance: Record<string, Counted> = {}
    for (const [name, accountId] of Object.entries(ACCOUNTS)) {
      const of = accounts[accountId]
      if (of === undefined) continue
      const { unanswered: either, ...counts } = of
      balance[name] = { ...counts, either }
    }
    const delivered: Record<string, string[]> = {}
    for (const { accountId, customerId, text } of this.#graph.delivered)
      (delivered[`${accountId === ACCOUNTS.A ? 'A' : 'B'} ${customerId}`] ??= []).push(text)
    return {
      lists,
      unread,
      conversations: Object.fromEntries(seen),
      pending: pending.toSorted(),
      tickets: tickets.toSorted(),
      balance,
      delivered,
    }
  }

  async #seen(conversationId: string, unread: Readonly<Record<string, number>>): Promise<ConversationSeen | undefined> {
    const of = { conversationId }
    const { visible, ended, blocked, assignee, window } = await this.#desk.conversations.get(ACTORS.sato, of)
    if (!visible) return undefined
    const windowsThen: string[] = []
    for (const ago of PAST) {
      const then = await this.#desk.conversations.windowAt(ACTORS.sato, { ...of, at: this.#clock.now() - ago })
      windowsThen.push(then.state)
    }
    const { items } = await this.#desk.conversations.transcript(ACTORS.sato, { ...of, limit: 200 })
    const lines = items.flatMap((item) => {
      const line = lineOf(item)
      return line === undefined ? [] : [{ at: item.at - BEGIN, line: `${item.at - BEGIN} ${line}` }]
    })
    return {
      window: window.state,
      windowsThen,
      ended,
      blocked,
      assignee,
      unread,
      transcript: withUnnoticed(
        lines.toSorted((one, other) => one.at - other.at || (one.line < other.line ? -1 : 1)).map(({ line }) => line),
      ),
    }
  }
}

const textOf = (item: TranscriptEntry & { readonly kind: 'reply' }): string | undefined => item.text ?? item.reply.text

const lineOf = (item: TranscriptEntry): string | undefined => {
  switch (item.kind) {
    case 'message': {
      const from = item.origin === 'customer' ? 'customer' : 'business'
      const emoji = item.marks.customer?.emoji
      const gone = item.marks.unsent !== undefined
      return `${from} ${item.mid}: ${gone ? 'taken back' : (item.text ?? '')}${emoji === undefined || gone ? '' : ` (${emoji})`}`
    }
    case 'reply': {
      const { progress, author } = item.reply
      const gone = item.parts.length > 0 && item.parts.every(({ marks }) => marks.unsent !== undefined)
      const status = progress.status === 'rejected' ? `rejected ${progress.rejection?.reason}` : progress.status
      return `reply of ${author.id}: ${gone ? 'taken back' : textOf(item)} [${status}]`
    }
    case 'note':
      return `note: ${item.text}`
    case 'system':
      return undefined
  }
}

const wireOf = (event: WebhookEvent): Readonly<Record<string, unknown>> => {
  const timestamp = BEGIN + event.metaAt
  const account = { id: ACCOUNTS[event.account] }
  const customer = { id: event.customer }
  const inbound = { sender: customer, recipient: account, timestamp }
  const outbound = { sender: account, recipient: customer, timestamp }
  const messaging = (item: object): Readonly<Record<string, unknown>> => ({ messaging: [item] })
  switch (event.kind) {
    case 'message': {
      const item = { ...inbound, message: { mid: event.mid, ...contentOf(event) } }
      return event.standby === true ? { standby: [item] } : messaging(item)
    }
    case 'postback':
      return messaging({ ...inbound, postback: { mid: event.mid, title: `says ${event.mid}`, payload: 'P' } })
    case 'echo':
      return messaging({ ...outbound, message: { mid: event.mid, text: firstText(event.mid, 'text'), is_echo: true } })
    case 'comment':
      return { changes: [{ field: 'comments', value: { id: event.mid, text: 'hello', from: { id: event.customer } } }] }
    case 'unsend': {
      const flag = event.asText === true ? 'true' : true
      return event.by === 'customer'
        ? messaging({ ...inbound, message: { mid: event.mid, is_deleted: flag } })
        : messaging({ ...outbound, message: { mid: event.mid, is_deleted: flag, is_echo: flag } })
    }
    case 'edit':
      return messaging({
        ...inbound,
        message_edit: { mid: event.mid, text: editText(event.mid, event.number), num_edit: event.number },
      })
    case 'reaction':
      return messaging({
        ...inbound,
        reaction: {
          mid: event.mid,
          ...(event.emoji === null
            ? { action: 'unreact' }
            : { action: 'react', reaction: 'other', emoji: event.emoji }),
        },
      })
    case 'referral':
      return messaging({ ...inbound, referral: { ref: event.ref, source: 'SHORTLINK', type: 'OPEN_THREAD' } })
  }
}

const contentOf = ({ mid, content }: Extract<WebhookEvent, { kind: 'message' }>): object => {
  switch (content) {
    case 'text':
      return { text: `says ${mid}` }
    case 'quick-reply':
      return { text: `says ${mid}`, quick_reply: { payload: 'P' } }
    case 'story-reply':
      return { text: `says ${mid}`, reply_to: { story: { id: '1', url: 'https://lookaside.fbsbx.com/story' } } }
    case 'image':
    case 'audio':
      return { attachments: [{ type: content, payload: { url: 'https://lookaside.fbsbx.com/1' } }] }
    case 'unsupported':
      return { is_unsupported: true }
  }
}
