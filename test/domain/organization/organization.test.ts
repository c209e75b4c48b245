import { describe, expect, it } from 'vitest'
import type { Actor } from '../../../src/domain/actor.ts'
import {
  liveSlots,
  MAX_DEPARTMENTS,
  organizationDecider,
  requireDepartment,
  type ConfirmChannelSlot,
  type OrganizationEvent,
  type ReleaseChannelSlot,
  type SetDepartments,
  type TakeChannelSlot,
} from '../../../src/domain/organization/index.ts'
import { given as givenDecider } from '../given.ts'
import {
  ACCOUNT,
  administrator,
  agent,
  automation,
  byAda,
  bySystem,
  NOON,
  ORGANIZATION,
  stranger,
  system,
} from '../people.ts'

const given = (...events: readonly OrganizationEvent[]) => givenDecider(organizationDecider, ...events)
const set = (...departments: readonly string[]): OrganizationEvent => ({
  type: 'DepartmentsSet',
  data: { organizationId: ORGANIZATION, departments, by: byAda, at: NOON },
})
const taken = (channelId: string): OrganizationEvent => ({
  type: 'ChannelSlotTaken',
  data: { organizationId: ORGANIZATION, channelId, accountId: ACCOUNT, completeBy: NOON + 60_000, at: NOON },
})
const confirmed = (channelId: string): OrganizationEvent => ({
  type: 'ChannelSlotConfirmed',
  data: { channelId, at: NOON },
})
const released = (channelId: string, reason: 'deleted' | 'abandoned' = 'abandoned'): OrganizationEvent => ({
  type: 'ChannelSlotReleased',
  data: { channelId, reason, at: NOON },
})

const setDepartments = (departments: readonly string[], actor: Actor = administrator): SetDepartments => ({
  type: 'SetDepartments',
  data: { actor, organizationId: ORGANIZATION, departments, at: NOON },
})
const take = (channelId: string, overrides: Partial<TakeChannelSlot['data']> = {}): TakeChannelSlot => ({
  type: 'TakeChannelSlot',
  data: {
    actor: administrator,
    organizationId: ORGANIZATION,
    channelId,
    accountId: ACCOUNT,
    departmentId: 'sales',
    completeBy: NOON + 60_000,
    at: NOON,
    ...overrides,
  },
})
const confirm = (channelId: string): ConfirmChannelSlot => ({
  type: 'ConfirmChannelSlot',
  data: { channelId, at: NOON },
})
const release = (channelId: string, reason: 'deleted' | 'abandoned'): ReleaseChannelSlot => ({
  type: 'ReleaseChannelSlot',
  data: { channelId, reason, at: NOON },
})

describe('setting departments', () => {
  it('replaces the former list', () => {
    given(set('sales'))
      .when(setDepartments(['sales', 'care']))
      .yields(set('sales', 'care'))
    given(set('sales')).when(setDepartments([])).yields(set())
  })

  it('counts a department once that the host names twice', () =>
    given()
      .when(setDepartments(['sales', 'care', 'sales']))
      .yields(set('sales', 'care')))

  it('is allowed to the host itself', () =>
    given()
      .when(setDepartments(['sales'], system))
      .yields({
        type: 'DepartmentsSet',
        data: { organizationId: ORGANIZATION, departments: ['sales'], by: bySystem, at: NOON },
      }))

  it('is nothing to do for the same departments in any order', () => {
    given(set('sales', 'care'))
      .when(setDepartments(['care', 'sales', 'care']))
      .yieldsNothing()
    given().when(setDepartments([])).yieldsNothing()
  })

  it('is refused to everyone who is no administrator of this organization', () => {
    for (const actor of [agent, automation, stranger]) {
      given()
        .when(setDepartments(['sales'], actor))
        .refuses('not-administrator')
    }
  })

  it('is refused with an id that is none', () => {
    given()
      .when(setDepartments(['']))
      .refuses('empty', { field: 'departmentId' })
    given()
      .when(setDepartments(['a\0']))
      .refuses('invalid')
    given()
      .when(setDepartments(['a\ud800']))
      .refuses('lone-surrogate', { field: 'departmentId', index: 1 })
    given()
      .when(setDepartments('sales' as never))
      .refuses('invalid', { field: 'departments', expected: 'list of ids', given: 'sales' })
    given()
      .when({ type: 'SetDepartments', data: { actor: system, organizationId: '', departments: [], at: NOON } })
      .refuses('empty', { field: 'organizationId' })
  })

  it('is bounded in number and in bytes', () => {
    const many = Array.from({ length: MAX_DEPARTMENTS + 1 }, (_, index) => `d${index}`)
    given().when(setDepartments(many)).refuses('too-long', {
      field: 'departments',
      limit: 400,
      actual: 401,
      unit: 'items',
    })
    expect(
      given()
        .when(setDepartments(many.slice(1)))
        .events(),
    ).toHaveLength(1)
    // As JSON 79 of 253 bytes, the last with what is left: exactly 20,000 bytes.
    const long = Array.from({ length: 79 }, (_, index) => `${index}`.padStart(249, '-'))
    const rest = (bytes: number) => [...long, 'r'.repeat(bytes)]
    const most = 20_000 - JSON.stringify(rest(0)).length
    expect(
      given()
        .when(setDepartments(rest(most)))
        .events(),
    ).toHaveLength(1)
    given()
      .when(setDepartments(rest(most + 1)))
      .refuses('too-long', { field: 'departments', limit: 20_000, actual: 20_001, unit: 'bytes' })
  })
})

