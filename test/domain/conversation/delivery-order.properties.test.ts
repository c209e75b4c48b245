import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ConversationCommand,
  conversationDecider,
  type ConversationEvent,
  type ConversationState,
} from '../../../src/domain/conversation/index.ts'
import { MINUTE, SECOND } from '../../../src/domain/instant.ts'
import { NOON } from '../people.ts'
import * as talk from './talk.ts'
import { holds, tells } from '../../holds.ts'

type Delivery = (at: number, channel: typeof talk.channel) => ConversationCommand
/** A delivery with what makes it the same one when it comes again. */
interface Delivered {
  readonly what: 'message' | 'echo' | 'edit' | 'unsend' | 'reaction' | 'seen'
  readonly key: string
  readonly command: Delivery
}

const offset = fc.integer({ min: 0, max: 4 }).map((minutes) => NOON + minutes * MINUTE)
const number = fc.integer({ min: 0, max: 4 })
const messages = fc.tuple(offset, offset, offset, offset, offset).chain((sentAt) => {
  const message = number.map((id): Delivered => ({
    what: 'message',
    key: `message ${id}`,
    command: (at, channel) =>
      talk.receive({ messageId: `m${id}`, metaAt: sentAt[id] ?? NOON, at, channel, content: talk.text(`text ${id}`) }),
  }))
  const echo = fc.integer({ min: 0, max: 1 }).map((id): Delivered => ({
    what: 'echo',
    key: `echo ${id}`,
    command: (at, channel) => talk.echo({ messageId: `e${id}`, metaAt: NOON + MINUTE, at, channel }),
  }))
  const edit = fc.tuple(number, fc.integer({ min: 0, max: 3 })).map(([id, numEdit]): Delivered => ({
    what: 'edit',
    key: `edit ${id} ${numEdit}`,
    command: (at, channel) =>
      talk.edit({ messageId: `m${id}`, numEdit, text: `edit ${numEdit} of ${id}`, metaAt: NOON, at, channel }),
  }))
  const unsend = number.map((id): Delivered => ({
    what: 'unsend',
    key: `unsend ${id}`,
    command: (at, channel) => talk.unsend({ messageId: `m${id}`, metaAt: NOON, at, channel }),
  }))
  const reaction = fc
    .tuple(
      fc.nat({ max: 1 }),
      fc.constantFrom('customer', 'customer', 'business'),
      fc.constantFrom(NOON, NOON, NOON + 3 * MINUTE),
      fc.constantFrom('react', 'unreact'),
      fc.constantFrom('love', 'wow'),
    )
    .map(([id, by, metaAt, action, felt]): Delivered => ({
      what: 'reaction',
      key: `reaction ${id} ${by} ${metaAt} ${action} ${felt}`,
      command: (at, channel) =>
        talk.react({
          messageId: `m${id}`,
          by,
          metaAt,
          action,
          at,
          channel,
          digest: felt,
          ...(action === 'react' ? { reaction: felt } : {}),
        }),
    }))
  const seen = fc.tuple(offset, number).map(([metaAt, id]): Delivered => ({
    what: 'seen',
    key: `seen ${metaAt} ${id}`,
    command: (at, channel) => talk.seen({ messageId: `e${id}`, metaAt, at, channel }),
  }))
  return fc.uniqueArray(
    fc.oneof({ arbitrary: message, weight: 3 }, echo, edit, unsend, { arbitrary: reaction, weight: 2 }, seen),
    {
      selector: ({ key }) => key,
      minLength: 1,
      maxLength: 20,
    },
  )
})
/** The same deliveries in another order. */
const twoOrders = messages.chain((list) =>
  fc.tuple(fc.constant(list), fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length })),
)
const channels = fc.boolean().map((opens) => talk.having({ reactionOpensWindow: opens }))

/** All of it was sent within 5 minutes and arrives within a minute, 20 minutes later: long before anything is due. */
const deliver = (list: readonly Delivered[], channel: typeof talk.channel) => {
  let state: ConversationState = conversationDecider.initialState()
  const events: ConversationEvent[] = []
  for (const [index, { command }] of list.entries()) {
    const decided = conversationDecider.decide(command(NOON + 20 * MINUTE + index * SECOND, channel), state)
    state = decided.reduce(conversationDecider.evolve, state)
    events.push(...decided)
  }
  return { state, events }
}

