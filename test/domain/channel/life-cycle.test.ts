import { describe, expect, it } from 'vitest'
import type { Actor } from '../../../src/domain/actor.ts'
import type { ChannelCommand, ChannelEvent } from '../../../src/domain/channel/index.ts'
import { agent, automation, bySystem, CHANNEL, NOON, stranger, system } from '../people.ts'
import {
  abandoned,
  associate,
  authorization,
  authorize,
  change,
  created,
  deleteChannel,
  deleted,
  disable,
  disabled,
  enable,
  enabled,
  enforce,
  given,
  permit,
  renewToken,
  remove,
  roles,
} from './history.ts'

describe('disabling and enabling', () => {
  it('stops the channel and lets it go on, as often as one likes', () => {
    given(created).when(disable()).yields(disabled)
    given(created, disabled).when(enable()).yields(enabled)
    given(created, disabled, enabled).when(disable()).yields(disabled)
  })

  it('is nothing to do twice', () => {
    given(created, disabled).when(disable()).yieldsNothing()
    given(created).when(enable()).yieldsNothing()
  })

  it('keeps everything', () =>
    expect(given(created, disabled, enabled).state()).toEqual({
      ...given(created).state(),
      stops: 1,
      stoppedAt: NOON,
    }))

  it('is refused on a deleted channel', () => {
    given(created, deleted).when(disable()).refuses('channel-deleted')
    given(created, disabled, deleted).when(enable()).refuses('channel-deleted')
  })
})

describe('deleting a channel', () => {
  it('takes effect at once and says what becomes of pending conversions', () => {
    const outcome = given(created, disabled).when(deleteChannel('discard'))
    outcome.yields({ ...deleted, data: { ...deleted.data, pendingConversions: 'discard' } } as ChannelEvent)
    expect(outcome.state()).toMatchObject({ status: 'deleted', deletedAt: NOON, pendingConversions: 'discard' })
    expect(outcome.state()).not.toHaveProperty('enabledSince')
  })

  it('is nothing to do twice, and what the first one said holds', () =>
    given(created, deleted).when(deleteChannel('discard')).yieldsNothing())

  it('is refused for a channel that is not there, or without a word about conversions', () => {
    given().when(deleteChannel()).refuses('channel-not-found', { channelId: CHANNEL })
    given(abandoned).when(deleteChannel()).refuses('channel-not-found')
    given(created)
      .when(deleteChannel('perhaps' as never))
      .refuses('invalid')
  })
})

describe('the authorization by Meta', () => {
  it('changes with its reason, also on a disabled channel', () => {
    given(created).when(authorize('lost', '190/460')).yields(authorization('lost', '190/460'))
    given(created, disabled).when(authorize('suspended', '190/459')).yields(authorization('suspended', '190/459'))
    given(created, authorization('lost', '190/460'))
      .when(authorize('connected', 'signed-in'))
      .yields(authorization('connected', 'signed-in'))
  })

  it('is news again for another reason, which has another remedy', () =>
    given(created, authorization('lost', '190/460')).when(authorize('lost', '10')).yields(authorization('lost', '10')))

  it('is nothing to do when it is so already', () => {
    given(created, authorization('lost', '190/460')).when(authorize('lost', '190/460')).yieldsNothing()
    given(created).when(authorize('connected', 'signed-in')).yieldsNothing()
  })

  it('is recorded with every new token, also of a channel that is connected', () =>
    given(created).when(renewToken).yields(authorization('connected', 'signed-in')))

  it('is refused for another word, without a reason or on a deleted channel', () => {
    given(created)
      .when(authorize('fine' as never, 'x'))
      .refuses('invalid')
    given(created).when(authorize('lost', '')).refuses('empty', { field: 'reason' })
    given(created, deleted).when(authorize('lost', '190/460')).refuses('channel-deleted')
  })
})

describe('the human-agent permission', () => {
  it('is set by administrators, and learnt by the desk', () => {
    const by = (actor: object): ChannelEvent => ({
      type: 'HumanAgentPermissionChanged',
      data: { channelId: CHANNEL, permission: 'refused', by: actor as never, at: NOON },
    })
    given(created)
      .when(permit('refused'))
      .yields(by({ kind: 'administrator', id: 'ada' }))
    given(created, disabled).when(permit('refused', system)).yields(by(bySystem))
  })

  it('is nothing to do when it is so already', () => given(created).when(permit('unknown')).yieldsNothing())

  it('is refused for another word or on a deleted channel', () => {
    given(created)
      .when(permit('perhaps' as never))
      .refuses('invalid')
    given(created, deleted).when(permit('granted')).refuses('channel-deleted')
  })
})

describe('what Meta says about the account', () => {
  const enforced: ChannelEvent = {
    type: 'PolicyEnforced',
    data: { channelId: CHANNEL, eventKey: 'k1', action: 'warning', at: NOON },
    personal: { reason: 'spam' },
  }
  const changed: ChannelEvent = {
    type: 'AppRolesChanged',
    data: { channelId: CHANNEL, eventKey: 'k1', roles: { '123': ['primary_receiver'] }, at: NOON },
  }

  it('is recorded, its words apart from the rest', () => {
    given(created).when(enforce('k1', 'spam')).yields(enforced)
    given(created, disabled).when(roles('k1')).yields(changed)
  })

  it('is nothing to do when it is delivered again', () => {
    given(created, enforced).when(enforce('k1', 'spam')).yieldsNothing()
    given(created, changed).when(roles('k1')).yieldsNothing()
  })

  it('is remembered by its key in a bounded number', () => {
    const many = Array.from({ length: 40 }, (_, index) => ({
      ...changed,
      data: { ...changed.data, eventKey: `k${index}` },
    })) as ChannelEvent[]
    const state = given(created, ...many).state()
    expect(state).toMatchObject({ newestEventKeys: expect.objectContaining({ length: 32 }) })
    given(created, ...many)
      .when(roles('k39'))
      .yieldsNothing()
  })

  it('is refused for a channel that is deleted or not there', () => {
    given(created, deleted).when(enforce('k1')).refuses('channel-deleted')
    given().when(roles('k1')).refuses('channel-not-found')
  })
})

describe('who may change a channel', () => {
  const commands: readonly ((actor: Actor) => ChannelCommand)[] = [
    (actor) => change({ name: 'Care' }, actor),
    (actor) => associate('bob', actor),
    (actor) => remove('bob', actor),
    disable,
    enable,
    (actor) => deleteChannel('convert', actor),
    (actor) => authorize('lost', '190', actor),
    (actor) => permit('granted', actor),
  ]

  it.each(commands.map((command) => [command(system).type, command] as const))(
    'refuses %s to everyone but administrators of its organization, before it tells anything',
    (_, command) => {
      for (const actor of [agent, automation, stranger]) {
        for (const history of [[created], [created, disabled], [created, deleted]]) {
          given(...history)
            .when(command(actor))
            .refuses('not-administrator', { actor: actor.kind === 'system' ? '' : actor.id })
        }
      }
      for (const actor of [agent, automation]) given().when(command(actor)).refuses('not-administrator')
    },
  )

  it.each(commands.map((command) => [command(system).type, command] as const))(
    'refuses %s for a channel that is not there',
    (_, command) => {
      given().when(command(stranger)).refuses('channel-not-found', { channelId: CHANNEL })
      given(abandoned).when(command(system)).refuses('channel-not-found')
    },
  )
})
