import {
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
  closeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { Store } from 'madoguchi'
import { sqlite } from 'madoguchi/sqlite'
import { aside, discardPlace, openPlace } from '../../adapters/postgres/places.ts'
import {
  ACCOUNT,
  afterwards,
  aki,
  body,
  caughtUp,
  folder,
  NOON,
  openDesk,
  post,
  recording,
  says,
  system,
  until,
  withChannel,
  withOrganization,
} from '../desk.ts'

// What is damaged is named, with what a person does about it; a log that is damaged or gone takes nothing in.

const files = () => {
  const at = folder()
  return { log: join(at, 'desk.db'), views: join(at, 'desk.views.db'), keys: join(at, 'desk.keys.db'), at }
}

/** A desk with some messages, stopped, as it was left. */
const filled = async (store: Store, messages = 40) => {
  const each = await openDesk({ store, delivery: { enabled: false } })
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  await receives(each, messages)
}
/** The same desk, started again, with more messages. */
const followed = async (store: Store, messages: number) =>
  receives(await openDesk({ store, delivery: { enabled: false } }), messages)
const receives = async (each: Awaited<ReturnType<typeof openDesk>>, messages: number) => {
  for (let n = 0; n < messages; n++)
    await post(
      each.desk,
      body([says(`m${n}`, `Number ${n} ${'word '.repeat(40)}`, { customer: `77${n % 5}`, at: NOON + n })]),
    )
  await caughtUp(each)
  await each.desk.stop()
}
const reopened = async (store: Store) => {
  const { lines, log } = recording()
  return { ...(await openDesk({ store, log, delivery: { enabled: false } })), lines }
}
let sent = 0
const arrives = ({ desk }: { desk: Parameters<typeof post>[0] }): Promise<number> =>
  post(desk, body([says(`late${sent++}`, 'Late', { customer: '770', at: NOON + 100 })]))
const said = (lines: readonly Readonly<Record<string, unknown>>[], word: RegExp) =>
  until(async () => lines.find((line) => word.test(JSON.stringify(line))))

/** Overwrites a part of a file. */
const scribble = (path: string, from: number, length: number): void => {
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(length, 0x5a), 0, length, from)
  closeSync(file)
}
const sql = (path: string, statement: string): void => {
  const database = new DatabaseSync(path)
  database.exec(statement)
  database.close()
}

describe('a damaged file of views', () => {
  it.each([
    ['whose pages are overwritten', (path: string) => scribble(path, 8_192, statSync(path).size - 8_192)],
    ['that is no database', (path: string) => scribble(path, 0, 200)],
    ['that is cut', (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2))],
    [
      'in which a document is cut',
      (path: string) => sql(path, 'update documents set document = substr(document, 1, 30)'),
    ],
  ])('%s says that it can be deleted, which is enough', async (_, damage) => {
    const { log, views } = files()
    await filled(sqlite(log))
    sql(views, 'pragma wal_checkpoint(truncate)')
    damage(views)
    const each = await reopened(sqlite(log))
    await arrives(each).catch(() => {})
    const told = await said(each.lines, /delete/)
    expect(told).toMatchObject({
      problem: 'StoreUnavailable',
      at: views,
      remedy: expect.stringMatching(/built again from the log/),
    })
    expect(JSON.stringify(each.lines)).not.toMatch(/SyntaxError|restore/)
    expect(each.desk.operations.progress(system).some(({ problem }) => problem === 'SyntaxError')).toBe(false)
    await each.desk.stop()
    for (const ending of ['', '-wal', '-shm']) rmSync(views + ending, { force: true })
    const again = await reopened(sqlite(log))
    await caughtUp(again)
    expect((await again.desk.inbox.list(aki)).items.length).toBe(5)
    expect(await arrives(again)).toBe(200)
  })
})

