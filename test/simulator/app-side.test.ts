import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSimulator, serve, type SimulatorOptions, type WebhookTarget } from '../../src/simulator/index.ts'
import { NOON, virtualRuntime } from './harness.ts'

// What reaches the app under test by itself: handshakes, single posts, signed requests, and what became of each.

const SECRET = '0123456789abcdef0123456789abcdef'
const opened = (webhook?: WebhookTarget, options: Partial<SimulatorOptions> = {}) =>
  createSimulator({
    appSecret: SECRET,
    verifyToken: 'token & more',
    clock: { now: () => NOON },
    ...(webhook !== undefined && { webhook }),
    ...options,
  })
const throwing =
  (error: unknown): WebhookTarget =>
  () =>
    Promise.reject(error)
/** Answers nothing until the caller gives up. */
const silent: WebhookTarget = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))

describe('The handshake', () => {
  it('asks an app of the same process or a server in the same words', async () => {
    const asked: string[] = []
    const app = (request: Request): Promise<Response> => {
      const url = new URL(request.url)
      asked.push(`${request.method} ${url.pathname}`)
      expect(Object.fromEntries(url.searchParams)).toEqual({
        'hub.mode': 'subscribe',
        'hub.verify_token': 'token & more',
        'hub.challenge': expect.stringMatching(/^1\d{9}$/),
        ...(url.pathname === '/hook' && { x: '1' }),
      })
      return Promise.resolve(new Response(url.searchParams.get('hub.challenge')))
    }
    const server = await serve(app)
    for (const target of [app, `${server.url}/hook?x=1`])
      expect(await opened(target).handshake()).toEqual({ verified: true, answer: { kind: 'answered', status: 200 } })
    expect(asked).toEqual(['GET /', 'GET /hook'])
    await server.close()
  })

  it.each<[string, WebhookTarget | undefined, object]>([
    ['there is no webhook', undefined, { kind: 'no-answer', reason: 'no webhook' }],
    ['the challenge is not the whole answer', async () => new Response('x'), { kind: 'answered', status: 200 }],
    [
      'the status is not 200',
      async (request) => new Response(new URL(request.url).searchParams.get('hub.challenge'), { status: 201 }),
      { kind: 'answered', status: 201 },
    ],
    [
      'it is sent elsewhere',
      async () => new Response(null, { status: 302, headers: { location: 'http://127.0.0.1:1/' } }),
      { kind: 'answered', status: 302 },
    ],
    ['the app throws', throwing(new RangeError('x')), { kind: 'no-answer', reason: 'RangeError' }],
    ['the app throws something else', throwing('x'), { kind: 'no-answer', reason: 'unknown' }],
    ['nobody listens', 'http://127.0.0.1:1/', { kind: 'no-answer', reason: 'TypeError' }],
  ])('fails where %s', async (_, target, answer) => {
    expect(await opened(target).handshake()).toEqual({ verified: false, answer })
  })

  it('fails where no answer comes in time', async () => {
    const { time, runtime } = virtualRuntime()
    const shaking = opened(silent, { runtime, delivery: { timeoutMs: 500 } }).handshake()
    let isOver = false
    void shaking.then(() => (isOver = true))
    await time.pass(499)
    expect(isOver).toBe(false)
    await time.pass(1)
    expect(await shaking).toEqual({ verified: false, answer: { kind: 'no-answer', reason: 'TimeoutError' } })
  })
})

describe('A single post', () => {
  it('has Meta’s headers, of which any may be replaced or left out', async () => {
    const got: Record<string, string>[] = []
    const meta = opened(
      async (request) => {
        expect([request.method, new URL(request.url).pathname]).toEqual(['POST', '/'])
        got.push({ ...Object.fromEntries(request.headers), body: await request.text() })
        return new Response('ok')
      },
      { apiVersion: 'v30.0' },
    )
    const sign = (algorithm: string) => createHmac(algorithm, SECRET).update('{"é":1}').digest('hex')
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Webhooks/1.0 (https://fb.me/webhooks)',
      'facebook-api-version': 'v30.0',
      'x-hub-signature': `sha1=${sign('sha1')}`,
      'x-hub-signature-256': `sha256=${sign('sha256')}`,
      body: '{"é":1}',
    }
    await meta.deliver('{"é":1}')
    await meta.deliver(new TextEncoder().encode('{"é":1}'), {
      headers: { 'x-hub-signature': undefined, 'user-agent': 'me', more: 'x' },
    })
    const { 'x-hub-signature': _, ...rest } = headers
    expect(got).toEqual([headers, { ...rest, 'user-agent': 'me', more: 'x' }])
  })

  it.each<[string, WebhookTarget | undefined, object]>([
    ['is answered', async () => new Response('x', { status: 418 }), { kind: 'answered', status: 418 }],
    ['has nowhere to go', undefined, { kind: 'no-answer', reason: 'no webhook' }],
    ['finds nobody', 'http://127.0.0.1:1/', { kind: 'no-answer', reason: expect.any(String) }],
    ['meets an error', throwing(new RangeError('x')), { kind: 'no-answer', reason: 'RangeError' }],
    [
      'meets an error with a code',
      throwing(new Error('x', { cause: { code: 'ECONNRESET' } })),
      { kind: 'no-answer', reason: 'ECONNRESET' },
    ],
    [
      'meets an error with an odd code',
      throwing(new Error('x', { cause: { code: 7 } })),
      { kind: 'no-answer', reason: 'Error' },
    ],
    ['meets what is no error', throwing(7), { kind: 'no-answer', reason: 'unknown' }],
  ])('that %s is in the books', async (_, target, answer) => {
    const meta = opened(target)
    let changes = 0
    meta.watch(() => changes++)
    const body = JSON.stringify({
      object: 'instagram',
      entry: [{ id: '17', messaging: [{}, {}] }, null, { messaging: [{}] }],
    })
    expect(await meta.deliver(body)).toEqual(answer)
    expect(meta.ledger.attempts).toEqual([
      {
        deliveryId: expect.stringMatching(/^raw-1\d{9}$/),
        attempt: 1,
        at: NOON,
        bytes: body.length,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        eventIds: [],
        accounts: { 17: 2 },
        answer,
      },
    ])
    expect(changes).toBe(1)
  })

  it('leaves no timer behind once it is answered', async () => {
    const { time, runtime } = virtualRuntime()
    const meta = opened(async () => new Response('ok'), { runtime })
    await meta.deliver('{}')
    await meta.handshake()
    await time.pass(60_000)
    expect(time.fired).toBe(0)
  })

  it.each(['', '{', '[]', '{}', '{"entry":7}', '{"entry":[{"id":7,"messaging":[{}]}]}'])(
    'of what is no webhook counts no event: %j',
    async (body) => {
      const meta = opened(async () => new Response('ok'))
      await meta.deliver(body)
      expect(meta.ledger.attempts[0]?.accounts).toEqual({})
    },
  )
})

