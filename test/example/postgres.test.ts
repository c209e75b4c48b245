import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, type RunningHost, startHost, tempDir } from './driver.ts'
import { AKI, messageEvent, MINA, ok, scene, webhookBody } from './scene.ts'

const dir = tempDir()
const CUSTOMER = '900000000000123'
const PROCESSES = ['1', '2']
let host: RunningHost
const { someone, entryOf, on, move, transcript, balance } = scene(() => host)

beforeAll(async () => {
  host = await startHost(dir.path, {}, 'start:postgres')
}, 120_000)
afterAll(async () => {
  await host?.kill('SIGTERM')
  dir.remove()
}, 60_000)

/** Asks over a connection of its own, so that another process may answer than the last time. */
const open = (path: string, headers: Readonly<Record<string, string>> = {}, body?: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const asked = request(new URL(path, host.page), {
      agent: false,
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'x-actor': AKI, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    })
    asked.once('response', resolve).once('error', reject).end(body)
  })

const processOf = (answer: IncomingMessage): string => String(answer.headers['x-desk-process'])

const readAll = async (answer: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string
  return text
}

/** Asks until this process answers. */
const askOf = async (process: string, path: string): Promise<any> =>
  eventually(async () => {
    const answer = await open(path)
    const text = await readAll(answer)
    expect(processOf(answer)).toBe(process)
    return JSON.parse(text) as unknown
  })

const deliver = async (mid: string, text: string): Promise<string> => {
  const body = webhookBody(host.accountId, messageEvent(host.accountId, CUSTOMER, mid, text, Date.now()))
  const signature = createHmac('sha256', host.appSecret).update(body).digest('hex')
  const answer = await open('/instagram/webhook', { 'x-hub-signature-256': `sha256=${signature}` }, body)
  expect(answer.statusCode).toBe(200)
  await readAll(answer)
  return processOf(answer)
}

