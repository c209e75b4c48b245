import { describe, expect, it } from 'vitest'
import type { GraphErrorName } from 'madoguchi/simulator'
import { administrator, aki, settled, until, withChannel } from '../desk.ts'
import { deliveryOf, onPhone, openTalk, opens, stands, type Talk } from './talk.ts'

const answer = async ({ desk }: Pick<Talk, 'desk'>, conversationId: string, text: string) =>
  (await desk.conversations.reply(aki, { conversationId, text })).replyId
const channelOf = ({ desk, channelId }: Talk) => desk.channels.get(administrator, { channelId })

/** Two customers of one channel: sends to the second are refused. */
const withTwo = async (error: GraphErrorName, times = 100) => {
  const talk = await openTalk()
  const refused = talk.account.customer({ name: 'Kei', username: 'kei' })
  const refusedId = await opens(talk, refused)
  talk.account.failNext(error, times, refused.customerId)
  return { ...talk, refused, refusedId }
}

describe('what is refused for one customer or one message', () => {
  it.each<[GraphErrorName, string]>([
    ['not-approved', 'not-permitted'],
    ['not-approved-200', 'not-permitted'],
    ['permission-unknown', 'not-permitted'],
    ['policy-block-content', 'not-permitted'],
    ['too-many-tagged', 'not-permitted'],
    ['no-advanced-access', 'not-permitted'],
    ['no-capability', 'not-permitted'],
    ['cannot-receive', 'customer-unavailable'],
    ['user-not-found', 'message-refused'],
    ['no-such-object', 'message-refused'],
  ])('(%s) rejects that reply, and leaves the channel and everybody else alone', async (error, reason) => {
    const talk = await withTwo(error)
    const one = await answer(talk, talk.refusedId, 'To the one who is refused.')
    expect(await stands(talk, one, 'rejected')).toMatchObject({ reason })
    expect((await channelOf(talk)).authorization).toBe('connected')
    await stands(talk, await answer(talk, talk.conversationId, 'To somebody else.'), 'sent')
    expect(onPhone(talk)).toEqual(['To somebody else.'])
  })
})

describe('what takes the channel', () => {
  it.each<[GraphErrorName, string]>([
    ['permission-missing', 'lost'],
    ['link-broken', 'lost'],
    ['page-not-linked', 'lost'],
    ['access-off', 'suspended'],
    ['unsupported-request', 'suspended'],
  ])(
    '(%s) and does so again for the same reply ends that reply, and the others go on',
    async (error, authorization) => {
      const talk = await withTwo(error)
      const { desk, channelId } = talk
      const one = await answer(talk, talk.refusedId, 'To the one who is refused.')
      await until(async () => (await channelOf(talk)).authorization === authorization)
      const other = await answer(talk, talk.conversationId, 'To somebody else.')
      await settled(talk)
      expect(await deliveryOf(talk, other)).toMatchObject({ status: 'queued' })
      await desk.channels.reconnect(administrator, { channelId })
      expect(await stands(talk, one, 'rejected')).toMatchObject({ reason: 'not-permitted' })
      await stands(talk, other, 'sent')
      expect((await channelOf(talk)).authorization).toBe('connected')
      await stands(talk, await answer(talk, talk.conversationId, 'One more.'), 'sent')
    },
  )

  it('as a restriction does so once for a reply that is sent again', async () => {
    const talk = await withTwo('policy-block')
    const { desk, channelId, refusedId } = talk
    const replyId = await answer(talk, refusedId, 'Buy!')
    expect(await stands(talk, replyId, 'rejected')).toMatchObject({ reason: 'authorization-restricted' })
    expect((await channelOf(talk)).authorization).toBe('restricted')
    await desk.channels.reconnect(administrator, { channelId })
    await desk.conversations.resend(aki, { conversationId: refusedId, replyId })
    await until(async () => (await deliveryOf(talk, replyId)).reason === 'not-permitted')
    expect((await channelOf(talk)).authorization).toBe('connected')
  })

  it('as a dead token does so every time: the reply waits until there is another one', async () => {
    const talk = await openTalk()
    const { desk, account, channelId } = talk
    account.expireToken()
    const replyId = await answer(talk, talk.conversationId, 'Yes.')
    const isLost = async () => (await channelOf(talk)).authorization === 'lost'
    await until(isLost)
    await desk.channels.reconnect(administrator, { channelId })
    await until(async () => (await deliveryOf(talk, replyId)).attempts.length === 2 && (await isLost()))
    expect(await deliveryOf(talk, replyId)).toMatchObject({ status: 'queued' })
    await desk.channels.reconnect(administrator, { channelId, token: account.issueToken() })
    await stands(talk, replyId, 'sent')
  })

  it('as a token of the other flavour does is told by its code', async () => {
    const talk = await openTalk()
    const { desk, channelId, simulator } = talk
    const other = simulator.addAccount({ flavour: 'facebook-login', username: 'other' })
    await desk.channels.reconnect(administrator, { channelId, token: other.token })
    await answer(talk, talk.conversationId, 'Yes.')
    await until(async () => (await channelOf(talk)).authorizationReason === '190')
    expect((await channelOf(talk)).authorization).toBe('lost')
  })
})

it('an app that Meta restricts suspends its channels, and is told once in the log', async () => {
  const lines: { readonly message: string; readonly facts?: object }[] = []
  const note = (message: string, facts?: object): void => void lines.push({ message, ...(facts && { facts }) })
  const talk = await openTalk({ options: { log: { info: note, warn: note, error: note } } })
  const { desk, simulator } = talk
  const others = ['one', 'two', 'three'].map((username) =>
    simulator.addAccount({ flavour: 'instagram-login', username: `${username}.shop`, humanAgent: true }),
  )
  await desk.organizations.setDepartments(administrator, {
    organizationId: 'acme',
    departments: ['support', 'sales', 'a', 'b', 'c'],
  })
  const conversations = [talk.conversationId]
  for (const account of others) {
    await withChannel(desk, account)
    conversations.push(await opens(talk, account.customer({ name: 'Mai', username: 'mai' })))
  }
  simulator.restrictApp(true)
  for (const conversationId of conversations) await answer(talk, conversationId, 'Yes.')
  const suspended = async () => {
    const { items } = await desk.channels.list(administrator, { organizationId: 'acme' })
    return items.every(({ authorization }) => authorization === 'suspended')
  }
  await until(suspended)
  await settled(talk)
  expect(lines.filter(({ message }) => message.startsWith('Meta refuses several channels'))).toEqual([
    expect.objectContaining({ facts: { authorization: 'suspended', reason: '100', channels: 3 } }),
  ])
})
