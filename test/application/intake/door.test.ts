import { describe, expect, it } from 'vitest'
import { signature256, toWire } from 'madoguchi/simulator'
import {
  ACCOUNT,
  anotherDesk,
  body,
  caughtUp,
  openDesk,
  post,
  says,
  SECRET,
  signed,
  system,
  unableToTake,
  withChannel,
  withOrganization,
} from '../desk.ts'

const MIB = 1_048_576
const opened = async () => {
  const each = await openDesk()
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  await caughtUp(each)
  const logged = async () => (await each.store.events.readAll({ limit: 1_000 })).events.length
  return { ...each, logged }
}
const letter = toWire(body([says('m1', 'Hello')]) as never)
/** Has the form of a signature: whose it is shows only when the body was read. */
const ofSomething = { 'x-hub-signature-256': signature256('something', SECRET) }
const posted = (headers: Record<string, string>): Request =>
  new Request('http://desk.test/instagram', { method: 'POST', body: letter, headers })

describe('the door of the webhook', () => {
  it.each([
    ['no signature', {}],
    ['an empty one', { 'x-hub-signature-256': '' }],
    ['one of another secret', { 'x-hub-signature-256': signature256(letter, 'another') }],
    ['one of another body', { 'x-hub-signature-256': signature256(`${letter} `, SECRET) }],
    ['half of one', { 'x-hub-signature-256': signature256(letter, SECRET).slice(0, 40) }],
    ['one without its name', { 'x-hub-signature-256': signature256(letter, SECRET).slice(7) }],
    ['only the older one', { 'x-hub-signature': signature256(letter, SECRET) }],
  ])('answers 401 to %s and records nothing', async (_, headers) => {
    const { desk, logged } = await opened()
    const before = await logged()
    expect((await desk.handle(posted(headers as Record<string, string>))).status).toBe(401)
    expect(await logged()).toBe(before)
  })

  it('answers 413 above 16 MiB when the length is declared, without reading on', async () => {
    const { desk, logged } = await opened()
    const before = await logged()
    let read = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        read += 1
        controller.enqueue(new Uint8Array(MIB))
      },
    })
    const request = new Request('http://desk.test/', {
      method: 'POST',
      body: endless,
      headers: { ...ofSomething, 'content-length': String(16 * MIB + 1) },
      duplex: 'half',
    })
    expect((await desk.handle(request)).status).toBe(413)
    expect(read).toBeLessThan(4)
    expect(await logged()).toBe(before)
  })

  it.each([
    ['no length is declared', {}],
    ['the declared length is a lie', { 'content-length': '10' }],
    ['the declared length is no number', { 'content-length': 'many' }],
  ])('answers 413 above 16 MiB when %s, and stops reading', async (_, headers) => {
    const { desk, logged } = await opened()
    const before = await logged()
    let read = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        read += 1
        if (read > 100) controller.close()
        else controller.enqueue(new Uint8Array(MIB))
      },
    })
    const request = new Request('http://desk.test/', {
      method: 'POST',
      body: endless,
      headers: { ...ofSomething, ...headers },
      duplex: 'half',
    })
    expect((await desk.handle(request)).status).toBe(413)
    if (!('content-length' in headers)) expect(read).toBeLessThan(20)
    expect(await logged()).toBe(before)
  })

  it('takes a body of exactly 16 MiB', async () => {
    const { desk } = await opened()
    const padded = `${letter}${' '.repeat(16 * MIB - letter.length)}`
    expect((await desk.handle(signed(padded))).status).toBe(200)
    expect((await desk.handle(signed(`${padded} `))).status).toBe(413)
  })

  it('answers the handshake only for the right token, and no other method', async () => {
    const { desk } = await opened()
    const asked = (token: string) =>
      desk.handle(
        new Request(`http://desk.test/?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=1158201444`),
      )
    const answer = await asked('verify')
    expect([answer.status, await answer.text()]).toEqual([200, '1158201444'])
    expect((await asked('verifi')).status).toBe(403)
    expect((await desk.handle(new Request('http://desk.test/', { method: 'PUT', body: letter }))).status).toBe(405)
  })

  it('answers 503 when the sender breaks off, and records nothing', async () => {
    const { desk, logged } = await opened()
    const before = await logged()
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(letter.slice(0, 20)))
        controller.error(new Error('gone'))
      },
    })
    const headers = { 'x-hub-signature-256': signature256(letter, SECRET) }
    const request = new Request('http://desk.test/', { method: 'POST', body: broken, duplex: 'half', headers })
    expect((await desk.handle(request)).status).toBe(503)
    expect(await logged()).toBe(before)
  })

  it('puts signed rubbish into quarantine and ignores another object, with 200', async () => {
    const { desk, store } = await opened()
    for (const rubbish of ['<html>', '', '{"object":"instagram"', '\u0000'.repeat(250_000)]) {
      expect((await desk.handle(signed(rubbish))).status).toBe(200)
    }
    expect((await desk.handle(signed(new Uint8Array([0xff, 0xfe, 0x00, 0xd8])))).status).toBe(200)
    expect(await post(desk, { object: 'page', entry: [{ id: '1', messaging: [says('m9', 'Hello')] }] })).toBe(200)
    await caughtUp({ desk, store })
    const { accounts, balances, ignored } = await desk.operations.balance(system)
    expect(balances).toBe(true)
    expect(accounts['']).toMatchObject({ received: 5, quarantined: 5 })
    expect(ignored).toEqual({ 'other-object': 1 })
    expect((await desk.operations.quarantine(system)).items).toHaveLength(5)
  })

  it('takes the good events of a batch whatever is wrong with one, and loses none', async () => {
    const { desk, store } = await opened()
    const bad = {
      sender: { id: '900000000000001' },
      recipient: { id: ACCOUNT },
      timestamp: 'soon',
      message: { mid: 'm2' },
    }
    const never = { ...says('m4', ''), something_new: {} }
    const events = [says('m1', 'One'), bad, says('m3', 'Three'), 'text', { ...never, message: null }]
    expect(await post(desk, body(events))).toBe(200)
    await caughtUp({ desk, store })
    expect((await desk.operations.balance(system)).accounts[ACCOUNT]).toEqual({
      received: 5,
      recorded: 2,
      duplicates: 0,
      ignored: 0,
      quarantined: 3,
      unanswered: 0,
    })
  })

  it.each([
    ['a mid of 100,000 characters', says('m'.repeat(100_000), 'Hello')],
    ['an empty mid', says('', 'Hello')],
    ['a customer id of 5,000 characters', says('m2', 'Hello', { customer: '9'.repeat(5_000) })],
    ['a customer with NUL and a lone surrogate in the id', says('m2', 'Hello', { customer: 'a\u0000\ud800b' })],
    ['a mid with NUL and a lone surrogate', says('a\u0000\ud800b', 'Hello')],
    ['a customer called __proto__', says('m2', 'Hello', { customer: '__proto__' })],
    ['a text of two million characters', says('m2', 'x'.repeat(2_000_000))],
    ['a time before 1970', says('m2', 'Hello', { at: -5 })],
    ['a time in 100,000 years', says('m2', 'Hello', { at: 8.64e15 })],
    [
      'an edit number above 2^53',
      { ...says('m1', ''), message: undefined, message_edit: { mid: 'm1', text: 'x', num_edit: '9007199254740993' } },
    ],
  ])('survives %s, with the rest of its batch', async (_, event) => {
    const { desk, store } = await opened()
    expect(await post(desk, body([says('m1', 'One'), event, says('m3', 'Three')]))).toBe(200)
    await caughtUp({ desk, store })
    const { accounts, balances } = await desk.operations.balance(system)
    expect(balances).toBe(true)
    expect(accounts[ACCOUNT]).toMatchObject({ received: 3, unanswered: 0 })
    expect(await post(desk, body([says('m1', 'One'), event, says('m3', 'Three')]))).toBe(200)
    await caughtUp({ desk, store })
    expect((await desk.operations.balance(system)).accounts[ACCOUNT]).toMatchObject({
      received: 6,
      recorded: accounts[ACCOUNT]?.recorded,
    })
  })

  it('puts an event that the rules cannot take into quarantine, and records the rest of its batch', async () => {
    const { desk, store, options } = await opened()
    const other = await anotherDesk(unableToTake('m2', options))
    expect(await post(other, body([says('m1', 'One'), says('m2', 'Two'), says('m3', 'Three')]))).toBe(200)
    await caughtUp({ desk, store })
    expect((await desk.operations.balance(system)).accounts[ACCOUNT]).toMatchObject({ recorded: 2, quarantined: 1 })
    const [item] = (await desk.operations.quarantine(system)).items
    expect(item).toMatchObject({ reason: 'unreadable-member', detail: 'could not be recorded: TypeError' })
    expect((await desk.operations.rerun(system, item?.quarantineId ?? '')).outcome).toEqual({ kind: 'recorded' })
  })
})
