import { Chance } from '../fuzz/chance.ts'
import type { AccountName, ActorName, CustomerName, Step, WebhookEvent } from './steps.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const CUSTOMERS = ['x', 'x', 'x', 'y', 'y', 'z'] as const
const ACTORS = ['aki', 'aki', 'aki', 'ben', 'ben', 'sato', 'bot', 'moss'] as const

/** A random history: two accounts, three customers, two agents. The same for the same seed. */
export const historyOf = (seed: number, length?: number): readonly Step[] => {
  const chance = new Chance(seed, 0x5eed)
  const plan = new Plan(chance)
  const steps: Step[] = [{ kind: 'connect', account: 'A' }]
  if (chance.once(3)) steps.push({ kind: 'connect', account: 'B' })
  const count = length ?? 8 + chance.below(40)
  while (steps.length < count) steps.push(plan.next())
  return steps
}

const CONTENTS = ['text', 'text', 'text', 'image', 'audio', 'unsupported', 'story-reply', 'quick-reply'] as const

/** A message that was delivered or will be: what is said about it is said in its thread. */
interface Planned {
  readonly account: AccountName | 'unknown'
  readonly customer: CustomerName
  readonly mid: string
  readonly kind: 'message' | 'postback' | 'echo'
}

interface Speaking {
  readonly actor: ActorName
  readonly account: AccountName
  readonly customer: CustomerName
}

type CommandKind = Exclude<Extract<Step, { actor: ActorName }>['kind'], 'reply' | 'reply-and-end'>

/** What was planned so far, so that later steps speak of it. */
class Plan {
  readonly #chance: Chance
  #now = 0
  #names = 0
  readonly #messages: Planned[] = []
  readonly #awaited: Planned[] = []
  readonly #reacted = new Set<string>()
  /** Whether the message of a customer at a time was one that another app answers. */
  readonly #standby = new Map<string, boolean>()
  readonly #texts: string[] = []
  readonly #keyed: Step[] = []
  /** What follows at once. */
  #then: Step | undefined
  /** Replies. */
  readonly #asked: { readonly account: AccountName; readonly customer: CustomerName; readonly text: string }[] = []
  readonly #events: WebhookEvent[] = []

  constructor(chance: Chance) {
    this.#chance = chance
  }

  next(): Step {
    const chance = this.#chance
    const then = this.#then
    this.#then = undefined
    if (then !== undefined) return then
    const kind = chance.below(100)
    if (kind < 45) return this.#webhook()
    if (kind < 58) return this.#time()
    const kept = kind < 92 && kind >= 58 && chance.once(8) ? this.#again() : undefined
    if (kept !== undefined) return kept
    if (kind < 72) return this.#keep(this.#reply())
    if (kind < 92) return this.#keep(this.#command())
    if (kind < 95) return { kind: 'sending', how: chance.pick(['sent', 'sent', 'held', 'refused', 'window']) }
    if (kind < 96) return { kind: 'release' }
    return this.#administer()
  }

  /** A command with a key that was used before: for the same, or for something else. */
  #again(): Step | undefined {
    if (this.#keyed.length === 0) return undefined
    const step = this.#chance.pick(this.#keyed.slice(-6))
    return 'text' in step && this.#chance.once(2) ? { ...step, text: `another ${this.#names++}` } : step
  }

