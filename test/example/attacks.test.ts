import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningHost, startHost, tempDir } from './driver.ts'
import { AKI, MINA, ok } from './scene.ts'

const SCRIPTS = ['start', 'start:postgres'] as const

/** What stands on the first line of the answer to these very bytes, and its headers. */
const raw = (port: number, text: string): Promise<{ readonly status: number; readonly head: string }> =>
  new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    const end = (): void => {
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0), head: answer.split('\r\n\r\n')[0] ?? '' })
      socket.destroy()
    }
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk
      if (answer.includes('\r\n\r\n')) end()
    })
    socket.once('end', end).once('error', reject)
  })

interface Asked {
  readonly method?: string
  readonly target?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

describe.each(SCRIPTS)('npm run %s', (script) => {
  const dir = tempDir()
  let host: RunningHost
  let port: number
  beforeAll(async () => {
    host = await startHost(dir.path, {}, script)
    port = Number(new URL(host.page).port)
  }, 120_000)
  afterAll(async () => {
    await host?.kill('SIGTERM')
    dir.remove()
  }, 60_000)

  const ask = ({ method = 'GET', target = '/api/host', headers = {}, body }: Asked) => {
    const lines = Object.entries({
      host: `127.0.0.1:${port}`,
      connection: 'close',
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': String(body.length) }),
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`)
    return raw(port, `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`)
  }
  const clock = async (): Promise<{ held: boolean }> => ok(await host.get('/api/clock'))
  const hold = { method: 'POST', target: '/api/clock/hold', body: '{}' } as const
  const own = { 'x-actor': AKI }

  it('takes a write from its own page, by every name of this machine', async () => {
    for (const name of ['127.0.0.1', 'localhost']) {
      const host = `${name}:${port}`
      expect((await ask({ ...hold, headers: { ...own, host, origin: `http://${host}` } })).status).toBe(200)
    }
    expect((await ask({ ...hold, target: '/api/clock/run', headers: own })).status).toBe(200)
    expect(await clock()).toMatchObject({ held: false })
  })

  it.each([
    ['the page of another origin', { ...own, origin: 'https://evil.example' }],
    ['a page without an origin', { ...own, origin: 'null' }],
    ['the same machine on another port', { ...own, origin: 'http://127.0.0.1:1' }],
    ['a form or an image of another page, which sets no header', {}],
    ['a form of another page, by the browser’s own word', { ...own, 'sec-fetch-site': 'cross-site' }],
    ['a name that leads here (DNS rebinding)', { ...own, host: 'evil.example' }],
    [
      'a name that leads here, with its origin',
      { ...own, host: 'evil.example:3000', origin: 'http://evil.example:3000' },
    ],
    ['the right name and another port', { ...own, host: '127.0.0.1:1' }],
    ['a name that only begins right', { ...own, host: 'localhost.evil.example' }],
  ])('takes no write from %s', async (_, headers) => {
    expect((await ask({ ...hold, headers })).status).toBe(403)
    expect(await clock()).toMatchObject({ held: false })
  })

  it.each(['/api/host', '/api/inbox?view=all&actor=agent:aki', '/', '/api/phone', '/api/live?actor=agent:aki'])(
    'gives %s to no foreign host',
    async (target) => {
      expect((await ask({ target, headers: { ...own, host: 'evil.example' } })).status).toBe(403)
    },
  )

  it.each([
    '//evil.example/api/clock/hold',
    '//',
    '/\\evil.example/api/clock/hold',
    '*',
    'http://evil.example/api/clock/hold',
    'http://127.0.0.1/api/clock/hold',
    '/api/clock/hold#x',
    '/%zz',
    '/%',
    '/%E0%A4%A',
    '/api/conversations/%FF',
    '/api/inbox?view=%zz',
  ])('answers 400 to the target %s', async (target) => {
    for (const method of ['GET', 'POST']) {
      const { status } = await ask({ method, target, headers: { ...own, origin: `http://evil.example` }, body: '{}' })
      expect([method, status]).toEqual([method, 400])
    }
    expect(await clock()).toMatchObject({ held: false })
  })

  it.each([
    ['PATCH', '/api/inbox', 'GET'],
    ['OPTIONS', '/api/clock/hold', 'POST'],
    ['DELETE', '/', 'GET, HEAD'],
    ['POST', '/main.js', 'GET, HEAD'],
    ['TRACE', '/', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    ['PUT', '/instagram/webhook', 'GET, POST'],
  ])('answers 405 to %s %s, with what is allowed', async (method, target, allowed) => {
    const { status, head } = await ask({ method, target, headers: { ...own, 'content-length': '0' } })
    expect(status).toBe(405)
    expect(head.toLowerCase()).toContain(`\r\nallow: ${allowed.toLowerCase()}`)
  })

  it('answers what is no HTTP, a method of nobody, no host and two hosts with 400, and goes on', async () => {
    for (const text of [
      'nonsense\r\n\r\n',
      'BREW / HTTP/1.1\r\nhost: localhost\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      `GET / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nhost: evil.example\r\n\r\n`,
      `GET / HTTP/1.1\r\nhost: evil.example/@127.0.0.1:${port}\r\n\r\n`,
    ])
      expect([text, (await raw(port, text)).status]).toEqual([text, 400])
    expect((await host.get('/api/channels', MINA)).status).toBe(200)
    expect(host.complaints()).toBe('')
  })
})
