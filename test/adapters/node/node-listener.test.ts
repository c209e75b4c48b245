import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express, { type ErrorRequestHandler } from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { BodyAlreadyRead, type FetchHandler, nodeListener } from '../../../src/adapters/node/index.ts'

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
const listening = async (server: Server): Promise<string> => {
  open.push(server)
  if (!server.listening) await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const serve = (handler: FetchHandler): Promise<string> => listening(createServer(nodeListener(handler)).listen(0))
const bytes = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(size).map((_, index) => index % 251)

describe('a listener for node:http', () => {
  it('gives the handler method, address, headers and raw body, and the caller status, headers and body', async () => {
    let seen: unknown
    const url = await serve(async (request) => {
      const body = new Uint8Array(await request.arrayBuffer())
      seen = { method: request.method, url: request.url, header: request.headers.get('x-own'), size: body.length }
      const headers = new Headers({ 'x-answer': 'yes' })
      for (const cookie of ['a=1', 'b=2']) headers.append('set-cookie', cookie)
      return new Response(body, { status: 201, headers })
    })
    const answer = await fetch(`${url}/a/b?c=%C3%A9`, {
      method: 'POST',
      headers: { 'x-own': 'v' },
      body: bytes(300_000),
    })
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes(300_000))
    expect([answer.status, answer.headers.get('x-answer'), answer.headers.getSetCookie()]).toEqual([
      201,
      'yes',
      ['a=1', 'b=2'],
    ])
    expect(seen).toEqual({ method: 'POST', url: `${url}/a/b?c=%C3%A9`, header: 'v', size: 300_000 })
  })

  it('lets the handler answer before the body is whole, and serve the next request on the same connection', async () => {
    const url = await serve(async () => new Response('refused', { status: 401 }))
    const { port } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    let answer = ''
    const statuses = (): readonly string[] => answer.match(/HTTP\/1\.1 \d{3}/g) ?? []
    const two = new Promise<void>((resolve) =>
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        answer += chunk
        if (statuses().length === 2) resolve()
      }),
    )
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 500000\r\n\r\n`)
    socket.write(bytes(500_000))
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n`)
    await two
    expect(statuses()).toEqual(['HTTP/1.1 401', 'HTTP/1.1 401'])
    socket.destroy()
  })

  it('aborts the request and cancels the response when the caller hangs up', async () => {
    const aborted = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    const url = await serve(async (request) => {
      request.signal.addEventListener('abort', () => aborted.resolve())
      return new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('first')),
          cancel: () => cancelled.resolve(),
        }),
      )
    })
    const stop = new AbortController()
    const answer = await fetch(url, { signal: stop.signal })
    await answer.body?.getReader().read()
    stop.abort()
    expect(await Promise.all([aborted.promise, cancelled.promise])).toHaveLength(2)
  })

  it('fails the body where the caller hangs up while sending it', async () => {
    const failed = Promise.withResolvers<unknown>()
    const url = await serve(async (request) => {
      await request.text().catch(failed.resolve)
      return new Response('')
    })
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf')
    socket.end()
    expect(await failed.promise).toBeInstanceOf(Error)
  })

  it('lets a slow reader make the response wait', async () => {
    let made = 0
    const chunk = bytes(65_536)
    const full = Promise.withResolvers<void>()
    let quiet: NodeJS.Timeout
    const url = await serve(
      async () =>
        new Response(
          new ReadableStream({
            pull: (controller) => {
              made += 1
              clearTimeout(quiet)
              quiet = setTimeout(full.resolve, 200)
              controller.enqueue(chunk.slice())
              if (made === 800) controller.close()
            },
          }),
        ),
    )
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    await full.promise
    expect(made).toBeLessThan(400)
    socket.resume()
    await once(socket, 'close')
    expect(made).toBe(800)
  })

  it('answers 500 where the handler throws, and cuts what had begun', async () => {
    const url = await serve(async (request) => {
      if (request.url.endsWith('/at-once')) throw new Error('no')
      return new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('half-way')) }))
    })
    expect((await fetch(`${url}/at-once`)).status).toBe(500)
    await expect(fetch(`${url}/later`).then((answer) => answer.text())).rejects.toThrow()
  })

  it('cuts the connection for Response.error()', async () => {
    await expect(fetch(await serve(async () => Response.error()))).rejects.toThrow('fetch failed')
  })
})

