import { describe, expect, it } from 'vitest'
import type { Messenger, SendFailure } from 'madoguchi'
import { administrator, aki, MINUTE, settled, until } from '../desk.ts'
import { deliveryOf, happened, onPhone, openTalk, opens, stands, type Talk } from './talk.ts'

const answer = async (talk: Pick<Talk, 'desk' | 'conversationId'>, text = 'Yes.') =>
  (await talk.desk.conversations.reply(aki, { conversationId: talk.conversationId, text })).replyId
const failedTimes = (talk: Talk, times: number) =>
  until(async () => (await happened(talk, 'ReplyAttemptFailed')).length === times)
const channelOf = ({ desk, channelId }: Talk) => desk.channels.get(administrator, { channelId })

/** The first calls of `send` answer this, the others are real. */
const first = (...answers: readonly SendFailure[]) => {
  const left = [...answers]
  return (meta: Messenger): Messenger => ({
    ...meta,
    send: (...asked) => {
      const planned = left.shift()
      return planned === undefined ? meta.send(...asked) : Promise.resolve(planned)
    },
  })
}

describe('a send of which for certain nothing was delivered', () => {
  it('is repeated after the wait that Meta named, when the account is throttled', async () => {
    const talk = await openTalk({
      messenger: first({ kind: 'throttled', code: '80002', scope: 'account', retryAfter: 5 * MINUTE }),
    })
    const replyId = await answer(talk)
    await failedTimes(talk, 1)
    talk.clock.advance(5 * MINUTE - 1)
    await settled(talk)
    expect((await deliveryOf(talk, replyId)).attempts).toHaveLength(1)
    talk.clock.advance(1)
    await stands(talk, replyId, 'sent')
    expect(onPhone(talk)).toEqual(['Yes.'])
  })

  it('is repeated later and later where Meta names no wait, also after many times', async () => {
    const throttled: SendFailure = { kind: 'throttled', code: '613', scope: 'account' }
    const talk = await openTalk({ messenger: first(throttled, throttled, throttled) })
    const replyId = await answer(talk)
    for (const [times, wait] of [1_000, 2_000, 4_000].entries()) {
      await failedTimes(talk, times + 1)
      const { at, retryAt } = (await happened(talk, 'ReplyAttemptFailed'))[times] as { at: number; retryAt: number }
      expect(retryAt - at).toBe(wait)
      talk.clock.advance(wait)
    }
    await stands(talk, replyId, 'sent')
  })

  it('is repeated when there was no connection', async () => {
    const talk = await openTalk({ messenger: first({ kind: 'no-connection' }) })
    const replyId = await answer(talk)
    await failedTimes(talk, 1)
    talk.clock.advance(1_000)
    await stands(talk, replyId, 'sent')
    expect((await deliveryOf(talk, replyId)).attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'sent'])
  })

  it('is repeated once where Meta could not fetch the medium, and then rejected', async () => {
    const talk = await openTalk()
    talk.account.failNext('media-not-fetched', 2)
    const { replyId } = await talk.desk.conversations.reply(aki, {
      conversationId: talk.conversationId,
      media: [{ kind: 'image', url: 'https://shop.test/a.jpg' }],
    })
    await failedTimes(talk, 1)
    talk.clock.advance(1_000)
    expect(await stands(talk, replyId, 'rejected')).toMatchObject({ reason: 'media-refused' })
  })
})

describe('what Meta refuses for good is rejected with its reason', () => {
  it.each([
    ['person-unavailable', 'customer-unavailable'],
    ['no-such-user', 'customer-unavailable'],
    ['invalid-data', 'message-refused'],
    ['thread-owned', 'other-app-in-control'],
    ['no-advanced-access', 'not-permitted'],
  ] as const)('%s: %s', async (error, reason) => {
    const talk = await openTalk()
    talk.account.failNext(error)
    expect(await stands(talk, await answer(talk), 'rejected')).toMatchObject({ reason })
    expect((await channelOf(talk)).authorization).toBe('connected')
    await stands(talk, await answer(talk, 'Again.'), 'sent')
  })
})