/** What a reader of the log sees: which messages there are, their newest text, their reactions, what was seen. */
const shown = (events: readonly ConversationEvent[]) => {
  const texts: Record<string, string | undefined> = {}
  const edits: Record<string, { readonly numEdit: number; readonly text: string | undefined }> = {}
  const reactions: Record<string, string | undefined> = {}
  const gone = new Set<string>()
  let seen = ''
  for (const event of events) {
    switch (event.type) {
      case 'MessageReceived':
      case 'MessageEchoed':
        texts[event.data.messageId] = event.personal?.text
        break
      case 'MessageEdited':
        if (event.data.numEdit > (edits[event.data.messageId]?.numEdit ?? 0)) {
          edits[event.data.messageId] = { numEdit: event.data.numEdit, text: event.personal?.text }
        }
        break
      case 'MessageUnsent':
        gone.add(event.data.messageId)
        break
      case 'ReactionChanged':
        if (event.data.hidden === undefined) {
          reactions[`${event.data.messageId} ${event.data.by}`] = `${event.data.action} ${event.personal?.reaction}`
        }
        break
      case 'MessageSeen':
        seen = event.data.messageId
        break
      default:
    }
  }
  const messages = Object.keys(texts).toSorted()
  return {
    seen,
    messages: messages.map((id) => ({
      id,
      text: gone.has(id) ? 'gone' : (edits[id]?.text ?? texts[id]),
      reactions: gone.has(id) ? [] : ['customer', 'business'].map((side) => reactions[`${id} ${side}`]),
    })),
  }
}
const anchorOf = (state: ConversationState) => (state.status === 'started' ? state.window.anchor : null)

describe('deliveries', () => {
  it('change nothing when they are repeated, at once or later', () => {
    holds(
      fc.property(messages, channels, fc.infiniteStream(fc.boolean()), (list, channel, again) => {
        const once = deliver(list, channel)
        tells(once.events.length > 1)
        const repeated = list.flatMap((delivery) => (again.next().value === true ? [delivery, delivery] : [delivery]))
        const types = (events: readonly ConversationEvent[]) =>
          events.map(({ type, data }) => [type, 'messageId' in data && data.messageId])
        expect(types(deliver([...repeated, ...list], channel).events)).toEqual(types(once.events))
      }),
      { floor: 0.5 },
    )
  })
  it('in any order leave the same messages, newest texts, reactions and anchor', () => {
    holds(
      fc.property(twoOrders, channels, ([list, shuffled], channel) => {
        const [one, other] = [deliver(list, channel), deliver(shuffled, channel)]
        tells(one.events.length > 1 && list.some((each, at) => each !== shuffled[at]))
        expect(shown(other.events)).toEqual(shown(one.events))
        expect(anchorOf(other.state)).toBe(anchorOf(one.state))
      }),
      { floor: 0.5, numRuns: 1_000 },
    )
  })
  it('in any order before it is due leave a conversion due at the same time, of what was not taken back', () => {
    const pending = ({ state, events }: ReturnType<typeof deliver>) => {
      const latest = state.status === 'started' ? state.episodes.latest : null
      const running = latest?.cancelled === null ? latest : null
      const gone = new Set(events.flatMap(({ type, data }) => (type === 'MessageUnsent' ? [data.messageId] : [])))
      return {
        running: running && {
          dueAt: running.dueAt,
          firstAt: running.firstAt,
          newestAt: running.newestAt,
          present: running.present,
        },
        messages: events
          .flatMap(({ type, data }) =>
            type === 'MessageReceived' && !gone.has(data.messageId)
              ? [`${data.messageId} ${data.episode === running?.number}`]
              : [],
          )
          .toSorted(),
      }
    }
    holds(
      fc.property(twoOrders, channels, ([list, shuffled], channel) => {
        const expected = pending(deliver(list, channel))
        tells(Boolean(expected.running) && list.some((each, at) => each !== shuffled[at]))
        expect(pending(deliver(shuffled, channel))).toEqual(expected)
      }),
      { floor: 0.3, numRuns: 1_000 },
    )
  })
  it('in any order before it is due leave the same episode, due at the same time, of the same messages', () => {
    const episode = ({ state, events }: ReturnType<typeof deliver>) => ({
      latest: state.status === 'started' && {
        count: state.episodes.count,
        dueAt: state.episodes.latest?.dueAt,
        firstAt: state.episodes.latest?.firstAt,
        present: state.episodes.latest?.present,
      },
      messages: events
        .flatMap((event) => (event.type === 'MessageReceived' ? [`${event.data.messageId} ${event.data.episode}`] : []))
        .toSorted(),
    })
    holds(
      fc.property(twoOrders, channels, ([list, shuffled], channel) => {
        // What was taken back leaves no trace in an episode that it would have started, so the order of unsends is seen.
        const kept = (each: Delivered) => each.what !== 'unsend'
        const expected = episode(deliver(list.filter(kept), channel))
        tells(expected.messages.length > 1 && list.some((each, at) => each !== shuffled[at]))
        expect(episode(deliver(shuffled.filter(kept), channel))).toEqual(expected)
      }),
      { floor: 0.3, numRuns: 1_000 },
    )
  })
})
