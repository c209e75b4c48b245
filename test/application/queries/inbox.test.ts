import { describe, expect, it } from 'vitest'
import type { Desk, InboxView, Store } from 'madoguchi'
import {
  ACCOUNT,
  administrator,
  agent,
  aki,
  ben,
  body,
  caughtUp,
  echoes,
  engines,
  HOUR,
  NOON,
  openDesk,
  post,
  says,
  withChannel,
  withOrganization,
} from '../desk.ts'

const customerOf = (n: number): string => String(700_000_000_000_000 + n)

/** A desk on whose channel so many customers have written, one a minute after the other. */
const opened = async (engine: string, customers: number) => {
  const each = await openDesk({ store: (engines[engine] as () => Store)(), delivery: { enabled: false } })
  await withOrganization(each.desk)
  const channelId = await withChannel(each.desk, ACCOUNT)
  const events = Array.from({ length: customers }, (_, n) =>
    says(`m${n}`, `Number ${n}`, { customer: customerOf(n), at: NOON + n }),
  )
  each.clock.advance(1_000)
  await post(each.desk, body(events))
  await caughtUp(each)
  const ids = new Map(
    (await all(each.desk, 'all')).map(({ customerId, conversationId }) => [customerId, conversationId]),
  )
  const of = (n: number) => ({ conversationId: ids.get(customerOf(n)) ?? '' })
  return { ...each, channelId, of }
}
const all = async (desk: Desk, view: InboxView, actor = aki, limit = 200) => {
  const items = []
  let cursor: string | undefined
  do {
    const page = await desk.inbox.list(actor, { view, limit, ...(cursor === undefined ? {} : { cursor }) })
    items.push(...page.items)
    cursor = page.cursor
  } while (cursor !== undefined)
  return items
}
const numbers = async (desk: Desk, view: InboxView, actor = aki, limit = 200) =>
  (await all(desk, view, actor, limit)).map(({ customerId }) => Number(customerId) - 700_000_000_000_000)

