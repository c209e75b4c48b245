import { describe, expect, it } from 'vitest'
import {
  accountDecider,
  MAX_FORMER_CHANNELS,
  type AccountEvent,
  type ClaimAccount,
  type ReleaseAccount,
} from '../../../src/domain/account/index.ts'
import { given as givenDecider } from '../given.ts'
import { ACCOUNT, NOON, ORGANIZATION } from '../people.ts'

const given = (...events: readonly AccountEvent[]) => givenDecider(accountDecider, ...events)
const claimed = (channelId: string, at: number = NOON): AccountEvent => ({
  type: 'AccountClaimed',
  data: { accountId: ACCOUNT, organizationId: ORGANIZATION, channelId, at },
})
const released = (channelId: string, at: number = NOON): AccountEvent => ({
  type: 'AccountReleased',
  data: { accountId: ACCOUNT, channelId, at },
})
const claim = (channelId: string, organizationId: string = ORGANIZATION): ClaimAccount => ({
  type: 'ClaimAccount',
  data: { accountId: ACCOUNT, organizationId, channelId, at: NOON },
})
const release = (channelId: string): ReleaseAccount => ({
  type: 'ReleaseAccount',
  data: { accountId: ACCOUNT, channelId, at: NOON },
})

describe('claiming an account', () => {
  it('binds a free account to the channel', () => given().when(claim('c1')).yields(claimed('c1')))

  it('binds it to a new channel after the former one let it go', () =>
    given(claimed('c1'), released('c1')).when(claim('c2')).yields(claimed('c2')))

  it('is refused while another channel has it, of whichever organization, without telling which', () => {
    given(claimed('c1')).when(claim('c2')).refuses('account-in-use', { accountId: ACCOUNT })
    given(claimed('c1')).when(claim('c2', 'other')).refuses('account-in-use', { accountId: ACCOUNT })
  })

  it('is nothing to do for the channel that has it', () => given(claimed('c1')).when(claim('c1')).yieldsNothing())

  it('is refused to a channel that has let it go: a creation undone in its sleep does not hold it for ever', () => {
    given(claimed('c1'), released('c1')).when(claim('c1')).refuses('channel-deleted', { channelId: 'c1' })
    given(claimed('c1'), released('c1'), claimed('c2')).when(claim('c1')).refuses('channel-deleted')
  })
})

describe('releasing an account', () => {
  it('frees it and remembers which channel had it when', () => {
    const outcome = given(claimed('c1', NOON - 5)).when(release('c1'))
    outcome.yields(released('c1'))
    expect(outcome.state()).toEqual({
      status: 'free',
      former: [{ channelId: 'c1', organizationId: ORGANIZATION, from: NOON - 5, until: NOON }],
    })
  })

  it('is nothing to do unless that channel has it', () => {
    given().when(release('c1')).yieldsNothing()
    given(claimed('c2')).when(release('c1')).yieldsNothing()
    given(claimed('c1'), released('c1')).when(release('c1')).yieldsNothing()
  })
})

describe('the former channels of an account', () => {
  it('are kept while a new channel has it', () =>
    expect(given(claimed('c1'), released('c1'), claimed('c2')).state()).toMatchObject({
      status: 'claimed',
      channelId: 'c2',
      former: [{ channelId: 'c1' }],
    }))

  it('are the newest ones, a bounded number', () => {
    const events = Array.from({ length: MAX_FORMER_CHANNELS + 5 }, (_, index) => [
      claimed(`c${index}`),
      released(`c${index}`),
    ])
    const { former } = given(...events.flat()).state()
    expect(former).toHaveLength(MAX_FORMER_CHANNELS)
    expect(former.at(-1)?.channelId).toBe(`c${MAX_FORMER_CHANNELS + 4}`)
  })
})