describe('a handler for Express', () => {
  const handled: string[] = []
  const webhook = nodeListener(async (request) => {
    handled.push(`${new URL(request.url).pathname} ${await request.text()}`)
    return new Response('taken')
  })
  const post = (url: string) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{ "a" : 1 }' })
  const raised: unknown[] = []
  const onError: ErrorRequestHandler = (error, _, response, next) => {
    raised.push(error)
    if (response.headersSent) next(error)
    else response.status(500).end()
  }
  afterEach(() => {
    handled.length = 0
    raised.length = 0
  })

  it('gets the raw bytes before body parsers, below its whole path also where a router is mounted', async () => {
    const router = express.Router()
    router.all('/webhook', webhook)
    const app = express().use('/instagram', router).use(express.json())
    const url = await listening(app.listen(0))
    expect((await post(`${url}/instagram/webhook`)).status).toBe(200)
    expect(handled).toEqual(['/instagram/webhook { "a" : 1 }'])
  })

  it('says what to change where a body parser came first', async () => {
    const app = express().use(express.json()).all('/webhook', webhook).use(onError)
    const url = await listening(app.listen(0))
    expect((await post(`${url}/webhook`)).status).toBe(500)
    expect(handled).toEqual([])
    expect(raised).toEqual([expect.any(BodyAlreadyRead)])
    expect(String(raised[0])).toMatch(/raw bytes.*before express\.json\(\)/)
    // What has no body is none of this.
    expect((await fetch(`${url}/webhook?hub.mode=subscribe`)).status).toBe(200)
  })

  it('takes the raw bytes that a raw parser has read', async () => {
    const app = express()
      .use(express.raw({ type: () => true }))
      .all('/webhook', webhook)
    const url = await listening(app.listen(0))
    expect((await post(`${url}/webhook`)).status).toBe(200)
    expect(handled).toEqual(['/webhook { "a" : 1 }'])
  })

  it('gives what the handler throws to the next one', async () => {
    const app = express()
      .all(
        '/',
        nodeListener(() => Promise.reject(new Error('the handler failed'))),
      )
      .use(onError)
    expect((await fetch(await listening(app.listen(0)))).status).toBe(500)
    expect(raised).toMatchObject([{ message: 'the handler failed' }])
  })
})

it('answers 500 and warns where the body was read and there is nobody else to tell', async () => {
  const listener = nodeListener(async () => new Response('taken'))
  const warned = once(process, 'warning')
  const server = createServer((request, response) => {
    request.resume().once('end', () => listener(request, response))
  })
  const url = await listening(server.listen(0))
  const answer = await fetch(url, { method: 'POST', body: 'a' })
  expect(answer.status).toBe(500)
  expect(await answer.text()).toMatch(/Mount the webhook before express\.json/)
  expect(await warned).toMatchObject([{ name: 'BodyAlreadyRead' }])
})

it.each<readonly [string, FetchHandler, string]>([
  ['throws', () => Promise.reject(new Error('the handler failed')), 'the handler failed'],
  ['throws what is no error', () => Promise.reject('no'), 'the handler threw what is no error'],
  ['returns nothing', async () => undefined as never, 'the handler returned no Response; is a return missing?'],
  ['returns a text', async () => 'taken' as never, 'the handler returned no Response; is a return missing?'],
])('answers 500 and warns where the handler %s and there is nobody else to tell', async (_, handler, message) => {
  const warned = once(process, 'warning')
  expect((await fetch(await serve(handler))).status).toBe(500)
  expect(await warned).toMatchObject([{ message }])
})

it.each([undefined, null, {}, 'handle'])('is made of no handler like %j', (handler) => {
  expect(() => nodeListener(handler as never)).toThrow('needs a function from Request to Response')
})