describe('taking a slot for a channel', () => {
  it('takes one while there are fewer channels than departments', () =>
    given(set('sales', 'care'), taken('c1'), confirmed('c1')).when(take('c2')).yields(taken('c2')))

  it('is refused when every department has its channel, an unfinished creation counting like a channel', () => {
    given(set('sales'), taken('c1')).when(take('c2')).refuses('channel-limit', { limit: 1, live: 1 })
    given(set('sales'), taken('c1'), confirmed('c1')).when(take('c2')).refuses('channel-limit', { limit: 1, live: 1 })
  })

  it('is refused while more channels live than departments are left', () =>
    given(set('sales', 'care'), taken('c1'), confirmed('c1'), taken('c2'), confirmed('c2'), set('sales'))
      .when(take('c3'))
      .refuses('channel-limit', { limit: 1, live: 2 }))

  it('is allowed again after a channel was deleted or a creation undone', () => {
    given(set('sales'), taken('c1'), confirmed('c1'), released('c1', 'deleted')).when(take('c2')).yields(taken('c2'))
    given(set('sales'), taken('c1'), released('c1')).when(take('c2')).yields(taken('c2'))
  })

  it('is refused for a department that is not there', () => {
    given(set('sales'))
      .when(take('c1', { departmentId: 'care' }))
      .refuses('department-not-found', { departmentId: 'care' })
    given().when(take('c1')).refuses('department-not-found', { departmentId: 'sales' })
    const long = 'd'.repeat(41)
    given(set('sales'))
      .when(take('c1', { departmentId: long }))
      .refuses('department-not-found', { departmentId: long.slice(1) })
  })

  it('is refused for ids that are none', () => {
    given(set('sales')).when(take('')).refuses('empty', { field: 'channelId' })
    given(set('sales'))
      .when(take('c1', { accountId: '' }))
      .refuses('empty', { field: 'accountId' })
  })

  it('counts those under way and those complete together, and those of an organization that is not known', () => {
    const state = given(set('sales', 'care', 'press'), taken('c1'), confirmed('c1'), taken('c2')).state()
    expect(state).toEqual({
      status: 'known',
      organizationId: ORGANIZATION,
      departments: ['sales', 'care', 'press'],
      taken: { c2: { accountId: ACCOUNT, completeBy: NOON + 60_000 } },
      confirmed: ['c1'],
    })
    expect([liveSlots(state), liveSlots(given().state())]).toEqual([2, 0])
  })

  it('remembers what was asked for, and forgets it with the slot', () => {
    const asked = { ...taken('c1').data, content: 'one' } as TakeChannelSlot['data']
    const outcome = given(set('sales', 'care'), taken('c2')).when(take('c1', { content: 'one' }))
    outcome.yields({ type: 'ChannelSlotTaken', data: asked })
    expect(outcome.state()).toMatchObject({
      taken: {
        c1: { accountId: ACCOUNT, completeBy: NOON + 60_000, content: 'one' },
        c2: { accountId: ACCOUNT, completeBy: NOON + 60_000 },
      },
    })
    expect(given(set('sales', 'care'), taken('c1'), taken('c2'), released('c1')).state()).toMatchObject({
      taken: { c2: {} },
      confirmed: [],
    })
    expect(
      given(set('a', 'b'), taken('c1'), confirmed('c1'), taken('c2'), confirmed('c2'), released('c1')).state(),
    ).toMatchObject({ taken: {}, confirmed: ['c2'] })
    // A log that begins in the middle still folds.
    expect(given(taken('c1')).state()).toMatchObject({ organizationId: ORGANIZATION, departments: [], confirmed: [] })
    expect(given(confirmed('c1'), released('c1')).state()).toEqual({ status: 'unknown' })
  })

  it('is nothing to do for a channel that has its slot, also when the department is gone by now', () => {
    given(set('sales'), taken('c1')).when(take('c1')).yieldsNothing()
    given(set('sales'), taken('c1'), confirmed('c1'), set('care')).when(take('c1')).yieldsNothing()
  })

  it('is refused to others before they learn of departments or limits', () => {
    for (const actor of [agent, automation, stranger]) {
      given(set('sales'), taken('c1')).when(take('c2', { actor })).refuses('not-administrator')
      given().when(take('c2', { actor })).refuses('not-administrator')
    }
  })
})

