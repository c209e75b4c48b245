import { describe, expect, it } from 'vitest'
import { systemRuntime, type Runtime } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { signature256, toWire } from 'madoguchi/simulator'
import { faultyStore } from 'madoguchi/testing'
import {
  ACCOUNT,
  body,
  openDesk,
  post,
  recording,
  says,
  SECRET,
  signed,
  withChannel,
  withOrganization,
} from '../desk.ts'

// What a newcomer sees in the log when nothing arrives, and what an operator sees when much goes wrong at once.

const ADDRESS = 'http://desk.test/instagram'
const letter = toWire(body([says('m1', 'Grüße / 👋')]) as never)

const opened = async (changes: Parameters<typeof openDesk>[0] = {}) => {
  const { lines, log } = recording()
  const each = await openDesk({ log, ...changes })
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  const told = () =>
    lines.filter(({ message }) => /webhook|handshake/.test(String(message))) as Record<string, unknown>[]
  return { ...each, told }
}
const posted = (content: string | ReadableStream<Uint8Array>, signature?: string): Request =>
  new Request(ADDRESS, {
    method: 'POST',
    body: content,
    headers: signature === undefined ? {} : { 'x-hub-signature-256': signature },
    ...(content instanceof ReadableStream ? { duplex: 'half' } : {}),
  })

describe('the log names what happened, what it usually means and what to do', () => {
  const expectLine = (line: Record<string, unknown> | undefined, message: string, remedy: RegExp) =>
    expect(line).toMatchObject({
      message: expect.stringContaining(message),
      means: expect.any(String),
      remedy: expect.stringMatching(remedy),
    })

  it.each(['not-json', 'unknown', 'no channel', 'long id'])('of a quarantined event: %s', async (what) => {
    const { desk, told } = await opened()
    const bodies: Readonly<Record<string, unknown>> = {
      'not-json': '<html>',
      unknown: body([{ hologram: {} }]),
      'no channel': body([says('m1', 'x', { account: '17841499000000077' })], '17841499000000077'),
      'long id': body([says('m'.repeat(600), 'x')]),
    }
    expect(await post(desk, bodies[what])).toBe(200)
    expect(told()).toHaveLength(1)
    expectLine(told()[0], 'an event of a webhook was quarantined', /operations\./)
    expect(told()[0]).toMatchObject({
      accountId: what === 'not-json' ? '' : what === 'no channel' ? '17841499000000077' : ACCOUNT,
      reason: expect.any(String),
      detail: expect.any(String),
    })
    if (what === 'no channel') expect(told()[0]?.['means']).toContain('user_id')
  })

  it('of a handshake with another token', async () => {
    const { desk, told } = await opened()
    const address = `${ADDRESS}?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1`
    expect((await desk.handle(new Request(address))).status).toBe(403)
    expectLine(told()[0], 'a handshake with the webhook was refused', /verifyToken/)
    expect(JSON.stringify(told())).not.toContain('wrong')
  })

  it('of a body that somebody read before', async () => {
    const { desk, told } = await opened()
    const request = signed(letter)
    await request.text()
    expect((await desk.handle(request)).status).toBe(503)
    expectLine(told()[0], 'was already read before it came to the desk', /before any body parser/)
    expect(told()).toHaveLength(1)
  })

  const locked = (): Request => {
    const request = signed(letter)
    request.body?.getReader()
    return request
  }
  /** As a framework gives it that has read the body: what is missing of a Request and what it put in place of the body differ. */
  const withBody = (content: unknown): object => ({
    method: 'POST',
    url: ADDRESS,
    headers: new Headers({ 'x-hub-signature-256': signature256(letter, SECRET) }),
    body: content,
  })
  it.each<readonly [string, () => object, number]>([
    ['somebody else is reading', locked, 503],
    ['was parsed', () => withBody(JSON.parse(letter)), 503],
    ['was read as text', () => withBody(letter), 503],
    ['was read as bytes', () => withBody(new TextEncoder().encode(letter)), 503],
    ['was dropped', () => withBody(null), 401],
  ])('of a body that %s', async (_, request, status) => {
    const { desk, told } = await opened()
    expect((await desk.handle(request() as Request)).status).toBe(status)
    expectLine(told()[0], 'was already read before it came to the desk', /before any body parser/)
    expect(told()).toHaveLength(1)
  })

  it.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', ADDRESS],
    ['an address', new URL(ADDRESS)],
    ["Node's own request", { method: 'POST', url: '/instagram', headers: { 'x-hub-signature-256': 'sha256=' } }],
    ["Node's own request for a whole address", { method: 'POST', url: ADDRESS, headers: {} }],
    ["Node's own request that asks", { method: 'GET', url: '/instagram?hub.mode=subscribe', headers: {} }],
  ])('of what is no Request: %s', async (_, given) => {
    const { desk, told } = await opened()
    expect((await desk.handle(given as Request)).status).toBe(503)
    expectLine(told()[0], 'no Request of the web platform', /nodeListener of madoguchi\/node/)
    expect(told()).toHaveLength(1)
  })

  it.each(['compact', 'spaced'])('of JSON that somebody read and wrote again, %s', async (how) => {
    const { desk, told } = await opened()
    const written = JSON.stringify(JSON.parse(letter), null, how === 'compact' ? 0 : 2)
    expect((await desk.handle(posted(written, signature256(letter, SECRET)))).status).toBe(401)
    expectLine(told()[0], 'read and written again', /raw body/)
  })

  it('of a signature of another secret, of no signature, and of half a one', async () => {
    const { desk, told } = await opened()
    expect((await desk.handle(posted(letter, signature256(letter, 'another')))).status).toBe(401)
    expect((await desk.handle(posted(letter))).status).toBe(401)
    expect((await desk.handle(posted(letter, 'sha256=12'))).status).toBe(401)
    expectLine(told()[0], 'without a valid signature', /appSecrets/)
    expectLine(told()[1], 'without a signature', /header/)
    expectLine(told()[2], 'without a signature', /header/)
  })

  it('at most ten times a minute of a kind, and then their number', async () => {
    const { desk, told } = await opened()
    const unknown = Array.from({ length: 300 }, (_, n) => ({ hologram: n }))
    expect(await post(desk, body(unknown))).toBe(200)
    for (let n = 0; n < 30; n++) await desk.handle(posted(letter))
    expect(told()).toHaveLength(20)
    await desk.stop()
    expect(
      new Set(
        told()
          .slice(20)
          .map(({ more }) => more),
      ),
    ).toEqual(new Set([20, 290]))
  })

  it('once for an outage of the store, however many webhooks fail, and when it is over', async () => {
    let skipped = 0
    const runtime: Runtime = { ...systemRuntime, monotonic: () => systemRuntime.monotonic() + skipped }
    const store = faultyStore(memory())
    const { desk, told } = await opened({ store, runtime })
    store.onWrite((write) => (write.kind === 'append' ? { kind: 'fail' } : undefined))
    for (let n = 0; n < 100; n++) expect(await post(desk, body([says(`m${n}`, 'x')]))).toBe(503)
    store.heal()
    expect(await post(desk, body([says('m1', 'x')]))).toBe(200)
    expect(told()).toHaveLength(1)
    skipped = 20_000
    expect(await post(desk, body([says('m2', 'x')]))).toBe(200)
    expect(told().map(({ message }) => message)).toEqual([
      'taking in webhooks failed and is tried again until it works',
      'taking in webhooks works again',
    ])
  })
})

