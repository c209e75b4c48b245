import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  conversationDecider,
  type ConversationEvent,
  replyWindowOf,
  whyNotReply,
} from '../../../src/domain/conversation/index.ts'
import { DAY, HOUR } from '../../../src/domain/instant.ts'
import { agent, automation, NOON } from '../people.ts'
import * as talk from './talk.ts'
import { holds, tells } from '../../holds.ts'

const { evolve, initialState } = conversationDecider
const fold = (events: readonly ConversationEvent[]) => events.reduce(evolve, initialState())
const ends = ({ type }: ConversationEvent): boolean => type === 'ReplyWindowExpired'
const expired = (kind: 'standard' | 'human-agent', anchor: number, at: number): ConversationEvent => ({
  type: 'ReplyWindowExpired',
  data: { kind, anchor, at },
})

const hours = fc.integer({ min: 0, max: 20 * 24 })

describe('that the window ended', () => {
  it('is information and no input: whoever may answer at an instant may do so with or without it in the history', () => {
    holds(
      fc.property(fc.array(hours, { minLength: 1, maxLength: 5 }), hours, hours, (written, settled, asked) => {
        const times = written.toSorted((one, other) => one - other).map((hour) => NOON + hour * HOUR)
        const last = times.at(-1) ?? NOON
        tells(asked > settled)
        const events = talk.history(
          ...times.map((at, index) => talk.receive({ at, metaAt: at, messageId: `m${index}` })),
          talk.settleDue(last + settled * HOUR),
        )
        const at = last + asked * HOUR
        for (const actor of [agent, automation]) {
          const [told, untold] = [fold(events), fold(events.filter((event) => !ends(event)))]
          expect(whyNotReply(told, talk.channel, actor, at)).toEqual(whyNotReply(untold, talk.channel, actor, at))
          expect(replyWindowOf(told, at)).toEqual(replyWindowOf(untold, at))
        }
      }),
      { floor: 0.2 },
    )
  })

  it('closes the window for everybody also when no scheduler ever wrote it', () => {
    const state = fold(talk.history(talk.receive()))
    expect(replyWindowOf(state, NOON + 7 * DAY).state).toBe('expired')
    expect(whyNotReply(state, talk.channel, agent, NOON + 7 * DAY)?.code).toBe('window-expired')
  })

  it('says nothing any more of an anchor that has moved', () => {
    const events = talk.history(talk.receive(), talk.receive({ messageId: 'm2', at: NOON + HOUR, metaAt: NOON + HOUR }))
    const state = fold([...events, expired('standard', NOON, NOON + DAY), expired('human-agent', NOON, NOON + 7 * DAY)])
    expect(replyWindowOf(state, NOON + DAY).state).toBe('standard')
    expect(whyNotReply(state, talk.channel, automation, NOON + DAY)).toBeUndefined()
    // What is due for the anchor that counts is still written.
    const written = conversationDecider
      .decide(talk.settleDue(NOON + HOUR + DAY), state)
      .filter(ends)
      .map(({ data }) => data)
    expect(written).toEqual([{ kind: 'standard', anchor: NOON + HOUR, at: NOON + HOUR + DAY }])
  })
})
