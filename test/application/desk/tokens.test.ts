import { expect, it } from 'vitest'
import { administrator, caughtUp, openChannel } from '../desk.ts'

it('no event holds the token of a channel, neither after its creation nor after a new one was given', async () => {
  const each = await openChannel()
  const { desk, store, channelId, account } = each
  const first = account.token
  const renewed = account.issueToken()
  expect(renewed).not.toBe(first)
  await desk.channels.reconnect(administrator, { channelId, token: renewed })
  await caughtUp(each)
  expect(await store.tokens.get(channelId)).toBe(renewed)
  const { events } = await store.events.readAll({ limit: 1_000 })
  const log = JSON.stringify(events)
  expect(log).toContain('ChannelCreated')
  for (const token of [first, renewed]) expect(log).not.toContain(token)
})

it('a channel keeps what routes to it and what its account is called', async () => {
  const { desk } = await openChannel()
  const account = {
    accountId: '17841400000000077',
    flavour: 'facebook-login',
    pageId: '111000000000077',
    appScopedId: '222000000000077',
    username: 'second.shop',
  } as const
  const { channelId } = await desk.channels.create(administrator, {
    organizationId: 'acme',
    name: 'Second',
    departmentId: 'support',
    account,
    token: 'a token',
  })
  expect((await desk.channels.get(administrator, { channelId })).account).toEqual(account)
})