describe('taking a slot again with the key of a creation under way', () => {
  const asked = { ...taken('c-1'), data: { ...taken('c-1').data, content: 'one' } } as OrganizationEvent

  it('is nothing to do for the same request, or where no digest was kept', () => {
    given(set('sales'), asked)
      .when(take('c-1', { content: 'one' }))
      .yieldsNothing()
    given(set('sales'), asked).when(take('c-1')).yieldsNothing()
    given(set('sales'), taken('c-1'))
      .when(take('c-1', { content: 'two' }))
      .yieldsNothing()
  })

  it('refuses another request', () =>
    given(set('sales'), asked)
      .when(take('c-1', { content: 'two' }))
      .refuses('key-reused', { field: 'key' }))
})

describe('confirming a slot', () => {
  it('makes it the slot of a channel that exists', () => {
    const state = given(set('sales'), taken('c1')).when(confirm('c1'))
    state.yields(confirmed('c1'))
    expect(state.state()).toEqual({
      status: 'known',
      organizationId: ORGANIZATION,
      departments: ['sales'],
      taken: {},
      confirmed: ['c1'],
    })
  })

  it('is nothing to do twice, after its release, or for a slot that nobody took', () => {
    given(set('sales'), taken('c1'), confirmed('c1')).when(confirm('c1')).yieldsNothing()
    given(set('sales'), taken('c1'), confirmed('c1'), released('c1', 'deleted')).when(confirm('c1')).yieldsNothing()
    given().when(confirm('c1')).yieldsNothing()
    given(set('sales')).when(confirm('constructor')).yieldsNothing()
  })
})

describe('releasing a slot', () => {
  it('frees the slot of an undone creation', () =>
    given(set('sales'), taken('c1')).when(release('c1', 'abandoned')).yields(released('c1')))

  it('frees the slot of a deleted channel, also when nobody got round to confirming it', () => {
    given(set('sales'), taken('c1'), confirmed('c1')).when(release('c1', 'deleted')).yields(released('c1', 'deleted'))
    given(set('sales'), taken('c1')).when(release('c1', 'deleted')).yields(released('c1', 'deleted'))
  })

  it('never takes the slot of a channel that exists because an undo comes late', () =>
    given(set('sales'), taken('c1'), confirmed('c1')).when(release('c1', 'abandoned')).yieldsNothing())

  it('is nothing to do twice or for a slot that nobody took', () => {
    given(set('sales'), taken('c1'), released('c1')).when(release('c1', 'abandoned')).yieldsNothing()
    given().when(release('c1', 'deleted')).yieldsNothing()
  })

  it('is refused for another reason than these two', () =>
    given()
      .when(release('c1', 'bored' as never))
      .refuses('invalid', { field: 'reason', expected: 'one of deleted, abandoned', given: 'bored' }))
})

describe('the department of a channel', () => {
  it('must be one of the organization', () => {
    const state = given(set('sales')).state()
    expect(() => requireDepartment(state, 'sales')).not.toThrow()
    expect(() => requireDepartment(state, 'care')).toThrow(expect.objectContaining({ code: 'department-not-found' }))
  })
})