describe('the authorization of a channel', () => {
  it.each([
    ['lost', 'a dead token', 'token-expired'],
    ['lost', 'a broken link to the Page', 'link-broken'],
    ['suspended', 'a checkpoint', 'checkpoint'],
    ['suspended', 'access that the owner switched off', 'access-off'],
  ] as const)('is %s by %s: replies wait, and are sent when it is connected again', async (state, _, error) => {
    const talk = await openTalk()
    const { desk, account, channelId } = talk
    account.failNext(error)
    const one = await answer(talk, 'One.')
    await until(async () => (await channelOf(talk)).authorization === state)
    const two = await answer(talk, 'Two.')
    await settled(talk)
    expect(talk.simulator.ledger.calls).toHaveLength(1)
    expect(await deliveryOf(talk, two)).toMatchObject({ status: 'queued', attempts: [] })
    await desk.channels.reconnect(administrator, { channelId, token: account.issueToken() })
    await stands(talk, one, 'sent')
    await stands(talk, two, 'sent')
    expect(onPhone(talk)).toEqual(['One.', 'Two.'])
  })

  it.each(['restricted', 'business-blocked', 'policy-block'] as const)(
    'is restricted by %s: replies are rejected, messages are still received',
    async (error) => {
      const talk = await openTalk()
      talk.account.failNext(error)
      const replyId = await answer(talk)
      expect(await stands(talk, replyId, 'rejected')).toMatchObject({ reason: 'authorization-restricted' })
      expect((await channelOf(talk)).authorization).toBe('restricted')
      await talk.customer.says('Are you there?').delivered
      await until(async () => (await happened(talk, 'MessageReceived')).length === 2)
    },
  )

  it('is not taken away by the answer to a token that was replaced meanwhile', async () => {
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let calls = 0
    const talk = await openTalk({
      messenger: (meta) => ({
        ...meta,
        send: async (...asked) => {
          if (++calls > 1) return meta.send(...asked)
          await held
          return { kind: 'authorization-lost', code: '190/463' }
        },
      }),
    })
    const { desk, account, channelId } = talk
    const replyId = await answer(talk)
    await until(async () => calls === 1)
    await desk.channels.reconnect(administrator, { channelId, token: account.issueToken() })
    release()
    await stands(talk, replyId, 'sent')
    expect((await channelOf(talk)).authorization).toBe('connected')
  })
})

describe('conversations that wait', () => {
  it('take nobody’s place, however many they are', async () => {
    const talk = await openTalk({ delivery: { concurrency: 2 } })
    const { desk, account, simulator, channelId } = talk
    const other = simulator.addAccount({ flavour: 'facebook-login', username: 'other.shop' })
    const { channelId: otherChannel } = await desk.channels.create(administrator, {
      organizationId: 'acme',
      name: 'Other',
      departmentId: 'support',
      account: {
        accountId: other.accountId,
        flavour: 'facebook-login',
        username: 'other.shop',
        ...(other.pageId === undefined ? {} : { pageId: other.pageId }),
      },
      token: other.token,
      agents: ['aki'],
    })
    const waiting = await Promise.all(
      Array.from({ length: 12 }, (_, index) => opens(talk, account.customer({ username: `customer${index}` }))),
    )
    const served = await opens(talk, other.customer({ username: 'lucky' }))
    await desk.channels.get(administrator, { channelId: otherChannel })
    account.expireToken()
    for (const conversationId of waiting) await answer({ desk, conversationId })
    await until(async () => (await channelOf(talk)).authorization === 'lost')
    await settled(talk)
    // Parked: nobody looks at them while nothing has changed for them.
    const looked: string[] = []
    const { read } = talk.store.events
    Object.assign(talk.store.events, {
      read: (...asked: Parameters<typeof read>) => {
        if (waiting.some((conversationId) => asked[0] === `conversation-${conversationId}`)) looked.push(asked[0])
        return read(...asked)
      },
    })
    for (const text of ['One.', 'Two.', 'Three.']) {
      await stands(talk, await answer({ desk, conversationId: served }, text), 'sent')
    }
    // Longer than any worker sleeps.
    await settled(talk)
    expect(looked).toEqual([])
    Object.assign(talk.store.events, { read })
    // Every one of them goes when it can.
    await desk.channels.reconnect(administrator, { channelId, token: account.issueToken() })
    await until(async () => simulator.ledger.sends.length === 15)
  })
})
