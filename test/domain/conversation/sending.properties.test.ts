import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ConversationCommand,
  conversationDecider,
  type ConversationEvent,
  type ConversationState,
  nextDelivery,
} from '../../../src/domain/conversation/index.ts'
import { MINUTE, SECOND } from '../../../src/domain/instant.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import { NOON } from '../people.ts'
import * as talk from './talk.ts'
import { holds, tells } from '../../holds.ts'

interface Key {
  readonly replyId: string
  readonly part: number
  readonly attempt: number
}
/** What becomes of a call to Meta, whether or not anybody learns it. */
type Fate =
  | 'answered'
  | 'refused'
  | 'refused, yet delivered'
  | 'throttled'
  | 'throttled, yet delivered'
  | 'lost'
  | 'never arrived'
  | 'crashed'
  | 'crashed before'
type Step =
  | {
      readonly do: 'write' | 'outside' | 'answer' | 'echo' | 'resend' | 'give up' | 'block' | 'unblock' | 'withdraw'
      readonly which: number
    }
  | { readonly do: 'reply'; readonly words: string; readonly parts: number }
  | { readonly do: 'work'; readonly fate: Fate }
  /** A reply whose outcome nobody learns until it is unconfirmed. */
  | { readonly do: 'lose'; readonly words: string; readonly fate: Fate }

/** Meta, one customer, and a desk whose process may crash at any call: who knows what really arrived. */
class World {
  state: ConversationState = conversationDecider.initialState()
  readonly events: ConversationEvent[] = []
  /** What really arrived at the customer, by this desk. */
  readonly delivered: (Key & { readonly messageId: string; readonly digest: string; readonly denied: boolean })[] = []
  /** Replies that somebody sent again knowing that they may arrive twice. */
  readonly accepted = new Set<string>()
  #at = NOON
  #ids = 0
  #epoch = 1
  #crashed = true
  #answers: ConversationCommand[] = []
  #echoes: ConversationCommand[] = []
  readonly #words = new Map<string, { readonly words: string; readonly parts: number }>()

  get #now(): { readonly at: number } {
    this.#at += SECOND
    return { at: this.#at }
  }

  apply(command: ConversationCommand): readonly ConversationEvent[] {
    const snapshot = JSON.parse(JSON.stringify(this.state)) as ConversationState
    try {
      const decided = conversationDecider.decide(command, this.state)
      expect(conversationDecider.decide(command, snapshot)).toEqual(decided)
      this.state = decided.reduce(conversationDecider.evolve, this.state)
      this.events.push(...decided)
      return decided
    } catch (error) {
      if (isRefusal(error)) return []
      throw error
    }
  }

