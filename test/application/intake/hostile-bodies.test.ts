import { beforeEach, describe, expect, it } from 'vitest'
import {
  ACCOUNT,
  aki,
  body,
  caughtUp,
  CUSTOMER,
  echoes,
  edits,
  engines,
  NOON,
  openDesk,
  post,
  says,
  system,
  unsends,
  withChannel,
  withOrganization,
} from '../desk.ts'

const good = says('good', 'A good one', { customer: '900000000000099' })
const from = (member: object) => ({ sender: { id: CUSTOMER }, recipient: { id: ACCOUNT }, timestamp: NOON, ...member })
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
/** Bodies as text: what is nested deeply cannot be written by JSON.stringify. */
const bodyText = (events: readonly string[], more = '') =>
  `{"object":"instagram","entry":[{"id":"${ACCOUNT}","time":${NOON}${more},"messaging":[${events.join(',')}]}]}`
const goodText = JSON.stringify(good)

const opened = async (engine: 'memory' | 'sqlite' = 'memory') => {
  const each = await openDesk({ store: engines[engine]!() })
  await withOrganization(each.desk)
  const channelId = await withChannel(each.desk, ACCOUNT)
  await caughtUp(each)
  const balance = async () => {
    await caughtUp(each)
    const { total, balances } = await each.desk.operations.balance(system)
    expect(balances).toBe(true)
    return total
  }
  const quarantine = async () => {
    await caughtUp(each)
    return (await each.desk.operations.quarantine(system)).items
  }
  const goodOnes = async () => {
    const { events } = await each.store.events.readAll({ types: ['MessageReceived'], limit: 1_000 })
    return events.filter(({ data }) => data['mid'] === 'good').length
  }
  return { ...each, channelId, balance, quarantine, goodOnes }
}