/** Cuts the text of one event in the middle of the log, and puts it back. */
interface Damaged {
  readonly store: () => Promise<Store>
  readonly cut: (column: 'data' | 'meta' | 'personal', by: string) => Promise<() => Promise<void>>
  readonly forgetViews: () => Promise<void>
}
const logs: Readonly<Record<string, () => Damaged>> = {
  sqlite: () => {
    const { log, views } = files()
    return {
      store: async () => sqlite(log),
      cut: async (column, by) => {
        sql(
          log,
          `create table kept as select * from events where position = 30; update events set ${column} = ${by} where position = 30`,
        )
        return async () => sql(log, `update events set ${column} = (select ${column} from kept) where position = 30`)
      },
      forgetViews: async () => {
        for (const ending of ['', '-wal', '-shm']) rmSync(views + ending, { force: true })
      },
    }
  },
  postgres: () => {
    const place = `damage_${process.pid}_${sent++}`
    afterwards(() => discardPlace(place))
    return {
      store: () => openPlace(place),
      cut: async (column, by) => {
        const text = by.replaceAll('"', "'")
        await aside(`create table "${place}".kept as select * from "${place}".events where position = 30`)
        await aside(`update "${place}".events set ${column} = ${text} where position = 30`)
        return async () => {
          await aside(
            `update "${place}".events set ${column} = (select ${column} from "${place}".kept) where position = 30`,
          )
        }
      },
      forgetViews: async () => {
        for (const table of ['builds', 'documents', 'entries']) await aside(`delete from "${place}".${table}`)
      },
    }
  },
}
describe.each(Object.entries(logs))('a log on %s', (_, open) => {
  it.each([
    ['cut in the middle', 'data', 'substr(data, 1, 20)'],
    ['whose data are empty', 'data', `''`],
    ['whose data are no object', 'data', `'[1]'`],
    ['whose metadata are cut', 'meta', 'substr(meta, 1, 5)'],
    ['whose content is no text of JSON', 'personal', `'x'`],
  ] as const)('%s names the place, and takes nothing in until it is mended', async (__, column, by) => {
    const { store, cut, forgetViews } = open()
    await filled(await store())
    const mend = await cut(column, by)
    await forgetViews()
    const each = await reopened(await store())
    const told = await said(each.lines, /LogDamaged/)
    expect(told).toMatchObject({
      problem: 'LogDamaged',
      remedy: expect.stringMatching(/event \d+ of stream \S+, at 0*30,.*restore a backup/),
    })
    expect(JSON.stringify(each.lines)).not.toMatch(/SyntaxError/)
    expect(await arrives(each)).toBe(503)
    expect(each.desk.operations.progress(system)).toContainEqual(
      expect.objectContaining({ state: 'stopped', problem: 'LogDamaged', stream: expect.any(String) }),
    )
    await expect(each.desk.inbox.list(aki)).rejects.toMatchObject({
      name: expect.stringMatching(/^(ViewsStopped|LogDamaged)$/),
    })
    await mend()
    expect(await arrives(each)).toBe(200)
    await each.desk.waitFor(
      (await each.store.events.readAll({ backwards: true, limit: 1 })).events[0]?.position,
      20_000,
    )
    expect((await each.desk.inbox.list(aki)).items.length).toBe(5)
  })
})

it.each([
  ['cut', (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2)), 'SQLITE_CORRUPT'],
  ['overwritten', (path: string) => scribble(path, 4_096, statSync(path).size - 4_096), 'SQLITE_CORRUPT'],
])('a file of the log that was %s takes nothing in, and says which backup to restore', async (_, damage, code) => {
  const { log } = files()
  await filled(sqlite(log))
  sql(log, 'pragma wal_checkpoint(truncate)')
  damage(log)
  const each = await reopened(sqlite(log))
  expect(await arrives(each)).toBe(503)
  expect(await said(each.lines, /restore/)).toMatchObject({
    code,
    at: log,
    remedy: expect.stringMatching(/restore a backup/),
  })
})

it('a log of which a page is damaged that the views have still to read says so, and takes nothing in', async () => {
  const { log, views } = files()
  await filled(sqlite(log), 1)
  sql(views, 'pragma wal_checkpoint(truncate)')
  copyFileSync(views, `${views}.old`)
  await followed(sqlite(log), 200)
  sql(log, 'pragma wal_checkpoint(truncate)')
  for (const ending of ['', '-wal', '-shm']) rmSync(views + ending, { force: true })
  renameSync(`${views}.old`, views)
  const page = 4_096
  const place = readFileSync(log).indexOf('Number 100 ')
  expect(place).toBeGreaterThan(0)
  scribble(log, place - (place % page), page)
  const each = await reopened(sqlite(log))
  expect(await said(each.lines, /restore/)).toMatchObject({ code: 'SQLITE_CORRUPT', at: log })
  expect(await arrives(each)).toBe(503)
  expect(each.desk.operations.progress(system)).toContainEqual(
    expect.objectContaining({ state: 'stopped', problem: 'StoreUnavailable' }),
  )
})

it('a damaged file of keys says that its own backup is needed', async () => {
  const { log, keys } = files()
  await filled(sqlite(log))
  sql(keys, 'pragma wal_checkpoint(truncate)')
  scribble(keys, 4_096, statSync(keys).size - 4_096)
  const store = sqlite(log)
  afterwards(() => store.close())
  await expect(store.tokens.ids()).rejects.toMatchObject({
    code: 'SQLITE_CORRUPT',
    at: keys,
    message: expect.stringMatching(/keys and tokens.*backup of that file/),
  })
})