describe.each(Object.keys(engines))('lists of the inbox, on %s', (engine) => {
  it('show whose conversations are whose, what waits, what has ended and what is blocked', async () => {
    const each = await opened(engine, 6)
    const { desk, of } = each
    await desk.conversations.pickUp(aki, of(0))
    await desk.conversations.pickUp(ben, of(1))
    await desk.conversations.end(aki, of(2))
    await desk.conversations.block(aki, of(3))
    await post(desk, body([echoes('e4', 'Answered in the app', { customer: customerOf(4), at: NOON + 500 })]))
    await caughtUp(each)
    expect(await numbers(desk, 'all')).toEqual([4, 5, 1, 0])
    expect(await numbers(desk, 'mine')).toEqual([0])
    expect(await numbers(desk, 'mine', ben)).toEqual([1])
    expect(await numbers(desk, 'unassigned')).toEqual([4, 5])
    expect(await numbers(desk, 'waiting')).toEqual([0, 1, 5])
    expect(await numbers(desk, 'ended')).toEqual([2])
    expect(await numbers(desk, 'blocked')).toEqual([3])
    await post(desk, body([says('again', 'Hello again', { customer: customerOf(2), at: NOON + 900 })]))
    await caughtUp(each)
    expect(await numbers(desk, 'unassigned')).toEqual([2, 4, 5])
    expect(await numbers(desk, 'ended')).toEqual([])
  })

  it('go on page by page over everything of removed agents too, without repeating or leaving out', async () => {
    const each = await opened(engine, 23)
    const { desk, channelId, of } = each
    for (let n = 0; n < 23; n += 2) await desk.conversations.pickUp(n % 3 === 0 ? aki : ben, of(n))
    await caughtUp(each)
    await desk.channels.remove(administrator, { channelId, agentId: 'ben' })
    const expected = Array.from({ length: 23 }, (_, n) => 22 - n).filter((n) => n % 2 === 1 || n % 3 !== 0)
    for (const limit of [1, 2, 5, 200]) expect(await numbers(desk, 'unassigned', aki, limit)).toEqual(expected)
    await desk.channels.associate(administrator, { channelId, agentId: 'ben' })
    await caughtUp(each)
    expect(await numbers(desk, 'unassigned', ben, 4)).toEqual(expected)
    expect(await numbers(desk, 'mine', ben)).toEqual([])
    await desk.channels.remove(administrator, { channelId, agentId: 'aki' })
    expect(await numbers(desk, 'unassigned', ben, 3)).toEqual(Array.from({ length: 23 }, (_, n) => 22 - n))
  })

  it('neither repeat nor leave out what stands still, while others change', async () => {
    const each = await opened(engine, 40)
    const { desk, of } = each
    const seen: string[] = []
    let cursor: string | undefined
    let moved = 40
    do {
      const page = await desk.inbox.list(aki, { limit: 7, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...page.items.map(({ customerId }) => customerId))
      cursor = page.cursor
      // Two that were not shown yet write again, a new customer comes, one that was shown is ended.
      moved -= 10
      const writes = [0, 1, 100 + moved].map((n) =>
        says(`again-${moved}-${n}`, 'Again', { customer: customerOf(n), at: NOON + 950 - moved }),
      )
      await post(desk, body(writes))
      await desk.conversations.end(aki, of(39 - Math.floor(seen.length / 7)))
      await caughtUp(each)
    } while (cursor !== undefined)
    const still = Array.from({ length: 30 }, (_, n) => customerOf(n + 2))
    expect(still.filter((customer) => !seen.includes(customer))).toEqual([])
    expect(seen.filter((customer, at) => seen.indexOf(customer) !== at)).toEqual([])
  })

  it('refuse cursors and limits that are none, by the name of the field', async () => {
    const each = await opened(engine, 3)
    const { desk, channelId, of } = each
    const { cursor = '' } = await desk.inbox.list(aki, { limit: 1 })
    const lists: readonly ((page: { cursor?: string; limit?: number }) => Promise<unknown>)[] = [
      (page) => desk.inbox.list(aki, page),
      (page) => desk.conversations.transcript(aki, { ...of(0), ...page }),
      (page) => desk.tickets.list(aki, { channelId, ...page }),
      (page) => desk.worklists.deliveries(aki, { channelId, ...page }),
      (page) => desk.worklists.pendingConversions(aki, { channelId, ...page }),
      (page) => desk.channels.list(aki, { organizationId: 'acme', ...page }),
      (page) => desk.operations.quarantine({ kind: 'system' }, page),
    ]
    const strange = [
      '',
      'x',
      '%',
      '%E0%A4%A',
      '[]',
      '1',
      'null',
      '"x"',
      '{"a":1}',
      '\u0000',
      '\ud800',
      'x'.repeat(10_000),
    ]
    const forged = encodeURIComponent(JSON.stringify({ all: 'x', channel: 'x', agent: 'x', [cursor]: 'x' }))
    for (const list of lists) {
      for (const limit of [0, -1, 201, 1.5, Number.NaN, '7' as never, null as never]) {
        await expect(list({ limit })).rejects.toMatchObject({ code: 'invalid', facts: { field: 'limit' } })
      }
      for (const given of [...strange, forged]) {
        // What happens to fit is answered; what does not is refused and never an error of the desk's own.
        const outcome = await list({ cursor: given }).then(
          () => 'answered',
          (error: { code?: string; name: string }) => error.code ?? error.name,
        )
        expect(['answered', 'invalid']).toContain(outcome)
      }
    }
    await expect(desk.inbox.list(aki, { cursor: 'x' })).rejects.toMatchObject({
      code: 'invalid',
      facts: { field: 'cursor' },
    })
    await expect(desk.inbox.list(aki, { view: 'everything' as never })).rejects.toMatchObject({ code: 'invalid' })
  })

  it('count what each agent has not read', async () => {
    const each = await opened(engine, 3)
    const { desk, channelId, of } = each
    await post(desk, body([says('m0b', 'Two', { customer: customerOf(0), at: NOON + 10 })]))
    await caughtUp(each)
    const unread = async (actor = aki) => {
      const items = await all(desk, 'all', actor)
      return Object.fromEntries(
        items.map(({ customerId, unread }) => [Number(customerId) - 700_000_000_000_000, unread]),
      )
    }
    expect(await unread()).toEqual({ 0: 2, 1: 1, 2: 1 })
    expect(await desk.inbox.unread(aki)).toEqual({ total: 3, channels: { [channelId]: 3 } })
    const { items } = await desk.conversations.transcript(aki, { ...of(0), backwards: false })
    const first = items.find((item) => item.kind === 'message')
    await desk.conversations.markRead(aki, { ...of(0), upTo: first?.revision ?? 0 })
    await desk.conversations.markRead(aki, { ...of(1), upTo: 100 })
    await caughtUp(each)
    expect(await unread()).toEqual({ 0: 1, 1: 0, 2: 1 })
    expect(await unread(ben)).toEqual({ 0: 2, 1: 1, 2: 1 })
    expect((await desk.inbox.unread(aki)).total).toBe(2)
    expect((await desk.inbox.unread(ben)).total).toBe(3)
    await desk.conversations.end(ben, of(2))
    await post(desk, body([says('m1b', 'New', { customer: customerOf(1), at: NOON + 20 })]))
    await caughtUp(each)
    expect((await desk.inbox.unread(aki)).total).toBe(2)
  })

  it('find customers by name and messages by words, in Japanese too, and nothing that was taken back', async () => {
    const each = await opened(engine, 1)
    const { desk } = each
    const texts = [
      '東京から大阪までの送料はいくらですか',
      '返品したいのですが',
      'Déjà vu à Zürich',
      'ＡＢＣ full width',
      'İstanbul',
      'ticket tickets ticking',
    ]
    await post(desk, body(texts.map((text, n) => says(`t${n}`, text, { customer: customerOf(n + 10), at: NOON + n }))))
    await caughtUp(each)
    const found = async (text: string) => {
      const { messages } = await desk.inbox.search(aki, { text })
      return messages.map(({ entry }) => Number(entry.customerId) - 700_000_000_000_010)
    }
    expect(await found('送料')).toEqual([0])
    expect(await found('大阪')).toEqual([0])
    expect(await found('返品')).toEqual([1])
    expect(await found('東京 送料')).toEqual([0])
    expect(await found('東京 返品')).toEqual([])
    expect(await found('zürich')).toEqual([2])
    expect(await found('abc')).toEqual([3])
    expect(await found('number')).toEqual([-10])
    // The last word is still being typed.
    expect(await found('tick')).toEqual([5])
    expect(await found('full wid')).toEqual([3])
    expect(await found('tickets tick')).toEqual([5])
    expect(await found('full tick')).toEqual([])
    expect(await found('full wid ')).toEqual([])
    const { customers } = await desk.inbox.search(aki, { text: customerOf(11) })
    expect(customers.map(({ customerId }) => customerId)).toEqual([customerOf(11)])
  })

  it('take the longest of very many words into account, and always the one that is being typed', async () => {
    const each = await opened(engine, 1)
    const { desk } = each
    const words = Array.from({ length: 20 }, (_, n) => `word${String(n).padStart(2, '0')}`)
    await post(desk, body([says('many', `${words.join(' ')} end`, { customer: customerOf(3), at: NOON })]))
    await caughtUp(each)
    const found = async (...last: readonly string[]) =>
      (await desk.inbox.search(aki, { text: [...words, ...last].join(' ') })).messages.length
    expect(await found('end')).toBe(1)
    expect(await found('no', 'end')).toBe(1)
    expect(await found('en')).toBe(1)
    expect(await found('no')).toBe(0)
    expect(await found('wordless', 'end')).toBe(0)
  })

  it('find all words that begin alike, however many there are, each text once', async () => {
    const each = await opened(engine, 1)
    const { desk } = each
    // Two words each, which stand far from each other in the order of words; every tenth text holds the beginning as it stands.
    const texts = Array.from({ length: 300 }, (_, n) => {
      const number = String(n).padStart(3, '0')
      return `parcel${number} parcel${String(299 - n).padStart(3, '0')}${n % 10 === 0 ? ' parcel' : ''}`
    })
    await post(desk, body(texts.map((text, n) => says(`b${n}`, text, { customer: customerOf(n % 9), at: NOON + n }))))
    await caughtUp(each)
    for (const limit of [40, 200]) {
      const found: string[] = []
      let cursor: string | undefined
      do {
        const page = await desk.inbox.search(aki, {
          text: 'parcel',
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        })
        found.push(...page.messages.map(({ itemId }) => itemId))
        cursor = page.cursor
      } while (cursor !== undefined && found.length < 1_000)
      expect([found.length, new Set(found).size]).toEqual([300, 300])
    }
  })

  it('find further back with the cursor, each text once, and refuse a cursor that is none', async () => {
    const each = await opened(engine, 1)
    const { desk } = each
    // Three of an instant; every second holds the word, every fifth a longer one, every tenth both.
    const texts = Array.from({ length: 120 }, (_, n) =>
      ['about', ...(n % 2 === 0 ? ['refund'] : []), ...(n % 5 === 0 ? ['refunded'] : [])].join(' '),
    )
    const said = texts.map((text, n) =>
      says(`r${n}`, text, { customer: customerOf(n % 9), at: NOON + Math.floor(n / 3) }),
    )
    await post(desk, body(said))
    await caughtUp(each)
    const pages = async (text: string, limit: number) => {
      const found: { readonly itemId: string; readonly at: number }[] = []
      let cursor: string | undefined
      for (let page = 0; page < 100; page++) {
        const answer = await desk.inbox.search(aki, { text, limit, ...(cursor === undefined ? {} : { cursor }) })
        expect(answer.messages.length).toBeLessThanOrEqual(limit)
        found.push(...answer.messages.map(({ itemId, at }) => ({ itemId, at })))
        cursor = answer.cursor
        if (cursor === undefined) return found
      }
      throw new Error('pages have no end')
    }
    const many = (test: (n: number) => boolean): number => texts.filter((_, n) => test(n)).length
    const expected = [
      ['refund ', many((n) => n % 2 === 0)],
      ['refund about ', many((n) => n % 2 === 0)],
      ['refund refunded about ', many((n) => n % 10 === 0)],
      ['refund', many((n) => n % 2 === 0 || n % 5 === 0)],
      ['about refund', many((n) => n % 2 === 0 || n % 5 === 0)],
      ['refun', many((n) => n % 2 === 0 || n % 5 === 0)],
      ['about refunde', many((n) => n % 5 === 0)],
      ['about refundx', 0],
    ] as const
    for (const limit of [1, 7, 60, 200])
      for (const [text, count] of expected) {
        const found = await pages(text, limit)
        expect([text, limit, new Set(found.map(({ itemId }) => itemId)).size]).toEqual([text, limit, count])
        expect(found).toHaveLength(count)
        if (!text.endsWith(' ')) continue
        const instants = found.map(({ at }) => at)
        expect(instants).toEqual(instants.toSorted((one, other) => other - one))
      }
    const { cursor: own = '' } = await desk.inbox.search(aki, { text: 'refund', limit: 1 })
    const parts = JSON.parse(decodeURIComponent(own)) as Record<string, unknown>
    const changed = (change: Record<string, unknown>): string =>
      encodeURIComponent(JSON.stringify({ ...parts, ...change }))
    expect(await desk.inbox.search(aki, { text: 'refund', cursor: changed({}) })).toMatchObject({ customers: [] })
    const wrong = [
      'x',
      '%',
      '[]',
      '{}',
      'null',
      '%22start%22',
      ...[[1], [null], ['start'], {}, [{}, {}, {}], [{ stand: { at: 'now', key: 'k' } }]].map((messages) =>
        changed({ messages }),
      ),
      changed({ messages: [{ stand: { at: 1, key: 'k'.repeat(2_001) } }] }),
      changed({ messages: ['end', { windows: { [each.channelId]: 'no cursor of the engine' } }] }),
      changed({ messages: ['end', { windows: { [each.channelId]: 7 } }] }),
      changed({ about: 'something else' }),
    ]
    for (const cursor of wrong)
      await expect(desk.inbox.search(aki, { text: 'refund', cursor }), cursor).rejects.toMatchObject({
        code: 'invalid',
        facts: { field: 'cursor' },
      })
    for (const other of [{ text: 'refunds' }, { text: 'refund ' }, { text: 'refund', channelId: each.channelId }])
      await expect(desk.inbox.search(aki, { ...other, cursor: own })).rejects.toMatchObject({
        code: 'invalid',
        facts: { field: 'cursor' },
      })
  })
})

it('a search takes at most 200 characters as people count them, and nothing but text', async () => {
  const { desk } = await opened('memory', 1)
  const search = (text: unknown) => desk.inbox.search(aki, { text: text as string })
  const emoji = '\u{1f600}'
  expect(await search('number '.repeat(28) + 'nu')).toMatchObject({ messages: [{}] })
  expect((await search(emoji.repeat(200))).messages).toEqual([])
  for (const [text, actual] of [
    [emoji.repeat(201), 201],
    ['a '.repeat(50_000), 100_000],
    ['\u0301\u0316'.repeat(50_000), 100_000],
  ] as const)
    await expect(search(text)).rejects.toMatchObject({
      code: 'too-long',
      facts: { field: 'text', limit: 200, actual, unit: 'code points' },
    })
  for (const [text, given] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [7, '7'],
    [['a'], 'a list'],
    [{ text: 'secret' }, 'an object'],
  ])
    await expect(search(text)).rejects.toMatchObject({ code: 'invalid', facts: { field: 'text', given } })
  await expect(
    desk.inbox.search(agent('ben', 'other'), { text: 'a'.repeat(201), channelId: 'x' }),
  ).rejects.toMatchObject({
    code: 'not-associated',
  })
})