  #keep(step: Step): Step {
    if ('key' in step && !('lost' in step || 'throttled' in step)) this.#keyed.push(step)
    return step
  }

  #time(): Step {
    const chance = this.#chance
    const by = chance.pick([
      1,
      chance.below(10) * SECOND,
      chance.below(50) * MINUTE,
      59 * MINUTE,
      HOUR,
      HOUR + chance.below(3) - 1,
      chance.below(23) * HOUR,
      DAY + chance.below(3) - 1,
      chance.below(6) * DAY,
      7 * DAY + chance.below(3) - 1,
    ])
    this.#now += Math.max(by, 1)
    return { kind: 'time', by: Math.max(by, 1) }
  }

  #account(): AccountName {
    return this.#chance.once(5) ? 'B' : 'A'
  }

  #webhook(): Step {
    const events = Array.from({ length: this.#chance.once(3) ? 1 + this.#chance.below(4) : 1 }, () => this.#event())
    return { kind: 'webhook', events }
  }

  #event(): WebhookEvent {
    const chance = this.#chance
    // Delivered again, as it was.
    if (this.#events.length > 0 && chance.once(8)) return chance.pick(this.#events)
    const event = this.#newEvent()
    this.#events.push(event)
    return event
  }

  #newEvent(): WebhookEvent {
    const chance = this.#chance
    // Mostly prompt, sometimes late, and sometimes by a clock that is ahead.
    const late = chance.once(4)
      ? chance.pick([1, 30 * SECOND, 5 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, DAY, 3 * DAY])
      : 0
    const metaAt = chance.once(30) ? this.#now + MINUTE : this.#now - late
    const thread = {
      account: chance.once(25) ? ('unknown' as const) : this.#account(),
      customer: chance.pick<CustomerName>(CUSTOMERS),
    }
    const kind = chance.below(100)
    if (kind < 2) return { ...thread, metaAt, kind: 'comment', mid: this.#newMessage().mid }
    if (kind < 5) return { ...thread, metaAt, kind: 'referral', ref: `ref${this.#names++}` }
    if (kind < 68 || this.#messages.length === 0) {
      const { kind: said, ...message } = this.#awaited.pop() ?? this.#newMessage()
      const of = { ...message, metaAt }
      if (said === 'postback') {
        while (this.#standby.get(`${of.customer} ${of.metaAt}`) === true) of.metaAt--
        this.#standby.set(`${of.customer} ${of.metaAt}`, false)
        return { ...of, kind: said }
      }
      if (said === 'echo') return { ...of, kind: said }
      const isStandby = chance.once(12)
      // Of two at the same time nobody can say after which of them another app has the thread.
      while ((this.#standby.get(`${of.customer} ${of.metaAt}`) ?? isStandby) !== isStandby) of.metaAt--
      this.#standby.set(`${of.customer} ${of.metaAt}`, isStandby)
      return { ...of, kind: said, content: chance.pick(CONTENTS), ...(isStandby && { standby: true }) }
    }
    const { kind: said, ...of } = { ...this.#knownMessage(), metaAt }
    if (kind < 80)
      return {
        ...of,
        kind: 'unsend',
        by: said === 'echo' ? 'business' : 'customer',
        ...(chance.once(4) && { asText: true as const }),
      }
    if (kind < 90 && said === 'message') return { ...of, kind: 'edit', number: 1 + chance.below(3) }
    // Of two at the same time nobody can say which is the newer one.
    while (this.#reacted.has(`${of.mid} ${of.metaAt}`)) of.metaAt--
    this.#reacted.add(`${of.mid} ${of.metaAt}`)
    return { ...of, kind: 'reaction', emoji: chance.pick(['👍', '🎉', null]) }
  }

  #newMessage(): Planned {
    const kind = this.#chance.pick(['message', 'message', 'message', 'message', 'message', 'postback', 'echo'] as const)
    const planned: Planned = {
      account: this.#chance.once(25) ? 'unknown' : this.#account(),
      customer: this.#chance.pick<CustomerName>(CUSTOMERS),
      mid: `m${this.#names++}`,
      kind,
    }
    this.#messages.push(planned)
    return planned
  }

  /** One of the newest, or one of which is spoken before it comes. */
  #knownMessage(): Planned {
    if (this.#chance.once(10)) {
      const planned = this.#newMessage()
      this.#awaited.push(planned)
      return planned
    }
    return this.#messages[this.#messages.length - 1 - this.#chance.below(Math.min(6, this.#messages.length))]!
  }

  #on(): Speaking {
    return {
      actor: this.#chance.pick<ActorName>(ACTORS),
      account: this.#account(),
      customer: this.#chance.pick<CustomerName>(CUSTOMERS),
    }
  }

  /** An agent, in a thread in which a customer wrote lately. */
  #onSpoken(): Speaking {
    const { account, customer } = this.#messages.findLast(({ kind }) => kind === 'message') ?? this.#on()
    return { actor: this.#chance.pick(['aki', 'ben']), account: account === 'unknown' ? 'A' : account, customer }
  }

  #reply(): Step {
    const chance = this.#chance
    const text = this.#texts.length > 0 && chance.once(12) ? chance.pick(this.#texts) : `answer ${this.#names++}`
    this.#texts.push(text)
    const trouble = chance.below(20)
    const isLost = trouble < 2
    const isThrottled = trouble === 2
    const isTrouble = isLost || isThrottled
    if (isTrouble) this.#now += 10 * MINUTE
    const on = isTrouble ? this.#onSpoken() : this.#on()
    const ask = { account: on.account, customer: on.customer, text }
    this.#asked.push(ask)
    if (isLost)
      this.#then = chance.once(2) ? { ...on, kind: 'resend', text, mayArriveTwice: chance.once(2) } : undefined
    return {
      ...on,
      kind: chance.once(6) ? 'reply-and-end' : 'reply',
      text,
      ...(chance.once(4) && { key: `key${chance.below(3)}` }),
      ...(isLost && { lost: true }),
      ...(isThrottled && { throttled: true }),
    }
  }

  #command(): Step {
    const chance = this.#chance
    const on = this.#on()
    const kind = chance.pick<CommandKind>([
      'pick-up',
      'end',
      'end',
      'reopen',
      'block',
      'unblock',
      'unblock',
      'convert',
      'convert',
      'convert',
      'dismiss',
      'mark-read',
      'mark-read',
      'note',
      'transfer',
      'transfer',
      'withdraw',
      'resend',
      'resend',
    ])
    const keyed = { ...on, ...(chance.once(3) && { key: `key${chance.below(2)}` }) }
    switch (kind) {
      case 'note':
        return { ...keyed, kind, text: chance.once(2) ? 'a note' : `note ${this.#names++}` }
      case 'transfer':
        return {
          ...keyed,
          kind,
          to: chance.pick<ActorName | null>(['aki', 'ben', null, 'moss']),
          seen: chance.pick<ActorName | null | 'true'>(['true', 'true', 'true', null, 'aki']),
        }
      case 'withdraw':
        return { ...on, ...(on.actor === 'bot' && { actor: 'aki' }), kind, text: this.#texts.at(-1) ?? 'none' }
      case 'resend': {
        const of = this.#asked.length === 0 ? { ...on, text: 'none' } : chance.pick(this.#asked.slice(-8))
        return { ...on, actor: chance.pick(['aki', 'aki', 'ben', 'bot']), ...of, kind, mayArriveTwice: chance.once(2) }
      }
      case 'mark-read':
        return { ...on, kind }
      default:
        return { ...keyed, kind }
    }
  }

  #administer(): Step {
    const chance = this.#chance
    const account = this.#account()
    switch (chance.below(8)) {
      case 0:
      case 1:
        return { kind: 'disable', account }
      case 2:
      case 3:
        return { kind: 'enable', account }
      case 4:
        return chance.once(2)
          ? { kind: 'delete', account, pending: chance.pick(['convert', 'discard']) }
          : { kind: 'connect', account }
      case 5:
        return chance.once(2)
          ? { kind: 'settings', account, delay: chance.pick([1, 30, 60, 1_440, 'never']) }
          : { kind: 'settings', account, assigneeOnly: chance.once(2) }
      case 6:
        return { kind: 'remove', account, agent: chance.pick(['aki', 'ben']) }
      default:
        return { kind: 'associate', account, agent: chance.pick(['aki', 'ben']) }
    }
  }
}
