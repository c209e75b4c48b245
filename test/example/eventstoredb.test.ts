import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../adapters/eventstoredb/fake/running-server.ts'
import { eventually, type RunningHost, startHost, tempDir } from './driver.ts'
import { MINA, ok, scene } from './scene.ts'

let server: RunningServer
let host: RunningHost | undefined
const running = (): RunningHost => {
  if (host === undefined) throw new Error('no host runs')
  return host
}
const { someone, on, transcript, balance } = scene(running)
const dirs = [tempDir(), tempDir(), tempDir()]
const start = async (dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<void> => {
  const KURRENTDB_URL = `kurrentdb://127.0.0.1:${server.port()}?tls=false`
  host = await startHost(dataDir, { KURRENTDB_URL, ...env }, 'start:eventstoredb')
}

beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await host?.kill('SIGKILL')
  await server.stop()
  for (const dir of dirs) dir.remove()
})

describe.each(['@eventstore/db-client', '@kurrent/kurrentdb-client'])('a desk on EventStoreDB by %s', (client) => {
  it('receives and answers, loses nothing over a stop, and begins again on the log alone', async () => {
    await server.forget()
    const [kept, anew] = [tempDir(), tempDir()]
    dirs.push(kept, anew)
    const env = { KURRENTDB_CLIENT: client, DEBUG: '*' }
    await start(kept.path, env)
    expect(running().printed).toContainEqual(expect.stringMatching(new RegExp(`^Log: +127.0.0.1:\\d+, by ${client}$`)))
    const yuki = await someone('Yuki')
    await yuki.says('Is it still there?')
    const id = await yuki.conversationId()
    ok(await on(id, 'reply', { text: 'It is' }))
    await eventually(async () => expect(await yuki.received()).toEqual(['It is']))
    expect(await balance()).toMatchObject({ balances: true })
    const before = await transcript(id)
    expect(await running().kill('SIGTERM')).toBe(0)
    expect(running().complaints()).toBe('')

    await start(kept.path, env)
    expect(await transcript(id)).toEqual(before)
    await running().kill('SIGTERM')

    // Another folder has no views, no tokens and another platform; the log has everything that happened.
    await start(anew.path, env)
    await eventually(async () => expect(JSON.stringify(await transcript(id))).toContain('Is it still there?'))
    expect(ok(await running().get('/api/channels', MINA)).items).toHaveLength(1)
    const ren = await someone('Ren')
    await ren.says('And this one?')
    ok(await on(await ren.conversationId(), 'reply', { text: 'That too' }))
    await eventually(async () => expect(await ren.received()).toEqual(['That too']))
    await running().kill('SIGTERM')
  }, 90_000)
})

describe('a server that cannot be used', () => {
  it('is named with what to do, and never its password', async () => {
    const [dir] = dirs
    const failing = (env: Readonly<Record<string, string>>): Promise<string> =>
      startHost(dir?.path ?? '', env, 'start:eventstoredb').then(() => 'it started', String)
    const url = 'kurrentdb://admin:SECRET@127.0.0.1:1?tls=false'
    for (const client of ['@eventstore/db-client', '@kurrent/kurrentdb-client']) {
      const text = await failing({ KURRENTDB_URL: url, KURRENTDB_CLIENT: client, DEBUG: '*' })
      expect(text).toMatch(/KURRENTDB_URL: .* \(127\.0\.0\.1:1\) cannot be used/)
      expect(text).toMatch(/docker compose -f examples\/desk-eventstoredb\/compose\.yaml up -d --wait/)
      expect(text).not.toMatch(/SECRET|    at /)
    }
    expect(await failing({ KURRENTDB_URL: 'http://SECRET' })).toMatch(/KURRENTDB_URL: expected kurrentdb:/)
    expect(await failing({ KURRENTDB_CLIENT: 'another' })).toMatch(/KURRENTDB_CLIENT: expected @eventstore/)
  }, 60_000)
})