const workers = async (): Promise<readonly any[]> => ok(await host.get('/api/processes')).processes

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const serverPid = (): number =>
  Number(readFileSync(join(dir.path, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0])

/** What one process tells a page, from now on. */
const live = async (): Promise<{ readonly process: string; heard(): string; end(): void }> => {
  const answer = await open('/api/live')
  let text = ''
  answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  answer.on('error', () => undefined)
  await eventually(async () => expect(text).toContain('event: clock'))
  return { process: processOf(answer), heard: () => text, end: () => void answer.destroy() }
}

describe('two processes on PostgreSQL behind one port', () => {
  it('say where they are, the page first, and share the work', async () => {
    expect(host.printed[0]).toMatch(/^Page: +http:/)
    expect(host.printed.map((line) => line.split(':')[0])).toEqual(
      expect.arrayContaining([
        'Webhook',
        'App secret',
        'Verify token',
        'Account',
        'Database',
        'Process 1',
        'Process 2',
      ]),
    )
    await eventually(async () =>
      expect((await workers()).map(({ share }) => share)).toEqual([
        { deadlines: 0.5, delivery: 0.5 },
        { deadlines: 0.5, delivery: 0.5 },
      ]),
    )
  })

  it('both take signed webhooks, show the same inbox, and send a reply once', async () => {
    const answered = new Set<string>()
    for (let sent = 0; sent < 6; sent++) answered.add(await deliver(`by-hand-${sent}`, `Hello ${sent}`))
    expect([...answered].toSorted()).toEqual(PROCESSES)
    for (const process of PROCESSES) {
      await eventually(async () => {
        const { items } = await askOf(process, '/api/inbox?view=all')
        expect(items.find((entry: any) => entry.customerId === CUSTOMER)?.lastLine.text).toBe('Hello 5')
      })
    }
    const yuki = await someone('Yuki')
    await yuki.says('Is it still there?')
    const id = await yuki.conversationId()
    for (let reply = 0; reply < 6; reply++) ok(await on(id, 'reply', { text: `Answer ${reply}` }))
    const expected = Array.from({ length: 6 }, (_, reply) => `Answer ${reply}`)
    await eventually(async () => expect(await yuki.received()).toEqual(expected))
    const { sends } = ok(await host.get('/api/platform/ledger'))
    expect(sends.filter(({ customerId }: any) => customerId === yuki.customerId)).toHaveLength(6)
    expect(await balance()).toMatchObject({ balances: true })
  })

  it('tell a page what the other one did, and have one clock', async () => {
    const pages = [await live()]
    while (new Set(pages.map((page) => page.process)).size < 2) pages.push(await live())
    for (let sent = 0; sent < 2; sent++) {
      const by = await deliver(`live-${sent}`, `Live ${sent}`)
      const other = pages.find((page) => page.process !== by)
      await eventually(async () => expect(other?.heard()).toContain(`Live ${sent}`))
    }
    const now = await move(3_600_000)
    for (const process of PROCESSES) expect((await askOf(process, '/api/host')).clock.now).toBeGreaterThanOrEqual(now)
    for (const page of pages) {
      expect(page.heard()).toContain('POST /api/clock/move')
      page.end()
    }
  })

  it('go on when one is killed, which comes back, and repeat nothing', async () => {
    const ren = await someone('Ren')
    await ren.says('Before')
    const id = await ren.conversationId()
    const [killed, left] = await workers()
    process.kill(killed.pid, 'SIGKILL')
    expect(await eventually(async () => (await workers())[1])).toMatchObject({ pid: left.pid, ready: true })
    await ren.says('Meanwhile')
    ok(await on(id, 'reply', { text: 'Still here' }))
    await eventually(async () => {
      const [first] = await workers()
      expect(first).toMatchObject({ ready: true, share: { deadlines: 0.5, delivery: 0.5 } })
      expect(first.pid).not.toBe(killed.pid)
    }, 30_000)
    await eventually(async () => expect(await ren.received()).toEqual(['Still here']))
    expect(JSON.stringify(await transcript(id))).toContain('Meanwhile')
    expect((await askOf('1', '/api/inbox?view=all')).items.length).toBeGreaterThan(1)
  }, 60_000)

  it('keep everything over a stop, which leaves no process', async () => {
    const { conversationId } = await entryOf(CUSTOMER)
    const before = await transcript(conversationId)
    const embedded = serverPid()
    const { stdout } = await promisify(execFile)('ps', ['-o', 'ppid=', '-p', String(embedded)])
    const pids = [host.pid, embedded, Number(stdout), ...(await workers()).map(({ pid }) => pid as number)]
    expect(pids.map(isAlive)).toEqual([true, true, true, true, true])
    expect(await host.kill('SIGTERM')).toBe(0)
    expect(pids.map(isAlive)).toEqual([false, false, false, false, false])
    expect(host.complaints()).toBe('')

    host = await startHost(dir.path, {}, 'start:postgres')
    expect(await transcript(conversationId)).toEqual(before)
    expect(ok(await host.get('/api/channels', MINA)).items).toHaveLength(1)
  }, 90_000)

  it('and their server end with their parent, however that ended, and start again', async () => {
    const embedded = serverPid()
    const pids = (await workers()).map(({ pid }) => pid as number)
    await host.kill('SIGKILL')
    await eventually(async () => expect([embedded, ...pids].map(isAlive)).toEqual([false, false, false]), 20_000)
    host = await startHost(dir.path, {}, 'start:postgres')
    expect(await entryOf(CUSTOMER)).toBeDefined()
  }, 90_000)
})

describe('a database that cannot be used', () => {
  const complaint = async (url: string): Promise<string> => {
    const other = tempDir()
    try {
      await startHost(other.path, { DATABASE_URL: url }, 'start:postgres')
    } catch (error) {
      return String(error)
    } finally {
      other.remove()
    }
    return 'it started'
  }

  it('is named with what to do, and never its password', async () => {
    const port = readFileSync(join(dir.path, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[3]
    const wrong = await complaint(`postgres://postgres:SECRET@127.0.0.1:${port}/postgres`)
    expect(wrong).toMatch(
      /DATABASE_URL: PostgreSQL \(127\.0\.0\.1:\d+\/postgres\) cannot be used: password authentication failed/,
    )
    const down = await complaint('postgres://postgres:SECRET@127.0.0.1:1/postgres')
    expect(down).toMatch(
      /cannot be used: connect ECONNREFUSED[^]*docker compose -f examples\/desk-postgres\/compose\.yaml/,
    )
    const unreadable = await complaint('postgres://postgres:SEC/RET@here:x')
    expect(unreadable).toMatch(/DATABASE_URL: expected postgres:/)
    for (const text of [wrong, down, unreadable]) expect(text).not.toMatch(/SEC|    at /)
  }, 60_000)
})
