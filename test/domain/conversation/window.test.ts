import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { whyNotReply, replyWindow, replyWindowOf } from '../../../src/domain/conversation/index.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/domain/instant.ts'
import { administrator, agent, automation, NOON } from '../people.ts'
import * as talk from './talk.ts'
import { holds, tells } from '../../holds.ts'

const { channel, given } = talk
const code = (...[state, facts, actor, at]: Parameters<typeof whyNotReply>) =>
  whyNotReply(state, facts, actor, at)?.code

describe('the reply window', () => {
  it.each([
    [0, 'standard'],
    [DAY - 1, 'standard'],
    [DAY, 'human-agent'],
    [7 * DAY - 1, 'human-agent'],
    [7 * DAY, 'expired'],
  ])('%i ms after the customer wrote is %s', (passed, state) => {
    expect(replyWindow(NOON, NOON + passed)).toEqual({
      state,
      anchor: NOON,
      standardUntil: NOON + DAY,
      humanAgentUntil: NOON + 7 * DAY,
    })
  })
  it('was never opened by a customer who never wrote', () => {
    expect(replyWindow(undefined, NOON)).toEqual({ state: 'never-opened' })
    expect(replyWindowOf(given(talk.echo()).state(), NOON)).toEqual({ state: 'never-opened' })
  })
  it('counts from the smaller of the two times of a message', () => {
    expect(replyWindowOf(given(talk.receive({ metaAt: NOON - MINUTE })).state(), NOON).anchor).toBe(NOON - MINUTE)
    expect(replyWindowOf(given(talk.receive({ metaAt: NOON + HOUR })).state(), NOON).anchor).toBe(NOON)
  })
  it('is opened at once by a new message after it expired', () => {
    const late = NOON + 8 * DAY
    const state = given(talk.receive(), talk.receive({ messageId: 'm2', at: late })).state()
    expect(replyWindowOf(state, late).state).toBe('standard')
  })
  it('never moves back', () => {
    const state = given(talk.receive(), talk.receive({ messageId: 'm2', metaAt: NOON - MINUTE })).state()
    expect(replyWindowOf(state, NOON).anchor).toBe(NOON)
  })
  it.each([
    ['an edit', talk.edit({ at: NOON + HOUR })],
    ['an unsend', talk.unsend({ at: NOON + HOUR })],
    ['a reaction', talk.react({ at: NOON + HOUR })],
    ['seeing', talk.seen({ at: NOON + HOUR })],
    ['an echo', talk.echo({ at: NOON + HOUR })],
    ['a thread control', talk.threadControl({ at: NOON + HOUR })],
  ])('is not moved by %s', (_what, command) => {
    expect(replyWindowOf(given(talk.receive(), command).state(), NOON).anchor).toBe(NOON)
  })
  it.each([
    ['a referral', talk.referral({ at: NOON + MINUTE })],
    ['what is withheld', talk.receive({ messageId: 'm2', at: NOON + MINUTE, channel: talk.disabled })],
    ['a standby message', talk.receive({ messageId: 'm2', at: NOON + MINUTE, standby: true })],
    [
      'a reaction, where the policy says so',
      talk.react({ at: NOON + MINUTE, channel: talk.having({ reactionOpensWindow: true }) }),
    ],
    [
      'a story mention',
      talk.receive({ messageId: 'm2', at: NOON + MINUTE, content: { kind: 'story-mention', attachments: [] } }),
    ],
  ])('is moved by %s', (_what, command) => {
    expect(replyWindowOf(given(talk.receive(), command).state(), NOON).anchor).toBe(NOON + MINUTE)
  })
  it('is not moved by a story mention where the policy says so', () => {
    const facts = talk.having({ storyMentionOpensWindow: false })
    const mention = talk.receive({
      messageId: 'm2',
      at: NOON + 1,
      channel: facts,
      content: { kind: 'story-mention', attachments: [] },
    })
    expect(replyWindowOf(given(talk.receive(), mention).state(), NOON).anchor).toBe(NOON)
  })
  it('at every instant agrees with counting the hours since every message', () => {
    const naive = (messages: readonly number[], at: number): string => {
      if (messages.length === 0) return 'never-opened'
      const hours = messages.map((message) => (at - message) / HOUR)
      if (hours.some((passed) => passed < 24)) return 'standard'
      return hours.some((passed) => passed < 168) ? 'human-agent' : 'expired'
    }
    const instants = fc
      .integer({ min: 0, max: 10 * 24 })
      .chain((hour) => fc.integer({ min: -1, max: 1 }).map((ms) => NOON + hour * HOUR + ms))
    holds(
      fc.property(
        fc.array(fc.record({ metaAt: instants, delay: fc.nat({ max: HOUR }), missed: fc.boolean() }), { maxLength: 6 }),
        fc.array(instants, { minLength: 1, maxLength: 20 }),
        (messages, questions) => {
          const state = given(
            ...messages.map(({ metaAt, delay, missed }, index) =>
              talk.receive({
                messageId: `m${index}`,
                metaAt,
                at: metaAt + delay,
                channel: missed ? talk.disabled : channel,
              }),
            ),
          ).state()
          const written = messages.map(({ metaAt }) => metaAt)
          for (const at of questions) {
            if (at < Math.max(...written)) continue
            tells(naive(written, at) !== 'never-opened')
            expect(replyWindowOf(state, at).state).toBe(naive(written, at))
          }
        },
      ),
      { floor: 0.2 },
    )
  })
})

