import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sqlite } from 'madoguchi/sqlite'
import {
  ACCOUNT,
  administrator,
  afterwards,
  aki,
  body,
  caughtUp,
  edits,
  folder,
  NOON,
  openDesk,
  post,
  says,
  unsends,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'

// What was taken back, replaced or deleted is in no byte of the files that hold it: neither in free pages nor in a write-ahead log.

const opened = async () => {
  const at = folder()
  const each = await openDesk({ store: sqlite(join(at, 'desk.db')), delivery: { enabled: false } })
  await withOrganization(each.desk)
  /** The files whose names begin like this and hold these words. */
  const holding = (name: string, word: string) =>
    readdirSync(at).filter((file) => file.startsWith(name) && readFileSync(join(at, file)).includes(word))
  return { ...each, holding }
}

it('a token that was replaced, or whose channel was deleted, is in no file', async () => {
  const { desk, store, holding } = await opened()
  const account = { accountId: ACCOUNT, token: 'first-planted-token' }
  const channelId = await withChannel(desk, account)
  expect(holding('', 'first-planted-token')).not.toEqual([])
  await store.tokens.put(channelId, `second-planted-token ${'x'.repeat(9_000)} end-of-second`)
  await until(async () => holding('', 'first-planted-token').length === 0)
  expect(holding('desk.keys.db', 'second-planted-token')).not.toEqual([])
  await store.tokens.put(channelId, 'third-planted-token')
  await until(async () => [...holding('', 'second-planted'), ...holding('', 'end-of-second')].length === 0)
  await desk.channels.delete(administrator, { channelId })
  await until(async () => (await store.tokens.get(channelId)) === undefined)
  await until(async () => holding('', 'third-planted').length === 0)
  await desk.stop()
  expect(['first', 'second', 'third'].flatMap((word) => holding('', `${word}-planted`))).toEqual([])
})

it('of many tokens that were replaced and deleted none is left, while another process has the files open', async () => {
  const at = folder()
  const [store, other] = [sqlite(join(at, 'desk.db')), sqlite(join(at, 'desk.db'))]
  afterwards(() => Promise.all([store.close(), other.close()]))
  await other.tokens.ids()
  const token = (n: number, round: number) =>
    `planted-${n}-${round}-${'z'.repeat((n * 37 + round * 101) % 600)}-planted`
  for (let round = 0; round < 4; round++)
    for (let n = round; n < 60; n++)
      await (n % 7 === round ? store.tokens.remove(`channel ${n}`) : store.tokens.put(`channel ${n}`, token(n, round)))
  const held = new Set(await Promise.all((await other.tokens.ids()).map((channelId) => other.tokens.get(channelId))))
  const left = (): readonly string[] =>
    readdirSync(at).flatMap((file) => readFileSync(join(at, file), 'latin1').match(/planted-\d+-\d+-/g) ?? [])
  const expected = [...held].map((text) => /^planted-\d+-\d+-/.exec(text ?? '')?.[0] ?? '').toSorted()
  await until(async () => left().length <= expected.length)
  expect(left().toSorted()).toEqual(expected)
})

it('a text that was taken back, or that an edit replaced, is in no file of the views', async () => {
  const each = await opened()
  const { desk, holding } = each
  await withChannel(desk, ACCOUNT)
  const long = `${'lengthy '.repeat(3_000)}endofplanted`
  const others = Array.from({ length: 200 }, (_, n) =>
    says(`o${n}`, `other ${n}`, { customer: `88${n}`, at: NOON + n }),
  )
  await post(desk, body(others))
  await post(
    desk,
    body([
      says('m1', 'plantedshort words', { at: NOON }),
      says('m2', `plantedlong ${long}`, { at: NOON + 1 }),
      says('m3', 'plantedfirst draft', { at: NOON + 2 }),
    ]),
  )
  await caughtUp(each)
  expect(holding('desk.views.db', 'plantedlong')).not.toEqual([])
  await post(
    desk,
    body([
      unsends('m1', { at: NOON + 10 }),
      unsends('m2', { at: NOON + 11 }),
      edits('m3', 'final words', 1, { at: NOON + 12 }),
    ]),
  )
  await caughtUp(each)
  const words = ['plantedshort', 'plantedlong', 'endofplanted', 'plantedfirst']
  await until(async () => words.flatMap((word) => holding('desk.views.db', word)).length === 0)
  expect((await desk.inbox.search(aki, { text: 'final' })).messages.length).toBe(1)
  await desk.stop()
  expect(words.flatMap((word) => holding('desk.views.db', word))).toEqual([])
})

it('views of an older version leave nothing of their texts', async () => {
  const { store, holding } = await opened()
  const view = { name: 'planted', version: 1 }
  const at = { position: '1', eventId: 'e' }
  await store.views.commit([
    {
      view,
      from: undefined,
      to: at,
      puts: [{ key: 'k', document: 'plantedinview', entries: { by: [['plantedentry']] } }],
      deletes: [],
    },
  ])
  expect(holding('desk.views.db', 'plantedinview')).not.toEqual([])
  await store.views.drop(view)
  await until(
    async () => ['plantedinview', 'plantedentry'].flatMap((word) => holding('desk.views.db', word)).length === 0,
  )
})
