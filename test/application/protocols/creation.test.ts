import { describe, expect, it } from 'vitest'
import { createDesk, type DeskOptions } from 'madoguchi'
import { administrator, afterwards, caughtUp, engines, MINUTE, openDesk, settled, system, until } from '../desk.ts'
import { processOn } from './mortal.ts'

const request = (accountId: string, changes: object = {}) => ({
  organizationId: 'acme',
  name: 'Acme',
  departmentId: 'sales',
  account: { accountId, flavour: 'instagram-login', username: 'acme.shop' } as const,
  token: `token of ${accountId}`,
  agents: ['aki'],
  ...changes,
})

/** A desk with this many departments, and what holds slots and accounts now. */
const setup = async (engine = 'memory', departments = 1, options: Partial<DeskOptions> = {}) => {
  const opened = await openDesk({ store: engines[engine]?.() as never, ...(options as object) })
  const { desk, store } = opened
  await desk.organizations.setDepartments(system, {
    organizationId: 'acme',
    departments: ['sales', 'support', 'returns'].slice(0, departments),
  })
  const slots = async () => {
    const state = await desk.organizations.get(administrator, { organizationId: 'acme' })
    return state.status === 'known' ? { taken: Object.keys(state.taken), confirmed: state.confirmed } : undefined
  }
  const channels = async () => {
    await caughtUp(opened)
    return (await desk.channels.list(administrator, { organizationId: 'acme' })).items
  }
  return { ...opened, slots, channels, tokenOf: (channelId: string) => store.tokens.get(channelId) }
}

describe.each(Object.keys(engines))('two creations at once, on %s,', (engine) => {
  it('for one account: one wins, the other is told so, and its slot is free', async () => {
    const { desk, options, slots, channels } = await setup(engine, 3)
    const other = createDesk(options)
    const results = await Promise.allSettled([
      desk.channels.create(administrator, request('17841400000000001')),
      other.channels.create(administrator, request('17841400000000001')),
    ])
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused).toMatchObject([{ reason: { code: 'account-in-use' } }])
    expect(await slots()).toMatchObject({ taken: [], confirmed: [expect.any(String)] })
    expect(await channels()).toHaveLength(1)
  })

  it('for the last slot: one wins, the other is told the limit, and its account is free', async () => {
    const { desk, options, slots } = await setup(engine, 1)
    const other = createDesk(options)
    const accounts = ['17841400000000001', '17841400000000002']
    const results = await Promise.allSettled([
      desk.channels.create(administrator, request(accounts[0] ?? '')),
      other.channels.create(administrator, request(accounts[1] ?? '')),
    ])
    const refused = results.findIndex((result) => result.status === 'rejected')
    expect(results[refused]).toMatchObject({ reason: { code: 'channel-limit', facts: { limit: 1, live: 1 } } })
    expect((await slots())?.confirmed).toHaveLength(1)
    await desk.organizations.setDepartments(system, { organizationId: 'acme', departments: ['sales', 'support'] })
    await desk.channels.create(administrator, request(accounts[refused] ?? ''))
    expect((await slots())?.confirmed).toHaveLength(2)
  })

  it('with the same key are one creation', async () => {
    const { desk, options, slots } = await setup(engine, 3)
    const other = createDesk(options)
    const asked = request('17841400000000001', { key: 'create-1' })
    const made = await Promise.all([
      desk.channels.create(administrator, asked),
      other.channels.create(administrator, asked),
    ])
    expect(new Set(made.map(({ channelId }) => channelId)).size).toBe(1)
    expect(await slots()).toEqual({ taken: [], confirmed: [made[0]?.channelId] })
  })
})

describe('a creation that dies', () => {
  const account = '17841400000000001'
  const dies = async (step: 'slot-taken' | 'account-claimed' | 'channel-created') => {
    const desk = await setup()
    const process = processOn(desk.store, step)
    const dying = createDesk({ ...desk.options, store: process.store, onStep: process.onStep })
    await expect(dying.channels.create(administrator, request(account, { key: 'create-1' }))).rejects.toThrow('killed')
    return desk
  }

  it.each(['slot-taken', 'account-claimed'] as const)(
    'at %s holds slot and account, until it is undone after a minute and everything is free',
    async (step) => {
      const { desk, clock, slots, channels, store } = await dies(step)
      const held = (await slots())?.taken ?? []
      expect(held).toHaveLength(1)
      await expect(desk.channels.create(administrator, request('17841400000000002'))).rejects.toMatchObject({
        code: 'channel-limit',
      })
      clock.advance(MINUTE)
      await until(async () => (await slots())?.taken.length === 0)
      expect(await channels()).toEqual([])
      expect(await store.tokens.get(held[0] ?? '')).toBeUndefined()
      await desk.channels.create(administrator, request(account))
      expect((await slots())?.confirmed).toHaveLength(1)
    },
  )

  it('at channel-created is completed after a minute', async () => {
    const { clock, slots, channels } = await dies('channel-created')
    expect((await slots())?.taken).toHaveLength(1)
    clock.advance(MINUTE)
    await until(async () => (await slots())?.confirmed.length === 1)
    expect(await slots()).toMatchObject({ taken: [] })
    expect(await channels()).toHaveLength(1)
  })

  it.each(['slot-taken', 'account-claimed', 'channel-created'] as const)(
    'at %s is completed by asking again with the same key',
    async (step) => {
      const { desk, slots, channels, tokenOf } = await dies(step)
      const { channelId } = await desk.channels.create(administrator, request(account, { key: 'create-1' }))
      expect(await slots()).toEqual({ taken: [], confirmed: [channelId] })
      expect(await tokenOf(channelId)).toBe(`token of ${account}`)
      expect((await channels())[0]).toMatchObject({ agents: { aki: 1 } })
    },
  )

  it('and whose undoing dies too leaves an account that the next creation takes over', async () => {
    const { desk, clock, options, slots, store } = await dies('account-claimed')
    const [channelId] = (await slots())?.taken ?? []
    // Undone as far as the channel itself, and no further.
    await store.events.append(`channel-${channelId}`, 'none', [
      {
        id: '01900000-0000-7000-8000-000000000001',
        type: 'ChannelCreationAbandoned',
        version: 1,
        data: { channelId: channelId ?? '', at: clock.now() },
        meta: {},
        recordedAt: clock.now(),
      },
    ])
    await desk.organizations.setDepartments(system, { organizationId: 'acme', departments: ['sales', 'support'] })
    const other = createDesk(options)
    await other.channels.create(administrator, request(account))
    expect((await slots())?.confirmed).toHaveLength(1)
    expect(await store.tokens.get(channelId ?? '')).toBeUndefined()
  })
})

