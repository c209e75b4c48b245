import { expect, it } from 'vitest'
import { createDesk, type Messenger } from 'madoguchi'
import { administrator, afterwards, aki, caughtUp, DAY, HOUR, openChannel, settled, until } from '../desk.ts'

type Profile = Awaited<ReturnType<Messenger['profile']>>

/** A customer writes, and Meta answers the question for the profile like this. */
const asked = async (answer: () => Promise<Profile>) => {
  const opened = await openChannel({ started: false })
  let calls = 0
  const { messenger } = opened.options.meta
  const desk = createDesk({
    ...opened.options,
    meta: { ...opened.options.meta, messenger: { ...messenger, profile: () => (calls++, answer()) } },
  })
  opened.simulator.setWebhook((request) => desk.handle(request))
  await desk.start()
  afterwards(() => desk.stop())
  const customer = opened.account.customer({ name: 'Hana' })
  const says = async (text: string) => {
    expect((await customer.says(text).delivered).outcome).toBe('delivered')
    await caughtUp({ desk, store: opened.store })
  }
  await says('Hello.')
  await until(async () => calls > 0)
  await settled(opened)
  return { ...opened, desk, customer, says, calls: () => calls }
}

it.each([
  ['throttles', () => Promise.resolve({ kind: 'throttled', code: '4', scope: 'app' } as const)],
  ['knows nobody', () => Promise.resolve({ kind: 'unavailable' } as const)],
  ['never answers', () => new Promise<Profile>(() => {})],
  ['breaks the contract and throws', () => Promise.reject(new Error('broken'))],
])(
  'a profile disturbs nothing when Meta %s: messages come in, replies go out, nobody asks again at once',
  async (_, answer) => {
    const { desk, channelId, customer, says, calls } = await asked(answer)
    await says('Anybody?')
    const [entry] = (await desk.inbox.list(aki)).items
    expect(entry).toMatchObject({ unread: 2, profile: {} })
    await desk.conversations.reply(aki, { conversationId: entry?.conversationId ?? '', text: 'Yes.' })
    await until(async () => customer.phone().messages.some(({ text }) => text === 'Yes.'))
    expect((await desk.channels.get({ kind: 'system' }, { channelId }).catch(() => undefined))?.authorization).not.toBe(
      'lost',
    )
    expect(calls()).toBe(1)
    // Does not wait for an answer that never comes.
    await desk.stop()
  },
)

it('the name of a customer is in the inbox soon after the message', async () => {
  const { desk, clock } = await asked(() => Promise.resolve({ kind: 'found', name: 'Hana', username: 'hana' }))
  await until(async () => (await desk.inbox.list(aki)).items[0]?.profile.name === 'Hana')
  clock.advance(HOUR)
})

it('a token that Meta refuses for a profile leaves no channel that looks connected', async () => {
  const { desk, channelId } = await asked(() => Promise.resolve({ kind: 'authorization-lost', code: '190' }))
  await until(async () => (await desk.channels.get(administrator, { channelId })).authorization === 'lost')
})

it('a permission that only profiles need says nothing about the channel', async () => {
  const answer = { kind: 'authorization-lost', code: '10', about: 'permission' } as const
  const { desk, channelId } = await asked(() => Promise.resolve(answer))
  expect((await desk.channels.get(administrator, { channelId })).authorization).toBe('connected')
})

it('a profile is read again when the customer writes a day later, and not before', async () => {
  const names = ['Hana', 'Hana Ito', 'never']
  let next = 0
  const talk = await asked(() =>
    Promise.resolve({ kind: 'found', name: names[next++] ?? '', pictureUrl: `https://cdn.example/${next}` }),
  )
  const { desk, clock, says, calls } = talk
  const name = async () => (await desk.inbox.list(aki)).items[0]?.profile.name
  await until(async () => (await name()) === 'Hana')
  clock.advance(DAY - 1)
  await says('Still there?')
  await settled(talk)
  expect(calls()).toBe(1)
  clock.advance(1)
  // Time alone asks nothing.
  await settled(talk)
  expect(calls()).toBe(1)
  await says('Hello again.')
  await until(async () => (await name()) === 'Hana Ito')
  await says('One more.')
  await settled(talk)
  expect(calls()).toBe(2)
  expect((await desk.inbox.search(aki, { text: 'Ito' })).customers).toHaveLength(1)
})

it('where only the consent of the customer was missing, their next message brings the profile', async () => {
  const answers: Profile[] = [
    { kind: 'unavailable', why: 'consent-missing' },
    { kind: 'unavailable', why: 'consent-missing' },
    { kind: 'found', name: 'Hana' },
  ]
  const talk = await asked(() => Promise.resolve(answers.shift() ?? { kind: 'unavailable' }))
  const { desk, says, calls } = talk
  await settled(talk)
  expect(calls()).toBe(1)
  await says('Anybody?')
  await until(async () => calls() === 2)
  await says('Hello?')
  await until(async () => (await desk.inbox.list(aki)).items[0]?.profile.name === 'Hana')
  expect(calls()).toBe(3)
})

it.each(['lost', 'suspended'] as const)(
  'where the channel was %s, the next message after it is connected again brings the profile',
  async (authorization) => {
    const answers: Profile[] = [
      { kind: `authorization-${authorization}`, code: '190', about: 'token' },
      { kind: 'found', name: 'Hana' },
    ]
    const talk = await asked(() => Promise.resolve(answers.shift() ?? { kind: 'unavailable' }))
    const { desk, channelId, account, says, calls } = talk
    const name = async () => (await desk.inbox.list(aki)).items[0]?.profile.name
    await until(async () => (await desk.channels.get(administrator, { channelId })).authorization === authorization)
    await says('Anybody?')
    await settled(talk)
    expect(calls()).toBe(1)
    await desk.channels.reconnect(administrator, { channelId, token: account.token })
    await says('Hello?')
    await until(async () => (await name()) === 'Hana')
    expect(calls()).toBe(2)
  },
)

it('a permission that is missing is not asked for with every message', async () => {
  const answer = { kind: 'authorization-lost', code: '10', about: 'permission' } as const
  const talk = await asked(() => Promise.resolve(answer))
  await talk.says('Anybody?')
  await settled(talk)
  expect(talk.calls()).toBe(1)
})