describe('one body that is too much', () => {
  let each: Awaited<ReturnType<typeof opened>>
  beforeEach(async () => {
    each = await opened()
  })

  it('of a million null events: what is beyond 2,000 is one item with the count', async () => {
    expect(await post(each.desk, bodyText([goodText, ...Array<string>(1_000_000).fill('null')]))).toBe(200)
    expect(await each.goodOnes()).toBe(1)
    expect(await each.balance()).toMatchObject({ received: 2_001, recorded: 1, duplicates: 1_998, quarantined: 2 })
    const rest = (await each.quarantine()).find(({ reason }) => reason === 'over-limit')
    expect(rest).toMatchObject({ accountId: ACCOUNT, detail: 'the events of the body: 1000001, at most 2000' })
  })

  it('of a million entries, bodies, and entries of another object', async () => {
    const empty = Array<string>(1_000_000).fill('{}').join(',')
    expect(await post(each.desk, `{"object":"instagram","entry":[${empty}]}`)).toBe(200)
    expect(await post(each.desk, `[${Array<string>(900_000).fill('{}').join(',')}]`)).toBe(200)
    expect(
      await post(each.desk, `{"object":"page","entry":[${Array<string>(900_000).fill('{"id":5}').join(',')}]}`),
    ).toBe(200)
    expect((await each.balance()).received).toBe(3 * 2_001)
  })

  it('of 5,000 messages: what is beyond is recorded when it is run again', async () => {
    const many = Array.from({ length: 5_000 }, (_, n) => says(`m${n}`, 'One', { at: NOON + n }))
    expect(await post(each.desk, body([good, ...many]))).toBe(200)
    expect(await each.balance()).toMatchObject({ received: 2_001, recorded: 2_000, quarantined: 1 })
    const [rest] = await each.quarantine()
    const { outcome } = await each.desk.operations.rerun(system, rest?.quarantineId ?? '')
    expect(outcome).toMatchObject({ kind: 'recorded' })
    const { events } = await each.store.events.readAll({ types: ['MessageReceived'], limit: 10_000 })
    expect(events).toHaveLength(5_001)
  })

  it('with a message of 60,000 attachments, or templates of 60,000 elements', async () => {
    const attachments = Array.from({ length: 60_000 }, (_, n) => ({
      type: 'image',
      payload: { url: `https://x/${n}` },
    }))
    const elements = attachments.map(() => ({ title: 'One' }))
    const templates = [{ type: 'template', payload: { generic: { elements } } }]
    const few = elements.slice(0, 60)
    const some = Array.from({ length: 2 }, () => ({ type: 'template', payload: { product: { elements: few } } }))
    const events = [attachments, templates, some].map((list, n) =>
      from({ message: { mid: `m${n}`, attachments: list } }),
    )
    expect(await post(each.desk, body([...events, good]))).toBe(200)
    expect(await each.goodOnes()).toBe(1)
    expect(await each.balance()).toMatchObject({ received: 4, recorded: 1, quarantined: 3 })
    expect((await each.quarantine()).map(({ reason, detail }) => `${reason} ${detail}`).toSorted()).toEqual([
      'over-limit attachments: 120 items, at most 100',
      'over-limit attachments: 60000 items, at most 100',
      'over-limit attachments: 60000 items, at most 100',
    ])
  })

  it('with events nested 20,000 deep beside four megabytes: none keeps the whole', async () => {
    const deep = Array.from({ length: 50 }, (_, n) =>
      JSON.stringify({ x: n, ...says(`d${n}`, 'y') }).replace('"y"', nested(20_000)),
    )
    const padding = 'p'.repeat(4_000_000)
    expect(await post(each.desk, bodyText([...deep, goodText], `,"time":"${padding}","other":"${padding}"`))).toBe(200)
    expect(await each.goodOnes()).toBe(1)
    expect(await each.balance()).toMatchObject({ received: 51, recorded: 1, quarantined: 50 })
    const held = await each.quarantine()
    for (const { reason, size } of held) {
      expect(reason).toBe('over-limit')
      expect(size).toBeLessThan(60_000)
    }
    const raw = await each.desk.operations.inspect(system, held[0]?.quarantineId ?? '')
    expect(raw).toContain('[[[[')
  })

  it('with a long number and a member nested 5,000 deep: the others are recorded, with exact numbers', async () => {
    const deep = JSON.stringify(from({ x: 'y', message: { mid: 'm1', text: 'x' } })).replace('"y"', nested(5_000))
    const exact = JSON.stringify({ ...good, sender: { id: 'z' } }).replace('"z"', '12345678901234567')
    expect(await post(each.desk, bodyText([deep, exact]))).toBe(200)
    expect(await each.goodOnes()).toBe(1)
    const { items } = await each.desk.inbox.list(aki)
    expect(items.map(({ customerId }) => customerId)).toEqual(['12345678901234567'])
  })

  it('with roles of 1.4 MB, an action of 1 MB and a reason of 1 MB', async () => {
    const events = [
      from({ app_roles: { 1234: Array<string>(100_000).fill('primary_receiver') } }),
      from({ app_roles: Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`${n}`, ['x']])) }),
      from({
        app_roles: Object.fromEntries(
          Array.from({ length: 100 }, (_, n) => [`a${n}`, Array<string>(100).fill('x'.repeat(500))]),
        ),
      }),
      from({ policy_enforcement: { action: 'x'.repeat(1_000_000) } }),
      from({ policy_enforcement: { action: 'block', reason: 'x'.repeat(1_000_000) } }),
      from({ message: { mid: 'large', text: 'x'.repeat(1_400_000) } }),
    ]
    expect(await post(each.desk, body([...events, good]))).toBe(200)
    expect(await each.goodOnes()).toBe(1)
    expect(await each.balance()).toMatchObject({ received: 7, recorded: 1, quarantined: 6 })
    expect((await each.quarantine()).every(({ reason }) => reason === 'over-limit')).toBe(true)
  })

  it('of more objects and lists than anybody should read', async () => {
    expect(await post(each.desk, bodyText([`[${'[],'.repeat(1_500_000)}1]`, goodText]))).toBe(200)
    expect(await each.balance()).toMatchObject({ received: 1, quarantined: 1 })
  })

  it('of two million levels beside a good event', async () => {
    expect(await post(each.desk, bodyText([nested(2_000_000), goodText]))).toBe(200)
    expect(await each.balance()).toMatchObject({ received: 2, recorded: 1, quarantined: 1 })
    expect(await each.goodOnes()).toBe(1)
  })

  it('one thread in which one message is too large: all the others are recorded', async () => {
    const many = Array.from({ length: 100 }, (_, n) => says(`m${n}`, 'One', { at: NOON + n }))
    const large = says('large', 'x'.repeat(1_400_000))
    expect(await post(each.desk, body([...many, large, says('last', 'Last')]))).toBe(200)
    expect(await each.balance()).toMatchObject({ received: 102, recorded: 101, quarantined: 1 })
  })
})

