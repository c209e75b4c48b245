import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ConversationCommand,
  conversationDecider,
  type ConversationEvent,
  indexNeeded,
} from '../../../src/domain/conversation/index.ts'
import { messageIndex, type MessageIndexDocument, unsentKey } from '../../../src/projections/index.ts'
import * as talk from './talk.ts'
import { holds, tells } from '../../holds.ts'

const { decide, evolve, initialState } = conversationDecider

/** Longer than everything that the state remembers of its kind. */
const LONG = { messages: 260, unsends: 30, edits: 30, reactions: 30 }

/** A log whose index has read all of it, and is asked exactly where the state says that it must be. */
class Log {
  state = initialState()
  readonly events: ConversationEvent[] = []
  readonly #index = new Map<string, MessageIndexDocument | undefined>()

  deliver(given: ConversationCommand): void {
    const command = this.#informed(given)
    for (const event of decide(command, this.state)) {
      this.state = evolve(this.state, event)
      this.events.push(event)
      this.#read(event)
    }
  }
  #informed(command: ConversationCommand): ConversationCommand {
    const { data } = command
    if (!('messageId' in data) || typeof data.messageId !== 'string') return command
    if (indexNeeded(this.state, data.messageId) === undefined) return command
    const found = this.#index.get(data.messageId)
    const { withheld, episode } = found ?? {}
    const elsewhere = {
      unsent: this.#index.has(unsentKey(data.messageId)),
      ...(withheld === undefined ? {} : { withheld }),
      ...(episode === undefined ? {} : { episode }),
    }
    return { ...command, data: { ...data, knownElsewhere: found !== undefined, elsewhere } } as ConversationCommand
  }
  #read(event: ConversationEvent): void {
    if (!messageIndex.types.includes(event.type)) return
    const recorded = {
      event,
      id: '',
      stream: '',
      revision: this.state.revision,
      position: '',
      recordedAt: 0,
      scope: { conversationId: talk.CONVERSATION },
    } as Parameters<typeof messageIndex.keys>[0]
    for (const key of messageIndex.keys(recorded)) {
      const document = messageIndex.evolve(this.#index.get(key), recorded, key, () => undefined)
      this.#index.set(key, document)
    }
  }
}

const id = fc.nat({ max: 5 }).map((number) => `m${number}`)
const of = (messageId: string) => ({ messageId, at: talk.after(1) })
const single: fc.Arbitrary<readonly ConversationCommand[]> = fc
  .tuple(id, fc.constantFrom('message', 'message', 'unsend', 'unsend', 'edit', 'reaction', 'withheld', 'fetched'))
  .map(([messageId, what]) => {
    switch (what) {
      case 'message':
        return [talk.receive({ ...of(messageId), content: talk.text(`text of ${messageId}.`) })]
      case 'unsend':
        return [talk.unsend(of(messageId))]
      case 'edit':
        return [1, 2].map((numEdit) => talk.edit({ ...of(messageId), numEdit, text: `text of ${messageId}.` }))
      case 'reaction':
        return [talk.react({ ...of(messageId), emoji: `text of ${messageId}.` })]
      case 'withheld':
        return [talk.receive({ ...of(messageId), channel: talk.disabled })]
      default:
        return [talk.receive({ ...of(messageId), fetched: true, content: talk.text(`text of ${messageId}.`) })]
    }
  })
const flood = fc.tuple(fc.constantFrom('messages', 'unsends', 'edits', 'reactions'), fc.nat()).map(([what, seed]) =>
  Array.from({ length: LONG[what] }, (_, index): ConversationCommand => {
    const other = of(`${what}-${seed}-${index}`)
    if (what === 'messages') return talk.receive(other)
    if (what === 'unsends') return talk.unsend(other)
    return what === 'edits' ? talk.edit(other) : talk.react(other)
  }),
)
const deliveries = fc
  .array(fc.oneof({ arbitrary: single, weight: 4 }, { arbitrary: flood, weight: 1 }), { minLength: 2, maxLength: 16 })
  .map((list) => list.flat())

const delivered = (commands: readonly ConversationCommand[]): Log => {
  const log = new Log()
  for (const command of commands) log.deliver(command)
  return log
}

describe('beyond what the state remembers', () => {
  it('nothing of a message is kept from its unsend on, nor of one that was withheld, and each is recorded once', () => {
    holds(
      fc.property(deliveries, (commands) => {
        const { events } = delivered(commands)
        const unsent = new Set<string>()
        const withheld = new Set<string>()
        const received = new Set<string>()
        for (const event of events) {
          if (!('messageId' in event.data)) continue
          const { messageId } = event.data
          if (messageId === null || messageId === undefined) continue
          if (event.type === 'MessageReceived') {
            expect(received).not.toContain(messageId)
            received.add(messageId)
            withheld.delete(messageId)
          }
          tells(unsent.has(messageId) || withheld.has(messageId))
          if (unsent.has(messageId) || withheld.has(messageId)) expect(JSON.stringify(event)).not.toContain('text of')
          if (event.type === 'MessageWithheld') withheld.add(messageId)
          if (event.type === 'MessageUnsent') {
            expect(unsent).not.toContain(messageId)
            unsent.add(messageId)
          }
        }
      }),
      { floor: 0.15, numRuns: 150 },
    )
  })
  it('an episode counts exactly what its customer has not taken back, and ends when that is nothing', () => {
    holds(
      fc.property(deliveries, fc.boolean(), (commands, all) => {
        const log = delivered(commands)
        const sent = log.events.flatMap((event) => (event.type === 'MessageReceived' ? [event.data.messageId] : []))
        if (all) for (const messageId of sent) log.deliver(talk.unsend(of(messageId)))
        const unsent = new Set(
          log.events.flatMap((event) => (event.type === 'MessageUnsent' ? [event.data.messageId] : [])),
        )
        const latest = log.state.status === 'started' ? log.state.episodes.latest : null
        const present = log.events.filter(
          ({ type, data }) =>
            type === 'MessageReceived' && data.episode === latest?.number && !unsent.has(data.messageId),
        )
        expect(latest?.present ?? 0).toBe(latest === null ? 0 : present.length)
        tells(present.length > 0 || unsent.size > 0)
        log.deliver(talk.settleDue(talk.after(120)))
        const tickets = log.events.filter(({ type }) => type === 'ConversationConverted')
        expect(tickets).toHaveLength(present.length > 0 ? 1 : 0)
      }),
      { floor: 0.7, numRuns: 150 },
    )
  })
})
