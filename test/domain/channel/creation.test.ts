import { describe, expect, it } from 'vitest'
import { ACCOUNT, agent, automation, bySystem, CHANNEL, NOON, ORGANIZATION, stranger, system } from '../people.ts'
import { abandon, abandoned, create, created, deleted, disabled, given, settings } from './history.ts'

describe('creating a channel', () => {
  it('connects the account under the given settings', () => given().when(create()).yields(created))

  it('is allowed to the host itself', () =>
    given()
      .when(create({ actor: system }))
      .yields({ ...created, data: { ...created.data, by: bySystem } } as typeof created))

  it('keeps nothing of the account or the settings that it does not know', () => {
    const account = { accountId: ACCOUNT, flavour: 'instagram-login', username: 'shop', token: 'secret' } as const
    const more = { ...settings, colour: 'red', conversion: { ...settings.conversion, mood: 'good' } }
    given()
      .when(create({ account, settings: more }))
      .yields(created)
  })

  it('is nothing to do the second time', () => {
    given(created).when(create()).yieldsNothing()
    given(created, disabled)
      .when(create({ settings: { ...settings, name: 'Another' } }))
      .yieldsNothing()
  })

  it('is refused under the id of a channel with another account', () =>
    given(created)
      .when(create({ account: { accountId: '17841400000000002', flavour: 'instagram-login' } }))
      .refuses('invalid'))

  it('is refused under the id of an undone creation or a deleted channel', () => {
    given(abandoned).when(create()).refuses('channel-deleted', { channelId: CHANNEL })
    given(created, deleted).when(create()).refuses('channel-deleted')
  })

  it('is refused to everyone who is no administrator of the organization', () => {
    for (const actor of [agent, automation, stranger]) {
      given().when(create({ actor })).refuses('not-administrator')
      given(created).when(create({ actor })).refuses('not-administrator')
    }
    given(created)
      .when(create({ actor: stranger, organizationId: 'other' }))
      .refuses('not-administrator')
  })

  it('is refused with an account or a permission that cannot be', () => {
    given()
      .when(create({ account: { accountId: '', flavour: 'instagram-login' } }))
      .refuses('empty')
    given()
      .when(create({ account: { accountId: ACCOUNT, flavour: 'carrier-pigeon' as never } }))
      .refuses('invalid')
    given()
      .when(create({ humanAgent: 'maybe' as never }))
      .refuses('invalid')
  })
})

describe('undoing an unfinished creation', () => {
  it('makes sure that the id never becomes a channel', () => {
    const outcome = given().when(abandon)
    outcome.yields(abandoned)
    expect(outcome.state()).toEqual({ status: 'abandoned' })
  })

  it('is nothing to do once the channel exists, whatever became of it, or when it was undone', () => {
    given(created).when(abandon).yieldsNothing()
    given(created, disabled).when(abandon).yieldsNothing()
    given(created, deleted).when(abandon).yieldsNothing()
    given(abandoned).when(abandon).yieldsNothing()
  })
})

describe('a new channel', () => {
  it('is enabled, connected and without agents', () =>
    expect(given(created).state()).toEqual({
      status: 'enabled',
      channelId: CHANNEL,
      organizationId: ORGANIZATION,
      account: { accountId: ACCOUNT, flavour: 'instagram-login', username: 'shop' },
      connectedAt: NOON,
      staffedSince: NOON,
      stops: 0,
      stoppedAt: null,
      enabledSince: NOON,
      settings,
      authorization: 'connected',
      authorizationReason: null,
      humanAgent: 'unknown',
      agents: {},
      associations: 0,
      newestEventKeys: [],
    }))
})
