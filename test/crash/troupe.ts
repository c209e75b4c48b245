import type { Answered, Agents } from './agents.ts'
import type { Chance } from './chance.ts'
import type { Act, ReplyContent } from './plan.ts'
import type { Stage } from './stage.ts'
import { AGENTS } from './wire.ts'

/** A reply that an agent asked for, and what the desk said. */
export interface AskedReply {
  readonly number: number
  readonly channelId: string
  readonly customerId: string
  readonly content: ReplyContent
  /** One per request with its key; they should all name the same reply. */
  readonly answers: Answered[]
}

/** Plays the acts: customers at once, agents as soon as they can know of the customer. */
export class Troupe {
  readonly asked: AskedReply[] = []
  /** Requests to convert, by how they ended. */
  readonly conversions = new Map<string, number>()
  /** Commands sent once more although they were answered. */
  doubled = 0
  messages = 0
  /** Messages that no host has answered yet. */
  undelivered = 0
  readonly #stage: Stage
  readonly #agents: Agents
  readonly #chance: Chance
  readonly #channels: readonly string[]
  readonly #newest = new Map<number, { readonly mid: string; edits: number; readonly isText: boolean }>()
  readonly #known = new Map<number, Promise<unknown>>()
  readonly #under = new Set<Promise<void>>()
  #acts = 0

  constructor(stage: Stage, agents: Agents, chance: Chance, channels: readonly string[]) {
    this.#stage = stage
    this.#agents = agents
    this.#chance = chance
    this.#channels = channels
  }

  /** Settles when every agent has got every answer. */
  async answered(): Promise<void> {
    await Promise.all(this.#under)
  }

  play(act: Act): void {
    const number = this.#acts++
    if (act.kind === 'jump') return this.#stage.clock.jump(act.minutes * 60_000)
    const customer = this.#stage.customers[act.customer]
    if (customer === undefined) return
    const newest = this.#newest.get(act.customer)
    switch (act.kind) {
      case 'message':
        return this.#says(act, number)
      case 'reaction':
        if (newest !== undefined) customer.reacts(newest.mid)
        return
      case 'edit':
        if (newest === undefined || !newest.isText || newest.edits >= 5) return
        newest.edits++
        customer.edits(newest.mid, `Message ${number}, corrected`)
        return
      case 'outside-reply':
        this.#stage.simulator
          .account(customer.accountId)
          .sendsFromApp(customer.customerId, `Answer ${number} from the app`)
        return
      case 'reply':
        return this.#begin(this.#reply(act, customer.customerId))
      case 'convert':
        return this.#begin(this.#convert(act.customer, number, customer.customerId))
    }
  }

  #says({ customer: place, content }: Extract<Act, { kind: 'message' }>, number: number): void {
    const customer = this.#stage.customers[place]
    if (customer === undefined) return
    this.messages++
    this.undelivered++
    const said =
      content === 'text'
        ? customer.says(`Message ${number}`)
        : customer.sends(content === 'picture' ? { attachments: [{ type: 'image' }] } : { unsupported: true })
    this.#newest.set(place, { mid: said.mid, edits: 0, isText: content === 'text' })
    void said.delivered.then(() => this.undelivered--)
    if (!this.#known.has(place)) this.#known.set(place, said.delivered)
  }

  #begin(work: Promise<void>): void {
    this.#under.add(work)
    void work.finally(() => this.#under.delete(work))
  }

  #channelOf(customer: number): string {
    return this.#channels[customer % 2] ?? ''
  }

  async #reply({ customer, number, content }: Extract<Act, { kind: 'reply' }>, customerId: string): Promise<void> {
    const channelId = this.#channelOf(customer)
    const reply: AskedReply = { number, channelId, customerId, content, answers: [] }
    this.asked.push(reply)
    const agent = this.#chance.pick(AGENTS)
    const isDoubled = this.#chance.happens(0.06)
    await this.#known.get(customer)
    const command = { command: 'reply', key: `reply-${number}`, agent, channelId, customerId, ...content } as const
    reply.answers.push(await this.#agents.ask(command))
    if (!isDoubled) return
    this.doubled++
    reply.answers.push(await this.#agents.ask(command))
  }

  async #convert(customer: number, number: number, customerId: string): Promise<void> {
    const agent = this.#chance.pick(AGENTS)
    await this.#known.get(customer)
    const channelId = this.#channelOf(customer)
    const answer = await this.#agents.ask({
      command: 'convert',
      key: `convert-${number}`,
      agent,
      channelId,
      customerId,
    })
    const how = answer.kind === 'done' ? 'done' : answer.code
    this.conversions.set(how, (this.conversions.get(how) ?? 0) + 1)
  }
}
