import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, type RunningHost, startHost, tempDir } from './driver.ts'
import { DAY, HOUR, MINA, ok, scene, type Someone } from './scene.ts'

const dir = tempDir()
let host: RunningHost
const { someone, on, move, ticketsWhen, transcript, entryOf, conversation } = scene(() => host)

beforeAll(async () => {
  host = await startHost(dir.path)
})
afterAll(async () => {
  await host?.kill('SIGKILL')
  dir.remove()
})

/** Everything that people see, to be compared before and after. */
const everything = async (people: readonly Someone[]): Promise<unknown> => ({
  channels: ok(await host.get('/api/channels', MINA)),
  // Of what it had not saved yet, the platform delivers some again: duplicates may be more.
  recorded: ok(await host.get('/api/balance', MINA)).total.recorded,
  conversations: await Promise.all(
    people.map(async ({ customerId, phone }) => {
      const { conversationId } = await entryOf(customerId)
      return { items: await transcript(conversationId), phone: await phone() }
    }),
  ),
})

describe('stopping and starting', () => {
  it('loses nothing when the host is killed at once after its answers: messages, replies, phone, clock', async () => {
    await move(3 * DAY)
    ok(await host.post('/api/clock/hold'))
    const people = [await someone('Yuki'), await someone('Ren')]
    for (const person of people) {
      await person.says('Hello')
      ok(await on(await person.conversationId(), 'reply', { text: 'Hi' }))
      await eventually(async () => expect(await person.received()).toEqual(['Hi']))
    }
    const { now } = ok(await host.get('/api/clock'))
    await eventually(async () => expect(ok(await host.get('/api/platform/ledger')).waiting).toBe(0))
    const before = await everything(people)
    const { appSecret, verifyToken } = host
    await host.kill('SIGKILL')

    host = await startHost(dir.path)
    expect(host).toMatchObject({ appSecret, verifyToken })
    expect(ok(await host.get('/api/clock')).now).toBe(now)
    const after = await eventually(async () => {
      const seen = await everything(people)
      expect(seen).toEqual(before)
      return seen
    })
    expect(after).toEqual(before)

    await move(HOUR)
    for (const person of people) await ticketsWhen(await person.conversationId(), 1)
  })

  it('does not lose or double what was under way: a message told to the phone, a reply asked for', async () => {
    const [emi] = [await someone('Emi')]
    await emi.says('First')
    const id = await emi.conversationId()
    // Not waited for: the webhook and the send are still on their way when the host dies.
    const told = ok(await host.post(`/api/phone/${emi.accountId}/${emi.customerId}/messages`, { text: 'On its way' }))
    ok(await on(id, 'reply', { text: 'Also on its way' }))
    await host.kill('SIGKILL')

    host = await startHost(dir.path)
    await eventually(async () => expect(JSON.stringify(await transcript(id))).toContain('On its way'))
    expect((await emi.phone()).messages.map(({ mid }: any) => mid)).toContain(told.mid)
    const copies = async () => (await emi.received()).filter((text) => text === 'Also on its way').length
    await eventually(async () => {
      const shown = JSON.stringify(await transcript(id))
      expect(shown).toMatch(/"(?:sent|unconfirmed|attempted|unknown)"/)
      expect(await copies()).toBeLessThanOrEqual(1)
    })
    expect((await conversation(id)).conversationId).toBe(id)
  })

  it('ends in order on SIGTERM, and goes on afterwards', async () => {
    expect(await host.kill('SIGTERM')).toBe(0)
    expect(host.complaints()).toBe('')
    host = await startHost(dir.path)
    expect(ok(await host.get('/api/channels', MINA)).items).toHaveLength(1)
  })
})

describe('the environment', () => {
  it('refuses a second desk on the same data, which would overwrite the phones of the first', async () => {
    await expect(startHost(dir.path)).rejects.toThrow(/DATA_DIR.*is used by a desk that runs as process/s)
    ok(await host.get('/api/channels', MINA))
  })

  it.each([
    ['of another program that runs', String(process.pid)],
    ['that is none', 'nobody\0'],
    ['that is missing', ''],
  ])('starts where one that was killed left a number %s', async (_, number) => {
    const other = tempDir()
    const pid = join(other.path, 'running.pid')
    writeFileSync(pid, number)
    const running = await startHost(other.path)
    expect(readFileSync(pid, 'utf8')).toBe(String(running.pid))
    // What stands in the file keeps nobody from starting, and its loss lets nobody else in.
    writeFileSync(pid, number)
    await expect(startHost(other.path)).rejects.toThrow(/DATA_DIR.*is used by a desk that runs/s)
    await running.kill('SIGKILL')
    const next = await startHost(other.path)
    await next.kill('SIGTERM')
    expect(existsSync(pid)).toBe(false)
    other.remove()
  })

  it('gives port, secret and token, and says what is wrong with a port', async () => {
    const other = tempDir()
    const running = await startHost(other.path, { APP_SECRET: 'a-secret-of-mine', VERIFY_TOKEN: 'a-token-of-mine' })
    expect(running).toMatchObject({ appSecret: 'a-secret-of-mine', verifyToken: 'a-token-of-mine' })
    await running.kill('SIGTERM')
    await expect(startHost(other.path, { PORT: 'http' })).rejects.toThrow(/PORT: expected a number/)
    other.remove()
  })
})