describe('files that go while the desk runs', () => {
  const gone: readonly (readonly [string, (paths: ReturnType<typeof files>) => void, 'log' | 'keys' | 'views'])[] = [
    ['the log is deleted', ({ log }) => rmSync(log), 'log'],
    ['all of the log is deleted', ({ log }) => ['', '-wal', '-shm'].forEach((ending) => rmSync(log + ending)), 'log'],
    ['the write-ahead log is deleted', ({ log }) => rmSync(`${log}-wal`), 'log'],
    ['the log is moved', ({ log, at }) => renameSync(log, join(at, 'moved.db')), 'log'],
    [
      'the log is replaced by a copy',
      ({ log, at }) => {
        copyFileSync(log, join(at, 'copy.db'))
        renameSync(join(at, 'copy.db'), log)
      },
      'log',
    ],
    [
      'the folder is moved',
      ({ at }) => {
        renameSync(at, `${at}-moved`)
        mkdirSync(at)
      },
      'log',
    ],
    ['the log is cut', ({ log }) => truncateSync(log, 8_192), 'log'],
    ['the keys are deleted', ({ keys }) => rmSync(keys), 'keys'],
    ['the views are deleted', ({ views }) => rmSync(views), 'views'],
  ]
  it.each(gone)('%s: it is noticed, and nothing more is taken in that would be lost', async (name, lose, part) => {
    const paths = files()
    const { lines, log } = recording()
    const each = await openDesk({ store: sqlite(paths.log), log, delivery: { enabled: false } })
    await withOrganization(each.desk)
    const channelId = await withChannel(each.desk, ACCOUNT)
    sql(paths.log, 'pragma busy_timeout = 5000; pragma wal_checkpoint(truncate)')
    expect(await arrives(each)).toBe(200)
    await caughtUp(each)
    lose(paths)
    afterwards(async () => rmSync(`${paths.at}-moved`, { recursive: true, force: true }))
    // Whatever is acknowledged from here on must be in the file that is there.
    if (part === 'log') expect(await arrives(each)).toBe(503)
    if (part === 'keys')
      await expect(each.store.tokens.put(channelId, 'new')).rejects.toMatchObject({ code: 'file-gone', at: paths.keys })
    if (part === 'views') expect(await arrives(each)).toBe(200)
    if (part !== 'keys')
      expect(await said(lines, /file-gone|file-cut/)).toMatchObject({
        code: name === 'the log is cut' ? 'file-cut' : 'file-gone',
        at: expect.stringContaining(paths[part]),
        remedy: expect.stringMatching(
          part === 'views' ? /built again from the log/ : /put the file back|restore a backup/,
        ),
      })
  })

  it('an idle desk notices too, and says so', async () => {
    const paths = files()
    const { lines, log } = recording()
    const each = await openDesk({ store: sqlite(paths.log), log, delivery: { enabled: false } })
    await withOrganization(each.desk)
    await caughtUp(each)
    rmSync(paths.log)
    expect(await said(lines, /file-gone/)).toBeDefined()
  })

  const view = { name: 'v', version: 1 }
  const reads: readonly (readonly ['log' | 'keys' | 'views', (store: Store) => Promise<unknown>])[] = [
    ['log', (store) => store.events.head('s')],
    ['keys', (store) => store.tokens.get('c')],
    ['views', (store) => store.views.checkpoint(view)],
  ]
  it.each(reads)('the %s are missed also where only reading follows, and by every reading then', async (part, read) => {
    const paths = files()
    await sqlite(paths.log).close()
    const store = sqlite(paths.log)
    afterwards(() => store.close())
    rmSync(paths[part])
    const isMissed = () =>
      read(store).then(
        () => false,
        (error: { code?: string }) => error.code === 'file-gone',
      )
    await until(isMissed)
    expect([await isMissed(), await isMissed(), await isMissed()]).toEqual([true, true, true])
  })

  it('a file that somebody compacts is still whole', async () => {
    const paths = files()
    const each = await openDesk({ store: sqlite(paths.log), delivery: { enabled: false } })
    await withOrganization(each.desk)
    await withChannel(each.desk, ACCOUNT)
    await each.store.blobs.put('large', 'text/plain', new Uint8Array(4_000_000))
    sql(paths.log, 'pragma busy_timeout = 5000; pragma wal_checkpoint(truncate)')
    expect(await arrives(each)).toBe(200)
    const before = statSync(paths.log).size
    await each.store.blobs.remove('large')
    sql(paths.log, 'pragma busy_timeout = 5000; vacuum; pragma wal_checkpoint(truncate)')
    expect(statSync(paths.log).size).toBeLessThan(before)
    expect(await arrives(each)).toBe(200)
  })

  it('several processes on one file, one of which ends, are nothing to notice', async () => {
    const paths = files()
    const each = await openDesk({ store: sqlite(paths.log), delivery: { enabled: false } })
    await withOrganization(each.desk)
    await withChannel(each.desk, ACCOUNT)
    for (let n = 0; n < 3; n++) {
      const other = sqlite(paths.log)
      await other.events.readAll({ limit: 1 })
      await other.close()
      expect(await arrives(each)).toBe(200)
    }
    expect(readFileSync(paths.log).length).toBeGreaterThan(0)
  })
})