describe('why not reply', () => {
  const state = given(talk.receive()).state()
  it('says nothing within 24 hours, also to an automation', () => {
    expect(code(state, channel, agent, NOON + DAY - 1)).toBeUndefined()
    expect(code(state, channel, automation, NOON + DAY - 1)).toBeUndefined()
  })
  it('lets only people answer from 24 hours on', () => {
    expect(code(state, channel, agent, NOON + DAY)).toBeUndefined()
    expect(whyNotReply(state, channel, automation, NOON + DAY)?.facts).toEqual({
      standardUntil: NOON + DAY,
      humanAgentUntil: NOON + 7 * DAY,
      attemptedAt: NOON + DAY,
    })
  })
  it('says that Meta refuses the human agent, where it did', () => {
    const facts = talk.having({ humanAgent: 'refused' })
    expect(code(state, facts, agent, NOON + DAY - 1)).toBeUndefined()
    expect(code(state, facts, agent, NOON + DAY)).toBe('human-agent-refused')
    expect(code(state, talk.having({ humanAgent: 'granted' }), agent, NOON + DAY)).toBeUndefined()
  })
  it('lets nobody answer from 7 days on', () => {
    expect(code(state, channel, agent, NOON + 7 * DAY - 1)).toBeUndefined()
    expect(whyNotReply(state, channel, agent, NOON + 7 * DAY)?.facts).toEqual({
      anchor: NOON,
      expiredAt: NOON + 7 * DAY,
      attemptedAt: NOON + 7 * DAY,
    })
  })
  it('tells nothing but that they are not associated to whoever is not', () => {
    const late = NOON + 8 * DAY
    for (const facts of [channel, talk.disabled, talk.deleted]) {
      expect(code(state, facts, talk.mallory, late)).toBe('not-associated')
      expect(code({ ...state, status: 'none' } as never, facts, talk.mallory, late)).toBe('not-associated')
    }
    expect(code(state, channel, { ...talk.bob, organizationId: 'other' }, NOON)).toBe('not-associated')
    expect(code(state, channel, { kind: 'automation', id: 'bot', organizationId: 'other' }, NOON)).toBe(
      'not-associated',
    )
    expect(code(state, channel, { kind: 'system' }, NOON)).toBe('not-associated')
    expect(code(state, channel, { ...talk.bob, id: 'constructor' }, NOON)).toBe('not-associated')
  })
  it('lets an administrator answer only where associated', () => {
    expect(code(state, channel, administrator, NOON)).toBe('not-associated')
    expect(code(state, talk.having({ agents: { ada: 3 } }), administrator, NOON)).toBeUndefined()
  })
  it('names the state of the channel, the customer and the conversation', () => {
    expect(code(state, talk.disabled, agent, NOON)).toBe('channel-disabled')
    expect(code(state, talk.deleted, agent, NOON)).toBe('channel-deleted')
    expect(code(state, talk.having({ authorization: 'restricted' }), agent, NOON)).toBe('authorization-restricted')
    expect(code(state, talk.having({ authorization: 'lost' }), agent, NOON)).toBeUndefined()
    expect(code(given(talk.receive(), talk.block()).state(), channel, agent, NOON)).toBe('blocked')
    expect(code(given(talk.receive(), talk.end()).state(), channel, agent, NOON)).toBe('conversation-ended')
    expect(code(given(talk.echo()).state(), channel, agent, NOON)).toBe('window-never-opened')
    expect(code(given().state(), channel, agent, NOON)).toBe('conversation-not-found')
  })
  it('keeps automations silent while another app holds the thread', () => {
    const taken = given(talk.receive(), talk.threadControl({ at: NOON + SECOND })).state()
    expect(code(taken, channel, automation, NOON + MINUTE)).toBe('other-app-in-control')
    expect(code(taken, channel, agent, NOON + MINUTE)).toBeUndefined()
    const standby = given(talk.receive({ standby: true })).state()
    expect(code(standby, channel, automation, NOON)).toBe('other-app-in-control')
    const back = given(talk.receive({ standby: true }), talk.receive({ messageId: 'm2', at: NOON + 1 })).state()
    expect(code(back, channel, automation, NOON + 1)).toBeUndefined()
    const passed = given(
      talk.receive({ standby: true }),
      talk.threadControl({ change: 'passed', at: NOON + 1 }),
    ).state()
    expect(code(passed, channel, automation, NOON + 1)).toBeUndefined()
    const elsewhere = given(talk.receive(), talk.threadControl({ change: 'passed', ours: false, at: NOON + 1 })).state()
    expect(code(elsewhere, channel, automation, NOON + 1)).toBe('other-app-in-control')
  })
  it('lets only the assignee answer where the channel says so', () => {
    const held = given(talk.receive(), talk.pickUp()).state()
    const facts = talk.having({ assigneeOnly: true })
    expect(code(held, facts, agent, NOON)).toBeUndefined()
    expect(whyNotReply(held, facts, talk.eve, NOON)?.facts).toEqual({ assignee: 'bob' })
    expect(code(held, channel, talk.eve, NOON)).toBeUndefined()
    expect(code(state, facts, talk.eve, NOON)).toBeUndefined()
    const removed = talk.having({ assigneeOnly: true, agents: { eve: 2 } })
    expect(code(held, removed, talk.eve, NOON)).toBeUndefined()
  })
})
