import { describe, expect, it } from 'vitest'
import { type CreateChannelRequest, type Runtime, systemRuntime } from 'madoguchi'
import { accountByMeta } from '../../../src/application/channels/account-by-meta.ts'
import {
  administrator,
  aki,
  body,
  caughtUp,
  openDesk,
  post,
  recording,
  says,
  system,
  until,
  withOrganization,
} from '../desk.ts'

// A host connects an account by the wrong one of its ids: nothing ever arrives, and everything looks well.

const opened = async () => {
  const { lines, log } = recording()
  const each = await openDesk({ log })
  await withOrganization(each.desk)
  const account = each.simulator.addAccount({ flavour: 'instagram-login', username: 'acme.shop' })
  const connect = async (ids: Omit<CreateChannelRequest['account'], 'flavour'>, token = account.token) => {
    const { channelId } = await each.desk.channels.create(administrator, {
      organizationId: 'acme',
      name: 'Acme',
      departmentId: 'sales',
      account: { flavour: 'instagram-login', ...ids },
      token,
      agents: ['aki'],
    })
    await caughtUp(each)
    return channelId
  }
  let count = 0
  const arrives = async (accountId: string) => {
    expect(await post(each.desk, body([says(`m${count++}`, 'Hello', { account: accountId })], accountId))).toBe(200)
    await caughtUp(each)
  }
  const told = () =>
    until(async () => {
      const found = lines.filter(({ message }) => String(message).includes('was quarantined'))
      return found.length > 0 && found
    })
  const mistakeOf = async (channelId: string) => (await each.desk.channels.get(aki, { channelId })).mistake
  return { ...each, account, connect, arrives, told, mistakeOf, lines }
}

describe('a channel that was made with the app-scoped id of its account', () => {
  it('shows it at once where Meta told it, and the log names it, the channel and the remedy', async () => {
    const { account, connect, arrives, told, mistakeOf, desk } = await opened()
    const channelId = await connect({ accountId: account.appScopedId })
    const mistake = { kind: 'wrong-account-id', webhookAccountId: account.accountId }
    expect(await mistakeOf(channelId)).toEqual(mistake)
    const { items } = await desk.channels.list(administrator, { organizationId: 'acme' })
    expect(items.map((each) => each.mistake)).toEqual([mistake])
    await arrives(account.accountId)
    expect(await told()).toEqual([
      {
        message: 'an event of a webhook was quarantined: a channel was created with another id of its account',
        accountId: account.accountId,
        channelId,
        reason: 'account-of-no-live-channel',
        detail: expect.any(String),
        means: expect.stringContaining('app-scoped'),
        remedy: expect.stringMatching(/delete that channel.*operations\.rerun/),
      },
    ])
  })

  it('the remedy helps: what waited arrives in the right channel, and nothing is wrong any more', async () => {
    const { account, connect, arrives, mistakeOf, desk } = await opened()
    const wrong = await connect({ accountId: account.appScopedId })
    await arrives(account.accountId)
    await desk.channels.delete(administrator, { channelId: wrong })
    const right = await connect({ accountId: account.accountId, appScopedId: account.appScopedId })
    const [item] = (await desk.operations.quarantine(system)).items
    expect((await desk.operations.rerun(system, item?.quarantineId ?? '')).outcome).toEqual({ kind: 'recorded' })
    expect(await mistakeOf(wrong)).toBeUndefined()
    expect(await mistakeOf(right)).toBeUndefined()
  })

  it('shows it once an event came where Meta could not be asked and the host gave both ids in the other order', async () => {
    const { account, connect, arrives, told, mistakeOf } = await opened()
    const channelId = await connect({ accountId: account.appScopedId, appScopedId: account.accountId }, 'made up')
    expect(await mistakeOf(channelId)).toBeUndefined()
    await arrives(account.accountId)
    expect(await told()).toMatchObject([{ channelId, accountId: account.accountId }])
    expect(await mistakeOf(channelId)).toEqual({ kind: 'wrong-account-id', webhookAccountId: account.accountId })
  })
})

describe('nothing is said', () => {
  it('of a channel with the right id, and less once events came for it', async () => {
    const { account, connect, arrives, mistakeOf } = await opened()
    const channelId = await connect({ accountId: account.accountId, appScopedId: account.appScopedId })
    expect(await mistakeOf(channelId)).toBeUndefined()
    await arrives(account.appScopedId)
    expect(await mistakeOf(channelId)).toBeDefined()
    await arrives(account.accountId)
    expect(await mistakeOf(channelId)).toBeUndefined()
  })

  it('of any channel where an event names an account that is nobody’s', async () => {
    const { account, connect, arrives, told, mistakeOf } = await opened()
    const channelId = await connect({ accountId: account.appScopedId })
    await arrives('17841499000000077')
    expect((await told())[0]).not.toHaveProperty('channelId')
    expect((await mistakeOf(channelId))?.webhookAccountId).toBe(account.accountId)
  })

  it('of a token that is another account’s, which is another mistake', async () => {
    const { account, connect, mistakeOf, simulator } = await opened()
    const { token } = simulator.addAccount({ flavour: 'instagram-login', username: 'other.shop' })
    expect(await mistakeOf(await connect({ accountId: account.appScopedId }, token))).toBeUndefined()
  })
})

it('a channel that was made with the id of its Page shows it too', async () => {
  const each = await opened()
  const { accountId, token, pageId } = each.simulator.addAccount({ flavour: 'facebook-login', username: 'acme.page' })
  const { channelId } = await each.desk.channels.create(administrator, {
    organizationId: 'acme',
    name: 'Acme',
    departmentId: 'sales',
    account: { flavour: 'facebook-login', accountId: pageId ?? '', ...(pageId === undefined ? {} : { pageId }) },
    token,
    agents: ['aki'],
  })
  expect(await each.mistakeOf(channelId)).toEqual({ kind: 'wrong-account-id', webhookAccountId: accountId })
})

describe('a channel is made all the same', () => {
  const sender = { account: { accountId: '1', flavour: 'instagram-login' }, token: 'token' } as const

  it('where Meta does not answer in time', async () => {
    const due: (() => void)[] = []
    const runtime: Runtime = {
      ...systemRuntime,
      schedule: (milliseconds, callback) => {
        expect(milliseconds).toBe(3_000)
        due.push(callback)
        return () => {}
      },
    }
    const asked = accountByMeta({ showsAccount: () => new Promise(() => {}) }, runtime)(sender)
    for (const callback of due) callback()
    expect(await asked).toEqual({ isShown: false })
  })

  it.each([
    ['nobody can tell', {}],
    ['asking fails', { showsAccount: () => Promise.reject(new Error('broken')) }],
    ['Meta refuses', { showsAccount: async () => ({ kind: 'no-connection' }) as const }],
    ['the token is of another account', { showsAccount: async () => ({ kind: 'another' }) as const }],
  ])('where %s', async (_, messenger) => {
    expect(await accountByMeta(messenger, systemRuntime)(sender)).toEqual({ isShown: false })
  })
})
