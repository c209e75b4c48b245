import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { lostAnswer } from '../../src/simulator/lost-answer.ts'
import { sample, send, shape, stage } from './harness.ts'

const texts = (set: Awaited<ReturnType<typeof stage>>): readonly string[] =>
  set.app.events().map((event) => event['message']?.text)

describe('delivery', () => {
  it('keeps the order of one customer, however slow the app is and whenever they write', async () => {
    await using set = await stage()
    let slowness = 20
    set.app.answer = async () => {
      await sleep(slowness--)
      return new Response('ok')
    }
    const maria = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' }).customer({ name: 'Maria' })
    const said = Array.from({ length: 15 }, (_, n) => `${n}`)
    for (const text of said) {
      maria.says(text)
      await sleep(2)
    }
    await set.meta.idle()
    expect(texts(set)).toEqual(said)
  })

  it('delivers to other customers while one waits', async () => {
    await using set = await stage({ delivery: { retryMs: [3_600_000] } })
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    set.app.answer = ({ rawBody }) => new Response(null, { status: rawBody.includes('stuck') ? 500 : 200 })
    account.customer({}).says('stuck')
    expect(await account.customer({}).says('fine').delivered).toEqual({ outcome: 'delivered' })
  })

  it('counts every answer but 200 as refused', async () => {
    await using set = await stage({ delivery: { retryMs: [1] } })
    const maria = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' }).customer({})
    const statuses = [401, 302, 204, 200]
    set.app.answer = () => new Response(null, { status: statuses.shift() ?? 200 })
    await maria.says('hi').delivered
    expect(set.meta.ledger.deliveredEvents()).toEqual({ accepted: 1, refused: 3, unanswered: 0 })
  })

  it('loses nothing and counts everything while the app cuts, refuses and comes back', async () => {
    await using set = await stage({
      faults: { duplicate: 0.2, reorder: 0.2 },
      delivery: { retryMs: [1], maxEvents: 5, lingerMs: 1 },
    })
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const people = Array.from({ length: 20 }, () => account.customer({}))
    let requests = 0
    set.app.answer = () => {
      requests++
      if (requests % 5 === 0) return lostAnswer()
      return new Response(null, { status: requests % 7 === 0 ? 503 : 200 })
    }
    const mids = Array.from({ length: 300 }, (_, n) => people[n % 20]?.says(`${n}`).mid)
    await set.meta.idle()
    const { accepted, refused, unanswered } = set.meta.ledger.deliveredEvents()
    expect(accepted + refused + unanswered).toBe(set.app.events().length)
    expect(Math.min(refused, unanswered)).toBeGreaterThan(0)
    expect(new Set(set.app.events().map((event) => event['message'].mid))).toEqual(new Set(mids))
    expect(set.meta.ledger.events().every(({ state }) => state === 'delivered')).toBe(true)
  })

  it('sends the same bytes again until it is answered 200, and counts every delivery', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    let refusals = 3
    set.app.answer = () => new Response(null, { status: refusals-- > 0 ? 503 : 200 })
    const { mid, delivered } = account.customer({}).says('hi')
    expect(await delivered).toEqual({ outcome: 'delivered' })
    expect(set.meta.ledger.attempts.map(({ attempt, answer }) => [attempt, answer])).toEqual([
      [1, { kind: 'answered', status: 503 }],
      [2, { kind: 'answered', status: 503 }],
      [3, { kind: 'answered', status: 503 }],
      [4, { kind: 'answered', status: 200 }],
    ])
    expect(new Set(set.meta.ledger.attempts.map(({ sha256 }) => sha256)).size).toBe(1)
    expect(set.meta.ledger.deliveredEvents({ accountId: account.accountId })).toEqual({
      accepted: 1,
      refused: 3,
      unanswered: 0,
    })
    expect(set.meta.ledger.events()).toMatchObject([{ mid, state: 'delivered', attempts: 4, answered200: 1 }])
  })

  it('takes no answer within the limit, and no connection, for no answer', async () => {
    await using set = await stage({ delivery: { retryMs: [0, 1], timeoutMs: 50 } })
    const maria = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' }).customer({})
    let slow = true
    set.app.answer = async () => {
      if (slow) await sleep(100)
      slow = false
      return new Response('ok')
    }
    await maria.says('hi').delivered
    expect(set.meta.ledger.attempts[0]?.answer).toEqual({ kind: 'no-answer', reason: 'TimeoutError' })
    await set.app.close()
    maria.says('still there?')
    await sleep(20)
    expect(set.meta.ledger.attempts.at(-1)?.answer).toMatchObject({ kind: 'no-answer' })
    expect(set.meta.ledger.deliveredEvents()).toMatchObject({ accepted: 1, refused: 0 })
  })

  it('gives up when its time is over, and goes on with the next', async () => {
    await using set = await stage({ delivery: { retryMs: [0, 5], giveUpAfterMs: 20 } })
    const maria = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' }).customer({})
    set.app.answer = ({ rawBody }) => new Response(null, { status: rawBody.includes('bad') ? 500 : 200 })
    const bad = maria.says('bad')
    const good = maria.says('good')
    expect([await bad.delivered, await good.delivered]).toEqual([{ outcome: 'given-up' }, { outcome: 'delivered' }])
  })

  it('makes waiting retries due at once when asked', async () => {
    await using set = await stage({ delivery: { retryMs: [3_600_000] } })
    const maria = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' }).customer({})
    set.app.answer = () => new Response(null, { status: 500 })
    const { delivered } = maria.says('hi')
    while (set.meta.ledger.attempts.length === 0) await sleep(1)
    set.app.answer = () => new Response('ok')
    set.meta.retryNow()
    expect(await delivered).toEqual({ outcome: 'delivered' })
  })

  it('waits for a webhook to be set', async () => {
    await using set = await stage()
    set.meta.setWebhook(undefined)
    const { delivered } = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' }).customer({}).says('hi')
    await set.meta.idle()
    expect(set.meta.ledger.attempts).toEqual([])
    set.meta.setWebhook(set.app.url)
    expect(await delivered).toEqual({ outcome: 'delivered' })
  })

  it('tells nothing while the app is not installed or access is switched off', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'instagram-login', username: 'acme', subscribed: false })
    const maria = account.customer({})
    expect(await maria.says('1').delivered).toEqual({ outcome: 'not-subscribed' })
    const install = await set.call('/v25.0/me/subscribed_apps?subscribed_fields=messages,messaging_seen', {
      method: 'POST',
      token: account.token,
    })
    expect(install.body).toEqual(sample('api-subscribed-apps.json'))
    expect(await maria.says('2').delivered).toEqual({ outcome: 'delivered' })
    account.switchOffAccess()
    expect(await maria.says('3').delivered).toEqual({ outcome: 'not-subscribed' })
    expect(texts(set)).toEqual(['2'])
  })

  it("refuses Instagram's own field names on a Page", async () => {
    await using set = await stage()
    const { token } = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const path = '/me/subscribed_apps?subscribed_fields='
    const wrong = await set.call(`${path}messages,messaging_seen`, { method: 'POST', token })
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 100 } } })
    expect((await set.call(`${path}messages`, { method: 'POST', token })).status).toBe(200)
  })

  it('puts up to 1,000 events of several accounts into one request, each event once', async () => {
    await using set = await stage({ delivery: { maxEvents: 1_000, lingerMs: 5 } })
    const accounts = ['a', 'b'].map((username) => set.meta.addAccount({ flavour: 'facebook-login', username }))
    for (const account of accounts) {
      for (let n = 0; n < 60; n++) {
        const person = account.customer({})
        for (let m = 0; m < 10; m++) person.says(`${m}`)
      }
    }
    await set.meta.idle()
    const sizes = set.meta.ledger.attempts.map(({ eventIds }) => eventIds.length)
    expect(Math.max(...sizes)).toBe(1_000)
    expect(sizes.reduce((a, b) => a + b)).toBe(1_200)
    const [largest] = set.app.received.toSorted((a, b) => b.rawBody.length - a.rawBody.length)
    expect(largest?.body.entry.map(({ id }) => id)).toEqual(accounts.map(({ accountId }) => accountId))
    expect(set.meta.ledger.deliveredEvents({ accountId: accounts[0]?.accountId ?? '' }).accepted).toBe(600)
  })

  it('redelivers a whole request when it is refused', async () => {
    await using set = await stage({ delivery: { maxEvents: 10, lingerMs: 5, retryMs: [1] } })
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    let refused = false
    set.app.answer = () => {
      const status = refused ? 200 : 500
      refused = true
      return new Response(null, { status })
    }
    for (let n = 0; n < 4; n++) account.customer({}).says(`${n}`)
    await set.meta.idle()
    expect(set.meta.ledger.deliveredEvents()).toEqual({ accepted: 4, refused: 4, unanswered: 0 })
  })

  it('posts any body once, signed or with headers of its own, and counts its events', async () => {
    await using set = await stage()
    const body = JSON.stringify(sample('batch-mixed.json'))
    expect(await set.meta.deliver(body)).toEqual({ kind: 'answered', status: 200 })
    await set.meta.deliver(body, { headers: { 'x-hub-signature-256': undefined } })
    expect(set.app.received.map(({ headers }) => headers.get('x-hub-signature-256'))).toEqual([
      set.meta.sign(body),
      null,
    ])
    expect(set.meta.ledger.attempts[0]?.accounts).toEqual({ '17841499000000001': 4, '17841499000000002': 1 })
    set.app.answer = () => new Response(null, { status: 401 })
    expect(await set.meta.deliver('{}')).toEqual({ kind: 'answered', status: 401 })
    expect(set.meta.ledger.attempts).toHaveLength(3)
  })

  it('can be heard: a watcher is called after every change', async () => {
    await using set = await stage()
    let calls = 0
    const stop = set.meta.watch(() => calls++)
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const maria = account.customer({})
    await maria.says('hi').delivered
    const before = calls
    expect(before).toBeGreaterThan(2)
    await send(set, account.token, maria.customerId, 'hello')
    expect(calls).toBeGreaterThan(before)
    await set.meta.idle()
    const last = calls
    stop()
    maria.says('hi')
    expect(calls).toBe(last)
  })

  it('has bodies of the shape of the samples also in batches', async () => {
    await using set = await stage({ delivery: { maxEvents: 10, lingerMs: 5 } })
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const maria = account.customer({})
    maria.says('one')
    maria.says('two')
    await set.meta.idle()
    expect(shape(set.app.received[0]?.body.entry[0])).toEqual(shape(sample('batch-mixed.json').entry[0]))
  })
})
