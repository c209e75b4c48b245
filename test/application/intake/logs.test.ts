import { expect, it, vi } from 'vitest'
import { createDesk, type Log } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { faultyStore } from 'madoguchi/testing'
import { signature256, toWire } from 'madoguchi/simulator'
import { afterwards, aki, body, caughtUp, openChannel, post, says, SECRET, settled, signed, until } from '../desk.ts'

const TEXT = 'xylophone-text'
const NAME = 'xylophone-name'
const REPLY = 'xylophone-reply'
const NOTE = 'xylophone-note'

it('neither the log nor the console ever holds a text, a name, a token, a secret or a signature', async () => {
  const lines: string[] = []
  const write = (message: string, facts?: unknown): void => void lines.push(JSON.stringify([message, facts]))
  const log: Log = { info: write, warn: write, error: write }
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((method) =>
    vi.spyOn(console, method).mockImplementation((...words: unknown[]) => void lines.push(words.map(String).join(' '))),
  )
  afterwards(async () => spies.forEach((spy) => spy.mockRestore()))
  const store = faultyStore(memory())
  const each = await openChannel({ store, log })
  const { desk, account, simulator } = each
  const customer = simulator.customer(account.accountId, { name: NAME, username: 'xylophone.user' })
  await customer.says(TEXT).delivered
  await caughtUp(each)
  const conversationId = (await desk.inbox.list(aki)).items[0]?.conversationId ?? ''
  await desk.conversations.addNote(aki, { conversationId, text: NOTE })

  // Everything that makes somebody write a line.
  const message = toWire(body([says('x1', TEXT, { account: account.accountId })], account.accountId) as never)
  await desk.handle(new Request('http://desk.test/', { method: 'POST', body: message }))
  await desk.handle(signed(message, { 'x-hub-signature-256': signature256(message, 'xylophone-secret') }))
  await desk.handle(signed(`{"xylophone-text": `))
  await desk.handle(signed(' '.repeat(16 * 1_048_576 + 1)))
  store.onWrite((write) => (write.kind === 'append' ? { kind: 'fail' } : undefined))
  expect(await post(desk, message)).toBe(503)
  store.onWrite((write) => (write.kind === 'commit' ? { kind: 'fail' } : undefined))
  expect(await post(desk, message)).toBe(200)
  await until(async () => desk.operations.progress({ kind: 'system' }).some(({ state }) => state === 'stopped'))
  store.heal()
  account.revokeToken()
  await desk.conversations.reply(aki, { conversationId, text: REPLY })
  simulator.outage('refuse')
  await desk.conversations.reply(aki, { conversationId, text: REPLY })
  await settled(each)
  simulator.outage(false)

  // A desk that was given no log writes lines of its own.
  const plain = createDesk({ store, meta: each.options.meta, clock: each.clock })
  await plain.handle(signed(message, { 'x-hub-signature-256': 'sha256=xylophone' }))

  expect(lines.length).toBeGreaterThan(4)
  const everything = lines.join('\n')
  for (const secret of [
    'xylophone',
    SECRET,
    account.token,
    signature256(message, SECRET),
    'sha256=',
    customer.customerId,
  ]) {
    expect(everything).not.toContain(secret)
  }
})
