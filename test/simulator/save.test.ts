import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { createSimulator, fileStorage, type Simulator, type SimulatorSnapshot } from '../../src/simulator/index.ts'
import { tempFolder } from '../temp-folder.ts'
import { APP_SECRET, HOUR, send, stage, VERIFY_TOKEN, virtualRuntime } from './harness.ts'

const throughJson = (snapshot: SimulatorSnapshot): SimulatorSnapshot => JSON.parse(JSON.stringify(snapshot))

type Books = ReturnType<typeof booksOf>
/** All that the ledger says, apart from the simulator that it is of. */
const booksOf = ({ ledger }: Simulator) =>
  structuredClone({
    attempts: ledger.attempts,
    sends: ledger.sends,
    calls: ledger.calls,
    events: ledger.events(),
    echoes: ledger.sends.map(({ mid }) => ledger.echoOf(mid)),
  })

describe('a saved simulator', () => {
  it('goes on where it stopped: accounts, tokens, threads, windows, ids, ledger', async () => {
    let snapshot: SimulatorSnapshot
    let books: Books
    let ids: { accountId: string; customerId: string; token: string; mid: string }
    {
      await using set = await stage({ seed: 5 })
      const account = set.meta.addAccount({ flavour: 'instagram-login', username: 'acme', humanAgent: true })
      const maria = account.customer({ name: 'Maria' })
      const { mid } = maria.says('hi')
      await send(set, account.token, maria.customerId, 'hello')
      await set.meta.idle()
      snapshot = throughJson(set.meta.save())
      books = booksOf(set.meta)
      ids = { accountId: account.accountId, customerId: maria.customerId, token: account.token, mid }
    }
    await using set = await stage({ seed: 99, restore: snapshot })
    const { world, ...rest } = set.meta.save()
    expect({ ...rest, world: { ...world, counters: [] } }).toEqual({
      ...snapshot,
      world: { ...snapshot.world, counters: [] },
    })
    expect(booksOf(set.meta)).toEqual(books)
    expect([books.attempts, books.sends, books.calls, books.events].map(({ length }) => length)).toEqual([2, 1, 1, 2])
    const account = set.meta.account(ids.accountId)
    const maria = account.customerById(ids.customerId)
    expect(maria.phone().messages.map(({ text }) => text)).toEqual(['hi', 'hello'])
    expect(set.meta.ledger.deliveredEvents()).toEqual({ accepted: 2, refused: 0, unanswered: 0 })
    set.clock.advance(HOUR)
    const { body } = await send(set, ids.token, ids.customerId, 'again')
    expect(maria.phone().messages.at(-1)).toMatchObject({ mid: body.message_id, text: 'again' })
    expect(new Set(maria.phone().messages.map(({ mid }) => mid)).size).toBe(3)
    await set.meta.idle()
    expect(set.app.events()).toHaveLength(1)
  })

  it('never gives an id twice, even if what came after the snapshot was lost', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const maria = account.customer({ name: 'Maria' })
    const snapshot = throughJson(set.meta.save())
    const lost = [maria.says('lost').mid, account.customer({}).customerId, account.issueToken()]

    await using back = await stage({ restore: snapshot })
    const again = back.meta.account(account.accountId)
    const made = [
      again.customerById(maria.customerId).says('new').mid,
      again.customer({}).customerId,
      again.issueToken(),
    ]
    expect(made.filter((id) => lost.includes(id))).toEqual([])
  })

  it('keeps itself in a file, soon after every change and on close', async () => {
    const path = join(tempFolder(), 'deep', 'meta.json')
    const build = () =>
      createSimulator({ appSecret: APP_SECRET, verifyToken: VERIFY_TOKEN, storage: fileStorage(path) })
    const first = build()
    const { accountId } = first.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const { customerId } = first.customer(accountId, { name: 'Maria' })
    await vi.waitFor(() => expect(fileStorage(path).load()?.world.customers).toHaveLength(1))
    first.account(accountId).customerById(customerId).says('hi')
    await first.close()
    const second = build()
    expect(second.account(accountId).customerById(customerId).phone().messages).toMatchObject([{ text: 'hi' }])
    await second.close()
  })

  it('has no file at first, replaces it as a whole, and does not begin anew where it cannot be read', () => {
    const folder = tempFolder()
    const path = join(folder, 'meta.json')
    const storage = fileStorage(path)
    expect(storage.load()).toBeUndefined()
    const snapshot = createSimulator({ appSecret: APP_SECRET, verifyToken: VERIFY_TOKEN }).save()
    for (const seed of [1, 2]) {
      storage.save({ ...snapshot, seed })
      expect(storage.load()).toEqual({ ...snapshot, seed })
      expect(readdirSync(folder)).toEqual(['meta.json'])
    }
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -1))
    expect(() => storage.load()).toThrow(SyntaxError)
    expect(() => fileStorage(folder).load()).toThrow(expect.objectContaining({ code: 'EISDIR' }))
  })

  it('saves once for changes that follow each other, 100 ms after the first, and on close', async () => {
    const { time, runtime } = virtualRuntime()
    const saved: [at: number, customers: number][] = []
    const meta = createSimulator({
      appSecret: APP_SECRET,
      verifyToken: VERIFY_TOKEN,
      runtime,
      storage: {
        load: () => undefined,
        save: ({ world }) => saved.push([time.now, world.customers.length]),
      },
    })
    const account = meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    await time.pass(60)
    account.customer({})
    await time.pass(39)
    expect(saved).toEqual([])
    await time.pass(1)
    expect(saved).toEqual([[100, 1]])
    await time.pass(1_000)
    account.customer({})
    await meta.close()
    expect(saved).toEqual([
      [100, 1],
      [1_100, 2],
    ])
    await time.pass(1_000)
    expect(saved).toHaveLength(2)
  })

  it('delivers after its return what was not delivered before, each event once', async () => {
    await using set = await stage({ delivery: { retryMs: [3_600_000] } })
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme' })
    const maria = account.customer({ name: 'Maria' })
    set.app.answer = () => new Response(null, { status: 503 })
    for (const text of ['1', '2', '3']) maria.says(text)
    while (set.meta.ledger.attempts.length === 0) await new Promise(setImmediate)
    await set.meta.close()
    const snapshot = throughJson(set.meta.save())
    expect(snapshot.pending).toHaveLength(3)

    set.app.answer = () => new Response('ok')
    set.app.received.length = 0
    const back = createSimulator({
      appSecret: APP_SECRET,
      verifyToken: VERIFY_TOKEN,
      webhook: set.app.url,
      restore: snapshot,
    })
    await back.idle()
    expect(set.app.events().map((event) => event['message'].text)).toEqual(['1', '2', '3'])
    expect(back.ledger.deliveredEvents()).toEqual({ accepted: 3, refused: 1, unanswered: 0 })
    expect(back.ledger.events().map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered'])
    await back.close()
  })
})