describe('the reply window', () => {
  it('told of any instant agrees with a naive model', async () => {
    const each = await opened('memory', 1)
    const { desk, of, clock } = each
    const anchors = [NOON]
    for (const hours of [3, 30, 31, 100, 400]) {
      clock.advance(Math.max(0, NOON + hours * HOUR - clock.now()))
      anchors.push(clock.now())
      await post(desk, body([says(`w${hours}`, 'Still here', { customer: customerOf(0), at: clock.now() })]))
    }
    // Late and older than the newest: an anchor for the instants in between.
    await post(desk, body([says('late', 'Was late', { customer: customerOf(0), at: NOON + 200 * HOUR })]))
    anchors.push(NOON + 200 * HOUR)
    await caughtUp(each)
    for (let at = NOON - 2 * HOUR; at < NOON + 700 * HOUR; at += 1_800_001) {
      const anchor = Math.max(...anchors.filter((one) => one <= at))
      const age = at - anchor
      const state =
        anchor === -Infinity
          ? 'never-opened'
          : age < 24 * HOUR
            ? 'standard'
            : age < 168 * HOUR
              ? 'human-agent'
              : 'expired'
      expect([at, (await desk.conversations.windowAt(aki, { ...of(0), at })).state]).toEqual([at, state])
    }
    for (const anchor of anchors) {
      for (const edge of [24 * HOUR, 168 * HOUR]) {
        const newer = anchors.some((other) => other > anchor && other <= anchor + edge)
        if (newer) continue
        const before = await desk.conversations.windowAt(aki, { ...of(0), at: anchor + edge - 1 })
        const after = await desk.conversations.windowAt(aki, { ...of(0), at: anchor + edge })
        expect(before.state).not.toBe(after.state)
      }
    }
    await expect(desk.conversations.windowAt(aki, { ...of(0), at: Number.NaN })).rejects.toMatchObject({
      code: 'invalid',
    })
  })
})
