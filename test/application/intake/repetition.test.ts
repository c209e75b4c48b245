import { describe, expect, it } from 'vitest'
import type { Desk, Store } from 'madoguchi'
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
  openChannel,
  openDesk,
  post,
  says,
  system,
  unsends,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'

const opened = async (engine: string) => {
  const each = await openDesk({ store: (engines[engine] as () => Store)() })
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  await caughtUp(each)
  return each
}
const counts = async (desk: Desk) => (await desk.operations.balance(system)).accounts[ACCOUNT]
const texts = async (desk: Desk) => {
  const [entry] = (await desk.inbox.list(aki)).items
  if (entry === undefined) return []
  const { conversationId } = entry
  const { items } = await desk.conversations.transcript(aki, { conversationId, backwards: false })
  return items.flatMap((item) => (item.kind === 'message' ? [item.text] : []))
}

describe.each(Object.keys(engines))('what Meta repeats or reorders, on %s', (engine) => {
  it('is recorded once, when one message comes in twenty bodies at once', async () => {
    const each = await opened(engine)
    const bodies = Array.from({ length: 20 }, (_, n) => body([says('m1', 'Once'), says(`other-${n}`, `Other ${n}`)]))
    expect(new Set(await Promise.all(bodies.map((one) => post(each.desk, one))))).toEqual(new Set([200]))
    await caughtUp(each)
    expect(await counts(each.desk)).toEqual({
      received: 40,
      recorded: 21,
      duplicates: 19,
      ignored: 0,
      quarantined: 0,
      unanswered: 0,
    })
    const all = await texts(each.desk)
    expect(all).toHaveLength(21)
    expect(all.filter((text) => text === 'Once')).toHaveLength(1)
  })

  it('is recorded once, when one body holds it three times', async () => {
    const each = await opened(engine)
    expect(await post(each.desk, body([says('m1', 'A'), says('m1', 'A'), says('m1', 'A')]))).toBe(200)
    await caughtUp(each)
    expect(await counts(each.desk)).toMatchObject({ received: 3, recorded: 1, duplicates: 2 })
  })

  it('never shows what was taken back before it came', async () => {
    const each = await opened(engine)
    expect(await post(each.desk, body([unsends('m1')]))).toBe(200)
    await caughtUp(each)
    expect((await each.desk.inbox.list(aki)).items).toEqual([])
    expect(await post(each.desk, body([says('m1', 'Regretted'), says('m2', 'Meant')]))).toBe(200)
    await caughtUp(each)
    expect(await texts(each.desk)).toEqual([undefined, 'Meant'])
    expect((await each.desk.inbox.search(aki, { text: 'Regretted' })).messages).toEqual([])
  })

  it('shows the newest text by number, whatever the order, and no edit without one', async () => {
    const each = await opened(engine)
    const zero = { ...edits('m1', 'Zero', 0), message_edit: { mid: 'm1', num_edit: 0 } }
    for (const event of [
      edits('m1', 'Third', 3),
      edits('m1', 'First', 1),
      zero,
      says('m1', 'Original'),
      edits('m1', 'Second', '2'),
    ]) {
      expect(await post(each.desk, body([event]))).toBe(200)
    }
    await caughtUp(each)
    expect(await texts(each.desk)).toEqual(['Third'])
    // The two that were older than the newest text known were delivered once each: no duplicates.
    expect(await counts(each.desk)).toMatchObject({ received: 5, ignored: 3, recorded: 2, duplicates: 0 })
    expect((await each.desk.operations.balance(system)).ignored).toMatchObject({ superseded: 2 })
  })

  it('tells numbers above 2^53 apart', async () => {
    const each = await opened(engine)
    const account = '17841499000000001'
    const of = (customer: string, mid: string) =>
      `{"object":"instagram","entry":[{"id":${account},"time":${NOON},"messaging":[{"sender":{"id":${customer}},` +
      `"recipient":{"id":${account}},"timestamp":${NOON},"message":{"mid":${mid},"text":"Hello"}}]}]}`
    for (const [customer, mid] of [
      ['9007199254740992', '99007199254740992'],
      ['9007199254740993', '99007199254740993'],
      ['9007199254740993', '99007199254740992'],
    ] as const) {
      expect(await post(each.desk, of(customer, mid))).toBe(200)
    }
    await caughtUp(each)
    const { items } = await each.desk.inbox.list(aki)
    expect(new Set(items.map(({ customerId }) => customerId))).toEqual(
      new Set(['9007199254740992', '9007199254740993']),
    )
    expect(await counts(each.desk)).toMatchObject({ received: 3, recorded: 3 })
  })

  it('gives lone surrogates and NUL back as they came, finds the words around them, and counts on', async () => {
    const each = await opened(engine)
    const strange = ['a\u0000b needle', '\ud83d needle', 'needle \udc00\ud800', '\u0000', '\ufeff\u202eneedle', 'ok']
    expect(await post(each.desk, body(strange.map((text, n) => says(`m${n}`, text, { at: NOON + n }))))).toBe(200)
    await caughtUp(each)
    expect(await texts(each.desk)).toEqual(strange)
    const found = await each.desk.inbox.search(aki, { text: 'needle' })
    expect(found.messages).toHaveLength(4)
    for (const text of ['\ud83d', '\u0000', 'a\u0000b', '', '   ', '%', '"', 'x'.repeat(200), '\ud800\u0000needle']) {
      await each.desk.inbox.search(aki, { text })
    }
    const { conversationId } = found.messages[0]?.entry ?? { conversationId: '' }
    const { items } = await each.desk.conversations.transcript(aki, { conversationId, limit: 2 })
    expect(items).toHaveLength(2)
  })
})

