import { describe, expect, it } from 'vitest'
import { meta } from 'madoguchi/meta'
import {
  ACCOUNT,
  aki,
  body,
  caughtUp,
  CUSTOMER,
  edits,
  engines,
  NOON,
  openDesk,
  post,
  says,
  SECRET,
  system,
  unsends,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'

// What waits in quarantine holds what somebody wrote. Taken back is taken back there too.

const from = (member: object) => ({ sender: { id: CUSTOMER }, recipient: { id: ACCOUNT }, timestamp: NOON, ...member })
/** A message that cannot be read, with a text all the same. */
const unreadable = (mid: string, text: string, more: object = {}) =>
  from({ message: { mid, text, attachments: 'none', ...more } })

const openPlatform = () => meta({ appSecrets: [SECRET], verifyToken: 'verify' }).platform

const opened = async (engine: 'memory' | 'sqlite' = 'memory') => {
  const each = await openDesk({ store: engines[engine]!() })
  await withOrganization(each.desk)
  const held = async () => {
    await caughtUp(each)
    const { items } = await each.desk.operations.quarantine(system)
    return Promise.all(
      items.map(async (item) => ({ ...item, raw: await each.desk.operations.inspect(system, item.quarantineId) })),
    )
  }
  const shown = async () => (await held()).map(({ raw }) => raw ?? '').join('\n')
  const isGone = (text: string) => until(async () => !(await shown()).includes(text))
  return { ...each, held, shown, isGone }
}

describe.each(['memory', 'sqlite'] as const)('an unsend reaches quarantined bodies, on %s', (engine) => {
  it('that could not be read, several of them and edits too, and leaves the others alone', async () => {
    const each = await opened(engine)
    await withChannel(each.desk, ACCOUNT)
    const events = [
      unreadable('m1', 'SECRET one'),
      { ...unreadable('m1', 'SECRET two'), hologram: 1 },
      { ...edits('m1', 'SECRET three', 1), message_edit: { mid: 'm1', text: 'SECRET three', num_edit: {} } },
      unreadable('m2', 'another', { reply_to: { mid: 'm1' } }),
    ]
    expect(await post(each.desk, body(events))).toBe(200)
    expect((await each.shown()).match(/SECRET/g)).toHaveLength(3)
    expect(await post(each.desk, body([unsends('m1')]))).toBe(200)
    await each.isGone('SECRET')
    expect(await each.shown()).toContain('another')
    expect((await each.held()).every(({ status }) => status === 'waiting')).toBe(true)
  })

  it('that came after it', async () => {
    const each = await opened(engine)
    await withChannel(each.desk, ACCOUNT)
    expect(await post(each.desk, body([unsends('m1')]))).toBe(200)
    expect(await post(each.desk, body([unreadable('m1', 'SECRET')]))).toBe(200)
    await each.isGone('SECRET')
  })

  it('beside the log, and one that broke off', async () => {
    const each = await opened(engine)
    await withChannel(each.desk, ACCOUNT)
    const large = 'SECRET'.repeat(60_000)
    expect(await post(each.desk, body([unreadable('m1', large)]))).toBe(200)
    expect(await post(each.desk, JSON.stringify(body([says('m1', 'SECRET in half')])).slice(0, -2))).toBe(200)
    expect(await post(each.desk, body([unsends('m1')]))).toBe(200)
    await each.isGone('SECRET')
    const ids = (await each.held()).map(({ quarantineId }) => quarantineId)
    const blobs = await Promise.all(ids.map((id) => each.store.blobs.get(`quarantine/${id}`)))
    const kept = blobs.map((blob) => (blob === undefined ? '' : new TextDecoder().decode(blob.bytes))).join('')
    expect(kept).not.toContain('SECRET')
  })

  it('however many messages and customers a body names that broke off, and wherever their ids stand', async () => {
    const each = await opened(engine)
    await withChannel(each.desk, ACCOUNT)
    const many = Array.from({ length: 300 }, (_, at) => {
      const { sender, recipient, timestamp, message } = says(`m${at}`, `SECRET${at}.`, {
        customer: `customer-${at % 40}`,
      })
      return at % 2 === 0
        ? { sender, recipient, timestamp, message }
        : { message: { ...message, attachments: [{ type: 'share', payload: { id: `${at}` } }] }, sender, recipient }
    })
    expect(await post(each.desk, JSON.stringify(body(many)).slice(0, -1))).toBe(200)
    expect(await each.shown()).toContain('SECRET299.')
    expect(await post(each.desk, body([unsends('m299', { customer: 'customer-19' })]))).toBe(200)
    await each.isGone('SECRET299.')
  })

  it('of an account without a channel, by an unsend that waits there itself; run again, both are what they were', async () => {
    const each = await opened(engine)
    expect(await post(each.desk, body([says('m1', 'SECRET'), says('m2', 'kept')]))).toBe(200)
    expect(await post(each.desk, body([unsends('m1')]))).toBe(200)
    await each.isGone('SECRET')
    expect(await each.shown()).toContain('kept')
    await withChannel(each.desk, ACCOUNT)
    for (const { quarantineId } of await each.held()) {
      const { outcome } = await each.desk.operations.rerun(system, quarantineId)
      expect(outcome.kind).toBe('recorded')
    }
    await caughtUp(each)
    const { items } = await each.desk.inbox.list(aki)
    const { conversationId = '' } = items[0] ?? {}
    const { items: transcript } = await each.desk.conversations.transcript(aki, { conversationId })
    expect(JSON.stringify(transcript)).not.toContain('SECRET')
    expect(JSON.stringify(transcript)).toContain('kept')
    expect((await each.desk.operations.balance(system)).balances).toBe(true)
  })
})

it('looks for a bounded number of messages, however large a body is that nobody can read', () => {
  const { messagesIn } = openPlatform()
  const text = JSON.stringify(
    body(Array.from({ length: 20_000 }, (_, at) => says(`m${at}`, 'a', { customer: `c${at}` }))),
  )
  const mentioned = messagesIn(text.slice(0, -1))
  const isFirst = mentioned.slice(0, 1_000).every(({ accountId, mid }, at) => accountId === ACCOUNT && mid === `m${at}`)
  expect(isFirst).toBe(true)
  expect(mentioned.length).toBeLessThan(6_000)
  expect(messagesIn(text)).toEqual(mentioned)
})

it('goes on where it was stopped: a desk that starts later strikes what another was told', async () => {
  const each = await openDesk({ started: false })
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  expect(await post(each.desk, body([unreadable('m1', 'SECRET'), unsends('m1')]))).toBe(200)
  await each.desk.start()
  await caughtUp(each)
  await until(async () => {
    const { items } = await each.desk.operations.quarantine(system)
    const raw = await each.desk.operations.inspect(system, items[0]?.quarantineId ?? '')
    return raw?.includes('"m1"') === true && !raw.includes('SECRET')
  })
})