describe('before a body is read', () => {
  it.each([undefined, '', 'sha256=12', `sha1=${'a'.repeat(40)}`])(
    '401 for the header %j, and nothing of it is read',
    async (header) => {
      const { desk } = await opened()
      let pulled = 0
      let isCancelled = false
      const endless = new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            pulled++
            controller.enqueue(new Uint8Array(1_000))
          },
          cancel: () => void (isCancelled = true),
        },
        { highWaterMark: 0 },
      )
      expect((await desk.handle(posted(endless, header))).status).toBe(401)
      expect(pulled).toBe(0)
      expect(isCancelled).toBe(true)
    },
  )

  it('a body that stops halfway is given up after a time, with 408, and named in the log', async () => {
    const due: (() => void)[] = []
    const runtime: Runtime = {
      ...systemRuntime,
      schedule: (milliseconds, callback, options) => {
        if (milliseconds === 10_000) due.push(callback)
        return systemRuntime.schedule(milliseconds, callback, options)
      },
    }
    const { desk, told } = await opened({ runtime })
    due.length = 0
    let isCancelled = false
    const halfway = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(letter.slice(0, 20))),
      cancel: () => void (isCancelled = true),
    })
    const answering = desk.handle(posted(halfway, signature256(letter, SECRET)))
    await Promise.resolve()
    for (const callback of due) callback()
    expect((await answering).status).toBe(408)
    expect(isCancelled).toBe(true)
    expect(told()[0]?.['message']).toBe('a webhook body did not arrive in time')
  })

  it('a sender that hangs up is no line in the log', async () => {
    const { desk, told } = await opened()
    const broken = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error('gone')) })
    expect((await desk.handle(posted(broken, signature256(letter, SECRET)))).status).toBe(503)
    expect(told()).toEqual([])
  })
})
