import { describe, expect, it } from 'vitest'
import { associationOf, type ChannelEvent, channelFacts, MAX_AGENTS } from '../../../src/domain/channel/index.ts'
import { MINUTE } from '../../../src/domain/instant.ts'
import { ACCOUNT, CHANNEL, NOON, ORGANIZATION } from '../people.ts'
import {
  abandoned,
  associate,
  associated,
  changed,
  created,
  deleted,
  disabled,
  enabled,
  given,
  remove,
  removed,
} from './history.ts'

describe('associating an agent', () => {
  it('numbers the associations of the channel', () => {
    given(created).when(associate('bob')).yields(associated('bob', 1))
    given(created, associated('bob', 1)).when(associate('eve')).yields(associated('eve', 2))
  })

  it('gives a new number to whoever comes back, so that what they held stays unassigned', () =>
    given(created, associated('bob', 1), removed('bob', 1)).when(associate('bob')).yields(associated('bob', 2)))

  it('goes on while the channel is disabled', () =>
    given(created, disabled).when(associate('bob')).yields(associated('bob', 1)))

  it('is nothing to do for an associated agent', () =>
    given(created, associated('bob', 1)).when(associate('bob')).yieldsNothing())

  it('is refused on a deleted channel and for an id that is none', () => {
    given(created, deleted).when(associate('bob')).refuses('channel-deleted')
    given(created).when(associate('')).refuses('empty', { field: 'agentId' })
    given(created)
      .when(associate('a'.repeat(256)))
      .refuses('too-long')
  })

  it('is bounded in number and in bytes', () => {
    const many = Array.from({ length: MAX_AGENTS }, (_, index) => associated(`agent-${index}`, index + 1))
    given(created, ...many)
      .when(associate('bob'))
      .refuses('too-long', {
        field: 'agents',
        limit: 500,
        actual: 501,
        unit: 'items',
      })
    const long = Array.from({ length: 160 }, (_, index) => associated(`${index}`.padStart(243, '-'), index + 1))
    const agents = Object.fromEntries(long.map(({ data }, index) => [(data as { agentId: string }).agentId, index + 1]))
    const bytes = (agentId: string) => JSON.stringify({ ...agents, [agentId]: 161 }).length
    const most = 'b'.repeat(40_000 - bytes(''))
    given(created, ...long)
      .when(associate(most))
      .yields(associated(most, 161))
    given(created, ...long)
      .when(associate(`${most}b`))
      .refuses('too-long', { field: 'agents', limit: 40_000, actual: 40_001, unit: 'bytes' })
    expect(
      given(created, ...many.slice(1))
        .when(associate('bob'))
        .events(),
    ).toHaveLength(1)
  })
})

describe('removing an agent', () => {
  it('ends the present association', () =>
    given(created, associated('bob', 1), removed('bob', 1), associated('bob', 2))
      .when(remove('bob'))
      .yields(removed('bob', 2)))

  it('is nothing to do for an agent who is not associated', () => {
    given(created).when(remove('bob')).yieldsNothing()
    given(created, associated('bob', 1), removed('bob', 1)).when(remove('bob')).yieldsNothing()
    given(created).when(remove('constructor')).yieldsNothing()
  })

  it('works on a deleted channel too: whoever leaves must not read on', () =>
    given(created, associated('bob', 1), deleted).when(remove('bob')).yields(removed('bob', 1)))
})

describe('what conversations are told of their channel', () => {
  it('is its state, its agents and the settings that decide', () =>
    expect(channelFacts(given(created, associated('bob', 1), changed({ assigneeOnly: true })).state())).toEqual({
      organizationId: ORGANIZATION,
      channelId: CHANNEL,
      accountId: ACCOUNT,
      departmentId: 'sales',
      connectedAt: NOON,
      staffedSince: NOON,
      status: 'enabled',
      stops: 0,
      stoppedAt: null,
      enabledSince: NOON,
      deletion: null,
      authorization: 'connected',
      humanAgent: 'unknown',
      agents: { bob: 1 },
      conversion: { delay: 60, afterTicket: 'new-ticket', reopenWithin: 'delay', cancelOnAnswer: false },
      assigneeOnly: true,
      receiveAudioVideo: false,
      storyMentionOpensWindow: true,
      reactionOpensWindow: false,
    }))

  it('says how often it was disabled or deleted, when last, and since when it has been enabled without a break', () => {
    const later = (event: ChannelEvent, minutes: number) =>
      ({ ...event, data: { ...event.data, at: NOON + minutes * MINUTE } }) as ChannelEvent
    const told = (...events: readonly ChannelEvent[]) => {
      const { stops, stoppedAt, enabledSince } = channelFacts(given(created, ...events).state()) ?? {}
      return [stops, stoppedAt, enabledSince]
    }
    const at = (minutes: number) => NOON + minutes * MINUTE
    expect(told(later(disabled, 1))).toEqual([1, at(1), null])
    expect(told(later(disabled, 1), later(enabled, 2))).toEqual([1, at(1), at(2)])
    expect(told(later(disabled, 1), later(enabled, 2), later(disabled, 3))).toEqual([2, at(3), null])
    expect(told(later(deleted, 4))).toEqual([1, at(4), null])
    // Whosever clock runs ahead: what came later was no earlier.
    expect(told(later(disabled, 5), later(enabled, 3))).toEqual([1, at(5), at(5)])
  })
  it('says when last the department changed or an agent left, whosever clock ran ahead', () => {
    const later = (event: ChannelEvent, minutes: number) =>
      ({ ...event, data: { ...event.data, at: NOON + minutes * MINUTE } }) as ChannelEvent
    const since = (...events: readonly ChannelEvent[]) => channelFacts(given(created, ...events).state())?.staffedSince
    expect(since(later(associated('bob', 1), 1), later(changed({ name: 'Store' }), 2), later(disabled, 3))).toBe(NOON)
    expect(since(later(changed({ departmentId: 'care' }), 4))).toBe(NOON + 4 * MINUTE)
    const left = later(removed('bob', 1), 6)
    expect(since(associated('bob', 1), left)).toBe(NOON + 6 * MINUTE)
    expect(since(associated('bob', 1), left, later(changed({ departmentId: 'care' }), 5))).toBe(NOON + 6 * MINUTE)
  })

  it('is nothing while there is no channel', () => {
    expect(channelFacts(given().state())).toBeUndefined()
    expect(channelFacts(given(abandoned).state())).toBeUndefined()
  })

  it('still names the agents of a deleted channel, and says what its deletion said', () =>
    expect(channelFacts(given(created, associated('bob', 1), deleted).state())).toMatchObject({
      status: 'deleted',
      deletion: { at: NOON, pendingConversions: 'convert' },
      agents: { bob: 1 },
    }))

  it('takes nobody for an agent because every object has such a member', () => {
    const state = given(created, associated('__proto__', 1)).state()
    const agents = channelFacts(state)?.agents ?? {}
    expect(agents['constructor']).toBeUndefined()
    expect(agents['__proto__']).toBe(1)
    expect(associationOf(agents, '__proto__')).toBe(1)
    expect(associationOf(agents, 'toString')).toBeUndefined()
  })
})