describe('A signed request', () => {
  it.each([
    [undefined, 'app'],
    ['facebook-login', 'app'],
    ['instagram-login', 'instagram'],
  ] as const)('of %s is signed by the %s secret and dated by the clock', (flavour, secret) => {
    const meta = opened(undefined, { appSecret: 'app', instagramAppSecret: 'instagram' })
    const [mark = '', encoded = ''] = meta.signedRequest('24', flavour).split('.')
    expect(mark).toBe(createHmac('sha256', secret).update(encoded).digest('base64url'))
    const issued_at = NOON / 1_000
    expect(JSON.parse(Buffer.from(encoded, 'base64url').toString())).toEqual({
      algorithm: 'HMAC-SHA256',
      expires: issued_at + 3_600,
      issued_at,
      user_id: '24',
    })
    expect(meta.sign('x', flavour)).toBe(`sha256=${createHmac('sha256', secret).update('x').digest('hex')}`)
  })

  it('uses the app secret for both where there is one', () => {
    const meta = opened()
    expect(meta.signedRequest('24', 'instagram-login')).toBe(meta.signedRequest('24', 'facebook-login'))
  })
})

describe('A server', () => {
  const warned = async (act: () => Promise<unknown>): Promise<readonly string[]> => {
    const warnings: string[] = []
    const listen = ({ message }: Error): void => void warnings.push(message)
    // Nor are they printed meanwhile.
    const others = process.listeners('warning')
    process.removeAllListeners('warning').on('warning', listen)
    await act()
    await new Promise(setImmediate)
    process.off('warning', listen)
    for (const other of others) process.on('warning', other)
    return warnings
  }

  it('hands over method, address, headers and body, and brings back status, headers, cookies and body', async () => {
    const server = await serve(async (request) => {
      const { pathname, search } = new URL(request.url)
      const about = [request.method, pathname + search, request.headers.get('x-a'), await request.text()]
      const headers = new Headers({ 'x-b': '2' })
      for (const cookie of ['a=1', 'b=2']) headers.append('set-cookie', cookie)
      return new Response(JSON.stringify(about), { status: 207, headers })
    })
    const ask = async (method: string, body?: string) => {
      const response = await fetch(`${server.url}/p/q?x=1`, {
        method,
        headers: { 'x-a': '1' },
        ...(body !== undefined && { body }),
      })
      return [response.status, response.headers.get('x-b'), response.headers.getSetCookie(), await response.json()]
    }
    const about = [207, '2', ['a=1', 'b=2']]
    expect(await ask('GET')).toEqual([...about, ['GET', '/p/q?x=1', '1', '']])
    const { status, headers } = await fetch(server.url, { method: 'HEAD' })
    expect([status, headers.get('x-b')]).toEqual([207, '2'])
    expect(await ask('PUT', 'body')).toEqual([...about, ['PUT', '/p/q?x=1', '1', 'body']])
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    await server.close()
    await expect(fetch(server.url)).rejects.toThrow()
  })

  it('may have nothing to say', async () => {
    const server = await serve(() => new Response(null, { status: 204 }))
    const response = await fetch(server.url)
    expect([response.status, await response.text(), response.headers.getSetCookie()]).toEqual([204, '', []])
    await server.close()
  })

  it.each<[unknown, string]>([
    [new Error('broken'), 'broken'],
    ['broken', 'broken'],
  ])('whose handler throws answers 500, and the process is warned: %s', async (error, message) => {
    const server = await serve(() => {
      throw error
    })
    const warnings = await warned(async () => expect((await fetch(server.url)).status).toBe(500))
    expect(warnings).toEqual([message])
    await server.close()
  })

  it('cuts the connection where the body breaks', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) })
    const server = await serve(() => new Response(body))
    await expect(fetch(server.url).then((response) => response.text())).rejects.toThrow()
    await server.close()
  })

  it('is not there where the port is taken', async () => {
    const server = await serve(() => new Response('ok'))
    await expect(serve(() => new Response('ok'), server.port)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await server.close()
  })
})