const long = 'i'.repeat(8_000)
const longIds: Readonly<Record<string, object>> = {
  'message.mid': says(long, 'x'),
  'message.mid of an echo': echoes(long, 'x'),
  'message.mid of an unsend': unsends(long),
  'message_edit.mid': edits(long, 'x', 1),
  'reaction.mid': from({ reaction: { mid: long, action: 'react', emoji: 'x' } }),
  'read.mid': from({ read: { mid: long } }),
  'postback.mid': from({ postback: { mid: long, title: 'x' } }),
  'sender.id': says('m', 'x', { customer: long }),
  'recipient.id': echoes('m', 'x', { customer: long }),
  'reply_to.mid': from({ message: { mid: 'm', text: 'x', reply_to: { mid: long } } }),
  'story.id': from({ message: { mid: 'm', text: 'x', reply_to: { story: { id: long } } } }),
  'referral.ad_id': from({ message: { mid: 'm', text: 'x', referral: { ad_id: long } } }),
  'product.id': from({ referral: { product: { id: long } } }),
  ig_post_media_id: from({
    message: { mid: 'm', attachments: [{ type: 'ig_post', payload: { ig_post_media_id: long } }] },
  }),
  'payload.id': from({ message: { mid: 'm', attachments: [{ type: 'ig_post', payload: { id: long } }] } }),
  new_owner_app_id: from({ take_thread_control: { new_owner_app_id: long } }),
  previous_owner_app_id: from({ pass_thread_control: { previous_owner_app_id: long } }),
  requested_owner_app_id: from({ request_thread_control: { requested_owner_app_id: long } }),
  'an app of app_roles': from({ app_roles: { [long]: ['x'] } }),
  'a role of app_roles': from({ app_roles: { 1: [long] } }),
  'policy_enforcement.action': from({ policy_enforcement: { action: long } }),
}

describe.each(['memory', 'sqlite'] as const)('an id of more than 512 bytes, on %s', (engine) => {
  it('quarantines its event with the reason, wherever it stands, and the rest of the body is recorded', async () => {
    const each = await opened(engine)
    const events = Object.values(longIds)
    expect(await post(each.desk, body([...events, good]))).toBe(200)
    expect(await each.goodOnes()).toBe(1)
    expect(await each.balance()).toMatchObject({ received: events.length + 1, recorded: 1, quarantined: events.length })
    const details = (await each.quarantine()).map(({ reason, detail }) => `${reason} ${detail}`)
    const fields = Object.keys(longIds).map((name) => name.split(' of an ')[0])
    expect(details.toSorted()).toEqual(fields.map((field) => `over-limit ${field}: 8000 bytes, at most 512`).toSorted())
  })

  it('is counted in bytes, and 512 are taken', async () => {
    const each = await opened(engine)
    const ofBytes = (bytes: number) => `é${'x'.repeat(bytes - 2)}`
    expect(await post(each.desk, body([says(ofBytes(512), 'x'), says(ofBytes(513), 'x'), says('\ud800', 'x')]))).toBe(
      200,
    )
    expect(await post(each.desk, body([says('m', 'x', { account: ofBytes(513) })], ofBytes(513)))).toBe(200)
    expect(await post(each.desk, body([says('m', 'x', { account: ofBytes(512) })], ofBytes(512)))).toBe(200)
    expect(await each.balance()).toMatchObject({ received: 5, recorded: 2, quarantined: 3 })
    const held = (await each.quarantine()).map(({ accountId, detail }) => [accountId.length, detail])
    expect(held).toContainEqual([0, 'entry.id: 513 bytes, at most 512'])
  })
})