it('an echo that comes before its send has returned is the reply itself, not one from outside', async () => {
  const each = await openChannel({ simulator: { faults: { echoFirst: 1 } } })
  const customer = each.simulator.customer(each.account.accountId, { name: 'Hana' })
  await customer.says('Hello?').delivered
  await caughtUp(each)
  const conversationId = (await each.desk.inbox.list(aki)).items[0]?.conversationId ?? ''
  await each.desk.conversations.reply(aki, { conversationId, text: 'Good day' })
  const items = await until(async () => {
    const page = await each.desk.conversations.transcript(aki, { conversationId })
    const sent = page.items.some((item) => item.kind === 'reply' && item.reply.progress.status === 'sent')
    return (
      sent && each.simulator.ledger.events({ kind: 'echo' }).every(({ state }) => state === 'delivered') && page.items
    )
  })
  expect(items.filter(({ kind }) => kind === 'reply')).toHaveLength(1)
  expect(items.filter((item) => item.kind === 'message')).toHaveLength(1)
  await each.simulator.idle()
  await caughtUp(each)
  const { total, balances } = await each.desk.operations.balance(system)
  expect(balances).toBe(true)
  expect(total.received).toBe(each.simulator.ledger.deliveredEvents().accepted)
})

it("an echo of somebody else's app is a reply from outside, recorded once", async () => {
  const each = await opened('memory')
  await post(each.desk, body([says('m1', 'Hello?')]))
  await Promise.all([1, 2, 3].map(() => post(each.desk, body([echoes('n1', 'From the app', { customer: CUSTOMER })]))))
  await caughtUp(each)
  expect(await counts(each.desk)).toMatchObject({ received: 4, recorded: 2, duplicates: 2 })
  expect((await each.desk.inbox.list(aki)).items[0]?.lastLine).toMatchObject({ by: 'outside', text: 'From the app' })
})

it('a batch of 1,000 events over 100 customers is answered 200, and counted', async () => {
  const each = await opened('sqlite')
  const events = Array.from({ length: 1_000 }, (_, n) =>
    says(`m${n}`, `Number ${n}`, { customer: `${n % 100}0001`, at: NOON + n }),
  )
  expect(await post(each.desk, body(events))).toBe(200)
  await caughtUp(each)
  expect(await counts(each.desk)).toMatchObject({ received: 1_000, recorded: 1_000 })
  expect((await each.desk.inbox.list(aki, { limit: 200 })).items).toHaveLength(100)
})