describe('a creator who sleeps', () => {
  it.each(['slot-taken', 'account-claimed'] as const)(
    'at %s for longer than a minute cannot complete what was undone meanwhile',
    async (step) => {
      const opened = await setup()
      const { desk, clock, options, slots, channels, store } = opened
      let wake = (): void => {}
      const asleep = new Promise<void>((resolve) => (wake = resolve))
      const sleeper = createDesk({ ...options, onStep: (at) => (at === step ? asleep : undefined) })
      afterwards(async () => wake())
      const sleeping = sleeper.channels.create(administrator, request('17841400000000001'))
      sleeping.catch(() => {})
      await until(async () => (await slots())?.taken.length === 1)
      const [channelId] = (await slots())?.taken ?? []
      await settled(opened)
      clock.advance(MINUTE)
      await until(async () => (await slots())?.taken.length === 0)
      const { channelId: winner } = await desk.channels.create(administrator, request('17841400000000001'))
      wake()
      await expect(sleeping).rejects.toMatchObject({ isMadoguchiRefusal: true })
      expect(await slots()).toEqual({ taken: [], confirmed: [winner] })
      expect((await channels()).map((channel) => channel.channelId)).toEqual([winner])
      expect(await store.tokens.get(channelId ?? '')).toBeUndefined()
    },
  )

  it('and whose account nobody wanted meanwhile lets it go again', async () => {
    const { desk, clock, options, slots } = await setup()
    let wake = (): void => {}
    const asleep = new Promise<void>((resolve) => (wake = resolve))
    const sleeper = createDesk({ ...options, onStep: (at) => (at === 'slot-taken' ? asleep : undefined) })
    const sleeping = sleeper.channels.create(administrator, request('17841400000000001'))
    sleeping.catch(() => {})
    await until(async () => (await slots())?.taken.length === 1)
    clock.advance(MINUTE)
    await until(async () => (await slots())?.taken.length === 0)
    wake()
    await expect(sleeping).rejects.toMatchObject({ code: 'channel-deleted' })
    await desk.channels.create(administrator, request('17841400000000001'))
  })
})

it('a creation whose store fails in the middle holds nothing longer than a minute', async () => {
  const { desk, clock, options, slots, store } = await setup()
  const process = processOn(store)
  const failing = createDesk({
    ...options,
    store: { ...process.store, tokens: { ...store.tokens, put: () => Promise.reject(new Error('no tokens')) } },
  })
  await expect(failing.channels.create(administrator, request('17841400000000001'))).rejects.toThrow('no tokens')
  clock.advance(MINUTE)
  await until(async () => (await slots())?.taken.length === 0)
  await desk.channels.create(administrator, request('17841400000000001'))
})

describe('an account that another channel has', () => {
  const olga = { kind: 'administrator', id: 'olga', organizationId: 'other' } as const
  const claimed = async () => {
    const opened = await setup('memory', 2)
    const { desk, simulator } = opened
    const account = simulator.addAccount({ flavour: 'instagram-login', username: 'acme.shop' })
    await desk.organizations.setDepartments(system, { organizationId: 'other', departments: ['sales'] })
    const { channelId } = await desk.channels.create(
      administrator,
      request(account.accountId, { token: account.token }),
    )
    const refusedWith = async (organizationId: string, token: string) =>
      desk.channels.create({ ...olga, organizationId }, request(account.accountId, { organizationId, token })).then(
        () => undefined,
        (error: unknown) => error as { readonly code: string; readonly facts: object },
      )
    return { ...opened, account, channelId, refusedWith }
  }

  it('is named to its own organization, with its channel', async () => {
    const { account, channelId, refusedWith } = await claimed()
    expect(await refusedWith('acme', 'any')).toMatchObject({
      code: 'account-in-use',
      facts: { accountId: account.accountId, channelId },
    })
  })

  it('is told to others only with a token of the account, and never which channel it is', async () => {
    const { account, refusedWith, simulator, slots } = await claimed()
    const another = simulator.addAccount({ flavour: 'instagram-login', username: 'other.shop' })
    for (const token of ['made up', another.token]) {
      expect(await refusedWith('other', token)).toMatchObject({ code: 'account-not-shown' })
    }
    const shown = await refusedWith('other', account.token)
    expect(shown).toMatchObject({ code: 'account-in-use' })
    expect(shown?.facts).toEqual({ accountId: account.accountId })
    expect((await slots())?.taken).toEqual([])
  })
})