  step(step: Step): void {
    const id = (this.#ids += 1)
    switch (step.do) {
      case 'write':
        return void this.apply(talk.receive({ ...this.#now, messageId: `m${id}` }))
      case 'outside':
        return void this.apply(
          talk.echo({ ...this.#now, messageId: `o${id}`, textDigest: `${['a', 'b'][step.which % 2]} 0` }),
        )
      case 'reply':
        this.#words.set(`reply-${id}`, step)
        return void this.apply(talk.reply({ ...this.#now, replyId: `reply-${id}`, text: step.words }))
      case 'answer':
        return this.#deliver(this.#answers, step.which)
      case 'echo':
        return this.#deliver(this.#echoes, step.which)
      case 'resend': {
        const replyId = this.#reply(step.which)
        const mayArriveTwice = step.which % 2 === 0
        const resent = this.apply(talk.resend({ ...this.#now, replyId, mayArriveTwice }))
        if (resent.length > 0 && mayArriveTwice) this.accepted.add(replyId)
        return
      }
      case 'withdraw':
        return void this.apply(talk.withdraw({ ...this.#now, replyId: this.#reply(step.which) }))
      case 'give up':
        this.#at += MINUTE
        return
      case 'block':
        return void this.apply(talk.block(this.#now))
      case 'unblock':
        return void this.apply(talk.unblock(this.#now))
      case 'work':
        return this.work(step.fate)
      case 'lose':
        this.step({ do: 'reply', words: step.words, parts: 1 })
        for (let turns = 0; turns < 4; turns += 1) this.work(turns === 0 ? step.fate : 'never arrived')
        while (this.#answers.length > 0 && step.fate !== 'crashed') this.#deliver(this.#answers, 0)
        for (let turns = 0; turns < 3; turns += 1) this.work('never arrived')
        return
    }
  }

  #reply(which: number): string {
    return [...this.#words.keys()][which % Math.max(1, this.#words.size)] ?? 'none'
  }

  #deliver(queue: ConversationCommand[], which: number): void {
    const [command] = queue.splice(which % Math.max(1, queue.length), 1)
    if (command !== undefined)
      this.apply({ ...command, data: { ...command.data, ...this.#now } } as ConversationCommand)
  }

  /** One step of the delivery worker. A crash loses what it knew; a call under way may still be answered to nobody, or late. */
  work(fate: Fate): void {
    const next = nextDelivery(this.state, talk.channel, this.#now.at)
    switch (next.kind) {
      case 'idle':
        return
      case 'wait':
        this.#at = Math.max(this.#at, next.until ?? 0)
        return
      case 'look': {
        const { replyId, part, attempt } = next
        const found = fate === 'answered' ? this.delivered.find((each) => isSame(each, next)) : undefined
        this.apply(
          talk.look({
            ...this.#now,
            replyId,
            part,
            attempt,
            found: found === undefined ? null : { messageId: found.messageId, mid: found.messageId },
          }),
        )
        return
      }
      case 'declare-unconfirmed':
        this.apply(talk.giveUp({ ...this.#now, replyId: next.replyId, part: next.part, attempt: next.attempt }))
        return
      case 'in-flight':
        // Another process finds the call of one that is gone.
        if (this.#crashed)
          this.apply(talk.unknown({ ...this.#now, replyId: next.replyId, part: next.part, attempt: next.attempt }))
        return
      case 'settle':
        this.apply(talk.settleDue(this.#at))
        return
      case 'attempt':
        return this.#call(next, fate)
    }
  }

  #call({ replyId, part, attempt }: Key, fate: Fate): void {
    const { words, parts } = this.#words.get(replyId) ?? { words: 'a', parts: 1 }
    const digest = `${words} ${part}`
    const key = { replyId, part, attempt }
    const begun = this.apply(
      talk.begin({
        ...this.#now,
        ...key,
        textDigest: digest,
        epoch: this.#epoch,
        parts: Array.from({ length: parts }, (_, index) => ({ kind: 'text', from: index, to: index + 1 }) as const),
      }),
    )
    if (begun.at(-1)?.type !== 'ReplyAttempted') return
    const messageId = `s${(this.#ids += 1)}`
    this.#crashed = fate === 'crashed' || fate === 'crashed before'
    if (this.#crashed) this.#epoch += 1
    const denied = fate.endsWith('yet delivered')
    if (fate === 'answered' || fate === 'lost' || fate === 'crashed' || denied) {
      this.delivered.push({ ...key, messageId, digest, denied })
      this.#echoes.push(talk.echo({ messageId, mid: messageId, textDigest: digest, metaAt: this.#at }))
    }
    const answers: Record<Fate, ConversationCommand | undefined> = {
      answered: talk.sent({ ...key, messageId, mid: messageId }),
      // A process that was only paused may still come with its answer.
      crashed: talk.sent({ ...key, messageId, mid: messageId }),
      refused: talk.reject('message-refused', key),
      'refused, yet delivered': talk.reject('message-refused', key),
      throttled: talk.failed({ ...key, retryAt: this.#at + MINUTE }),
      'throttled, yet delivered': talk.failed({ ...key, retryAt: this.#at + MINUTE }),
      lost: talk.unknown(key),
      'never arrived': talk.unknown(key),
      // Nor was it more than paused, and it never called.
      'crashed before': talk.failed({ ...key, reason: 'no-connection', retryAt: this.#at + MINUTE }),
    }
    const answer = answers[fate]
    if (answer !== undefined) this.#answers.push(answer)
  }

  /** Everything that is under way arrives, and all that settles by itself has settled. */
  settle(): void {
    while (this.#answers.length > 0) this.#deliver(this.#answers, 0)
    while (this.#echoes.length > 0) this.#deliver(this.#echoes, 0)
    for (let turns = 0; nextDelivery(this.state, talk.channel, this.#at).kind !== 'idle'; turns += 1) {
      if (turns > 1_000) throw new Error('delivery never ends')
      this.work('answered')
      while (this.#answers.length > 0) this.#deliver(this.#answers, 0)
      while (this.#echoes.length > 0) this.#deliver(this.#echoes, 0)
    }
  }
}

const isSame = (one: Key, other: Key) =>
  one.replyId === other.replyId && one.part === other.part && one.attempt === other.attempt
const nameOf = ({ replyId, part, attempt }: Key) => `${replyId}/${part}/${attempt}`

const which = fc.nat({ max: 9 })
const fates = fc.constantFrom<Fate>(
  'answered',
  'answered',
  'refused',
  'refused, yet delivered',
  'throttled',
  'throttled, yet delivered',
  'lost',
  'never arrived',
  'crashed',
  'crashed before',
)
const plain = (...does: Extract<Step, { which: number }>['do'][]) => fc.record({ do: fc.constantFrom(...does), which })
const desk = fc.oneof(
  { arbitrary: fc.record({ do: fc.constant('work'), fate: fates } as const), weight: 6 },
  {
    arbitrary: fc.record({
      do: fc.constant('reply'),
      words: fc.constantFrom('a', 'b'),
      parts: fc.integer({ min: 1, max: 2 }),
    } as const),
    weight: 2,
  },
  { arbitrary: plain('answer', 'echo'), weight: 4 },
  {
    arbitrary: fc.record({
      do: fc.constant('lose'),
      words: fc.constantFrom('a', 'a', 'b'),
      fate: fc.constantFrom<Fate>('lost', 'never arrived', 'crashed', 'crashed before'),
    } as const),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      do: fc.constant('lose'),
      words: fc.constantFrom('a', 'a', 'b'),
      fate: fc.constantFrom<Fate>('lost', 'never arrived', 'crashed', 'crashed before'),
    } as const),
    weight: 2,
  },
  plain('write', 'resend', 'give up'),
)
const desksAndOthers = fc.oneof({ arbitrary: desk, weight: 8 }, plain('outside', 'block', 'unblock', 'withdraw'))

const play = (steps: readonly Step[]): World => {
  const world = new World()
  world.apply(talk.receive())
  for (const step of steps) world.step(step)
  world.settle()
  return world
}

/** Which attempts count as sent at the end, each with its message. */
const sentAttempts = (events: readonly ConversationEvent[]): Map<string, string> => {
  const sent = new Map<string, string>()
  for (const event of events) {
    if (event.type === 'ReplyPartSent') sent.set(nameOf(event.data), event.data.messageId)
    if (event.type === 'ReplyUnconfirmed' || event.type === 'ReplyAttemptSuperseded') sent.delete(nameOf(event.data))
  }
  return sent
}

describe('whatever happens to calls, answers, echoes and processes', () => {
  it('nothing is sent again by itself unless nothing was delivered for certain', () => {
    holds(
      fc.property(fc.array(desksAndOthers, { maxLength: 60 }), (steps) => {
        const { events, delivered, accepted } = play(steps)
        tells(events.some(({ type }) => type === 'ReplyAttempted'))
        const doubtful = new Map<string, boolean>()
        for (const event of events) {
          if (event.type === 'ReplyAttempted') {
            const part = `${event.data.replyId}/${event.data.part}`
            expect(doubtful.get(part), `${part} was repeated`).not.toBe(true)
            doubtful.set(part, true)
          }
          if (event.type === 'ReplyAttemptFailed' || event.type === 'ReplyRejected') {
            if (event.type === 'ReplyAttemptFailed' || event.data.attempt !== undefined) {
              doubtful.set(`${event.data.replyId}/${event.data.part}`, false)
            }
          }
          if (event.type === 'ReplyRequeued' && event.data.mayArriveTwice) {
            expect(accepted).toContain(event.data.replyId)
            for (const part of doubtful.keys()) if (part.startsWith(`${event.data.replyId}/`)) doubtful.set(part, false)
          }
        }
        // Of what Meta denied and delivered all the same nobody could know.
        const parts = delivered.filter(({ denied }) => !denied).map(({ replyId, part }) => `${replyId}/${part}`)
        for (const [index, part] of parts.entries()) {
          const isSecond = parts.indexOf(part) < index
          expect(isSecond && !accepted.has(part.split('/')[0] ?? ''), `${part} arrived twice`).toBe(false)
        }
      }),
      { floor: 0.4, numRuns: 2_000 },
    )
  })

  it('one call is in flight at a time', () => {
    holds(
      fc.property(fc.array(desksAndOthers, { maxLength: 60 }), (steps) => {
        const inFlight = new Set<string>()
        for (const event of play(steps).events) {
          switch (event.type) {
            case 'ReplyAttempted':
              expect(inFlight.size).toBe(0)
              inFlight.add(nameOf(event.data))
              break
            case 'ReplyPartSent':
              if (event.data.settledBy === 'text') tells(true)
              if (event.data.settledBy === 'text') expect(inFlight.size).toBe(0)
              inFlight.delete(nameOf(event.data))
              break
            case 'ReplyAttemptFailed':
            case 'ReplyOutcomeUnknown':
            case 'ReplyAttemptSuperseded':
              inFlight.delete(nameOf(event.data))
              break
            case 'ReplyRejected':
              inFlight.delete(nameOf({ ...event.data, attempt: event.data.attempt ?? 0 }))
              break
            default:
          }
        }
      }),
      { floor: 0.05 },
    )
  })

  it('no message is the message of two attempts', () => {
    holds(
      fc.property(fc.array(desksAndOthers, { maxLength: 60 }), (steps) => {
        const messages = [...sentAttempts(play(steps).events).values()]
        tells(messages.length > 1)
        expect(new Set(messages).size).toBe(messages.length)
      }),
      { floor: 0.15, numRuns: 2_000 },
    )
  })

  it('once every echo has come, as many of each text are sent as arrived; only silence leaves unconfirmed', () => {
    holds(
      fc.property(fc.array(desk, { maxLength: 40 }), (steps) => {
        const { events, delivered, state } = play(steps)
        tells(delivered.length > 0)
        const digests = new Map(
          events.flatMap((event) =>
            event.type === 'ReplyAttempted' ? [[nameOf(event.data), event.data.textDigest ?? '']] : [],
          ),
        )
        const count = (list: readonly string[]) =>
          Object.fromEntries(
            [...new Set(list)].toSorted().map((each) => [each, list.filter((other) => other === each).length]),
          )
        const sent = [...sentAttempts(events).keys()].map((name) => digests.get(name) ?? '')
        expect(count(sent)).toEqual(count(delivered.map(({ digest }) => digest)))
        expect(state.status === 'started' && state.replies.waiting).toEqual([])
      }),
      { floor: 0.5, numRuns: 2_000 },
    )
  })
})
