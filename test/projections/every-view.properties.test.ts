import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../src/domain/conversation/index.ts'
import { EVENT_TYPES } from '../../src/domain/upcasting.ts'
import { inbox, outbox, projections, type Projection, transcript } from '../../src/projections/index.ts'
import { fold, kept, recorded } from './fold.ts'
import { histories, secret } from './histories.ts'
import { holds, tells } from '../holds.ts'

const views = projections as unknown as readonly Projection<never, unknown>[]

/** Where a word was found. */
const traces = (events: readonly ConversationEvent[], word: string): readonly string[] =>
  views.filter((view) => kept(view, fold(view, recorded(events))).includes(word)).map(({ name }) => name)

const isOpenAgain =
  (id: string) =>
  ({ type, data }: ConversationEvent): boolean =>
    (type === 'ReplyUnconfirmed' || type === 'ReplyRequeued') && id.includes(data.replyId.slice(-1))

/** Messages that were taken back and that the desk knows to have been sent: by whom it knows them. */
const takenBack = (events: readonly ConversationEvent[]): readonly string[] => {
  const known = new Set<string>()
  const unsent = new Set<string>()
  for (const { type, data } of events) {
    if (type === 'MessageReceived' || type === 'ReplyPartSent') known.add(data.messageId)
    // An echo of ours shares its text with the reply, which may still have to be sent again.
    if (type === 'MessageEchoed' && data.messageId.startsWith('e')) known.add(data.messageId)
    if (type === 'MessageUnsent') unsent.add(data.messageId)
  }
  // What arrived twice, or is open again, is still there with the same words.
  const twice = (id: string): boolean => known.has(`y${id}`) || events.some(isOpenAgain(id))
  return [...unsent].filter((id) => known.has(id) && !twice(id))
}

describe('the histories that views are tried with', () => {
  it('hold every kind of event, and parts of replies that were taken back before and after they were known', () => {
    const all = fc.sample(histories, { numRuns: 300, seed: 4 })
    const types = new Set(all.flatMap(({ events }) => events.map(({ type }) => type)))
    const shown = EVENT_TYPES.filter((type) => [inbox, transcript, outbox].some((view) => view.types.includes(type)))
    expect([...types].toSorted()).toEqual(shown.toSorted())
    const orders = all.flatMap(({ events }) =>
      takenBack(events).map((id) => {
        const at = (type: ConversationEvent['type']): number =>
          events.findIndex((event) => event.type === type && 'messageId' in event.data && event.data.messageId === id)
        return at('ReplyPartSent') < 0 ? 'none' : at('MessageUnsent') < at('ReplyPartSent') ? 'before' : 'after'
      }),
    )
    for (const order of ['none', 'before', 'after']) {
      expect(orders.filter((one) => one === order).length, order).toBeGreaterThan(20)
    }
  })
})

describe('every view', () => {
  it('comes out the same in whatever batches it is built, and is plain JSON', () => {
    holds(
      fc.property(histories, fc.array(fc.integer({ min: 1, max: 9 })), ({ events }, batches) => {
        const stream = recorded(events)
        tells(events.length > 1)
        for (const view of views) {
          expect(kept(view, fold(view, stream, batches)), view.name).toBe(kept(view, fold(view, stream)))
        }
      }),
      { floor: 0.7, numRuns: 150 },
    )
  })

  it('keeps no trace of what was taken back, of either side, in whatever order it came', () => {
    holds(
      fc.property(histories, ({ events }) => {
        tells([...takenBack(events)].length > 0)
        for (const messageId of takenBack(events)) expect(traces(events, secret(messageId)), messageId).toEqual([])
      }),
      { floor: 0.15, numRuns: 400 },
    )
  })

  it('accepts that personal content is gone, of any event', () => {
    holds(
      fc.property(histories, fc.array(fc.boolean(), { minLength: 1 }), ({ events }, gone) => {
        const forgotten = events.map((event, at) => {
          const { type, data } = event
          return gone[at % gone.length] === true ? ({ type, data } as ConversationEvent) : event
        })
        tells(events.some(({ personal }) => personal !== undefined))
        for (const view of views) fold(view, recorded(forgotten))
        const nothing = events.map(({ type, data }) => ({ type, data }) as ConversationEvent)
        for (const view of views) expect(kept(view, fold(view, recorded(nothing)))).not.toContain('secret')
      }),
      { floor: 0.7, numRuns: 150 },
    )
  })

  it('never throws, in whatever order the events of a stream come', () => {
    holds(
      fc.property(
        histories.chain(({ events }) => fc.shuffledSubarray([...events])),
        (events) => {
          tells(events.length > 1)
          for (const view of views) kept(view, fold(view, recorded(events)))
        },
      ),
      { floor: 0.5, numRuns: 150 },
    )
  })

  it('has a name of its own, and entries of one shape in each index', () => {
    expect(new Set(views.map(({ name }) => name)).size).toBe(views.length)
    holds(
      fc.property(histories, ({ events }) => {
        tells(events.length > 1)
        for (const view of views) {
          for (const [index, entriesOf] of Object.entries(view.indexes)) {
            const shapes = [...fold(view, recorded(events))].flatMap(([key, document]) =>
              entriesOf(document as never, key).map((entry) => entry.map((part) => typeof part).join()),
            )
            expect(new Set(shapes).size, `${view.name}.${index}`).toBeLessThanOrEqual(1)
          }
        }
      }),
      { floor: 0.7, numRuns: 50 },
    )
  })
})
