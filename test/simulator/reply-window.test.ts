import { describe, expect, it } from 'vitest'
import { replyWindowAt } from '../../src/simulator/index.ts'
import { DAY, HOUR, NOON, send, stage, type Stage } from './harness.ts'

const human = { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' }
const closed = { status: 403, body: { error: { code: 10, error_subcode: 2534022 } } }

const open = (set: Stage, humanAgent = true) => {
  const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme.store', humanAgent })
  const maria = account.customer({ name: 'Maria' })
  const reply = (extra = {}) => send(set, account.token, maria.customerId, 'hello', extra)
  return { account, maria, reply }
}

describe('the window by its own rule', () => {
  it.each([
    [0, 'standard'],
    [24 * HOUR - 1, 'standard'],
    [24 * HOUR, 'human-agent'],
    [7 * DAY - 1, 'human-agent'],
    [7 * DAY, 'expired'],
  ] as const)('is, %i ms after the opener, %s', (age, window) => {
    expect(replyWindowAt(NOON, NOON + age)).toBe(window)
  })

  it('is never-opened before the customer wrote', () => {
    expect(replyWindowAt(undefined, NOON)).toBe('never-opened')
  })
})

describe('the Send API holds to the window', () => {
  it('accepts one millisecond before 24 hours and refuses at 24 hours', async () => {
    await using set = await stage()
    const { maria, reply } = open(set)
    maria.says('hi')
    set.clock.advance(24 * HOUR - 1)
    expect(await reply()).toMatchObject({ status: 200 })
    set.clock.advance(1)
    expect(await reply()).toMatchObject(closed)
  })

  it('accepts a human agent from 24 hours until one millisecond before 7 days', async () => {
    await using set = await stage()
    const { maria, reply } = open(set)
    maria.says('hi')
    set.clock.advance(24 * HOUR)
    expect(await reply(human)).toMatchObject({ status: 200 })
    set.clock.advance(6 * DAY - 1)
    expect(await reply(human)).toMatchObject({ status: 200 })
    set.clock.advance(1)
    expect(await reply(human)).toMatchObject(closed)
  })

  it('opens at once when the customer writes again', async () => {
    await using set = await stage()
    const { maria, reply } = open(set)
    maria.says('hi')
    set.clock.advance(30 * DAY)
    expect(await reply()).toMatchObject(closed)
    maria.says('me again')
    expect(await reply()).toMatchObject({ status: 200 })
  })

  it('refuses somebody who never wrote', async () => {
    await using set = await stage()
    const { reply } = open(set)
    expect(await reply()).toMatchObject(closed)
  })

  it('refuses the tag without the feature, also inside 24 hours, as 10 or as 200', async () => {
    for (const [humanAgentRefusal, code] of [
      [10, 10],
      [200, 200],
    ] as const) {
      await using set = await stage({ humanAgentRefusal })
      const { account, maria, reply } = open(set, false)
      maria.says('hi')
      const refused = await reply(human)
      expect(refused).toMatchObject({ status: 403, body: { error: { code } } })
      expect(refused.body.error).not.toHaveProperty('error_subcode')
      account.setHumanAgent(true)
      expect(await reply(human)).toMatchObject({ status: 200 })
    }
  })

  it('refuses a tag without its type, a type without its tag, and every other tag', async () => {
    await using set = await stage()
    const { maria, reply } = open(set)
    maria.says('hi')
    for (const extra of [
      { tag: 'HUMAN_AGENT' },
      { messaging_type: 'MESSAGE_TAG' },
      { messaging_type: 'MESSAGE_TAG', tag: 'ACCOUNT_UPDATE' },
    ]) {
      expect(await reply(extra)).toMatchObject({ status: 400, body: { error: { code: 100 } } })
    }
  })

  it.each([
    ['a message', (set: ReturnType<typeof open>) => set.maria.says('x'), 'standard'],
    ['an unsupported message', (set: ReturnType<typeof open>) => set.maria.sends({ unsupported: true }), 'standard'],
    ['a story reply', (set: ReturnType<typeof open>) => set.maria.sends({ text: 'x', story: { id: '1' } }), 'standard'],
    ['a story mention', (set: ReturnType<typeof open>) => set.maria.mentions(), 'standard'],
    ['a tap', (set: ReturnType<typeof open>) => set.maria.postback({ title: 'x', payload: 'X' }), 'standard'],
    ['an ig.me link', (set: ReturnType<typeof open>) => set.maria.refers('ref'), 'standard'],
    ['a reaction', (set: ReturnType<typeof open>) => set.maria.reacts(first(set)), 'human-agent'],
    ['an edit', (set: ReturnType<typeof open>) => set.maria.edits(first(set), 'y'), 'human-agent'],
    ['an unsend', (set: ReturnType<typeof open>) => set.maria.unsends(first(set)), 'human-agent'],
    ['a comment', (set: ReturnType<typeof open>) => set.maria.comments('x'), 'human-agent'],
    ['an echo', (set: ReturnType<typeof open>) => set.account.sendsFromApp(set.maria.customerId, 'x'), 'human-agent'],
  ] as const)('after 25 hours and %s', async (_name, act, window) => {
    await using set = await stage()
    const opened = open(set)
    opened.maria.says('first')
    set.clock.advance(25 * HOUR)
    act(opened)
    expect(opened.maria.window()).toBe(window)
  })

  it('opens by a reaction and not by a story mention where it is told so', async () => {
    await using set = await stage({ opening: { storyMention: false, reaction: true } })
    const { maria } = open(set)
    const { mid } = maria.says('first')
    set.clock.advance(25 * HOUR)
    maria.mentions()
    expect(maria.window()).toBe('human-agent')
    maria.reacts(mid)
    expect(maria.window()).toBe('standard')
  })

  it('never moves back for a message that is older than the newest', async () => {
    await using set = await stage()
    const { maria } = open(set)
    maria.says('new')
    maria.says('old', { at: NOON - 3 * DAY })
    expect(maria.openedAt()).toBe(NOON)
  })
})

const first = ({ maria }: ReturnType<typeof open>): string => maria.phone().messages[0]?.mid ?? ''
