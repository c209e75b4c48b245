import { describe, expect, it } from 'vitest'
import type { ConversationCommand } from '../../../src/domain/conversation/index.ts'
import { nextDue } from '../../../src/domain/conversation/index.ts'
import { DAY } from '../../../src/domain/instant.ts'
import * as talk from './talk.ts'

const { after, given } = talk
const at = after(120)
const never: readonly (readonly [string, ConversationCommand])[] = [
  ['a reaction', talk.react({ at })],
  ['a reaction that opens the window', talk.react({ at, channel: talk.having({ reactionOpensWindow: true }) })],
  ['having seen', talk.seen({ at })],
  ['an edit', talk.edit({ at })],
  ['an unsend', talk.unsend({ at })],
  ['a referral alone', talk.referral({ at })],
  ['thread control', talk.threadControl({ at })],
  ['an echo', talk.echo({ at })],
]

describe('no conversion is scheduled', () => {
  it.each(never)('by %s on first contact', (_what, command) => {
    const types = talk.types(given().when(command).events())
    expect(types).not.toContain('ConversionScheduled')
    expect(types).not.toContain('EpisodeStarted')
  })

  it.each(never)('by %s after the ticket of what came before', (_what, command) => {
    const before = [talk.receive(), talk.settleDue(after(60))]
    const types = talk.types(
      given(...before)
        .when(command)
        .events(),
    )
    expect(types.length).toBeGreaterThan(0)
    expect(types).not.toContain('ConversionScheduled')
    expect(types).not.toContain('EpisodeStarted')
    expect(talk.types(talk.history(...before, command, talk.settleDue(at + 9 * DAY)))).toHaveLength(
      talk.types(talk.history(...before, command)).length + 2,
    )
  })

  it('by what the business writes first, and the first message of the customer then schedules one', () => {
    expect(nextDue(given(talk.echo()).state())).toBeUndefined()
    expect(nextDue(given(talk.echo(), talk.receive({ at: after(1), metaAt: after(1) })).state())).toBe(after(61))
  })
})
