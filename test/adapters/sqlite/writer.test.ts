import { expect, it } from 'vitest'
import { type Database, openDatabase } from '../../../src/adapters/sqlite/database.ts'
import { createWriter, type Writer } from '../../../src/adapters/sqlite/writer.ts'
import { type StoreUnavailable, WrongExpectedRevision } from '../../../src/application/ports/store-errors.ts'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'

const SCHEMA = `
  pragma foreign_keys = on;
  create table numbers (n integer primary key, text text not null);
  create table children (parent integer references numbers (n) deferrable initially deferred);`

const open = (): { readonly database: Database; readonly writer: Writer; readonly commits: () => number } => {
  const database = openDatabase(':memory:', { busyLimit: 1_000, prepare: (driver) => driver.exec(SCHEMA) })
  let commits = 0
  const committed = (): void => {
    commits += 1
  }
  return { database, writer: createWriter(database, { committed }), commits: () => commits }
}

const insert = (database: Database, n: number, text = 'x') => ({
  bytes: text.length,
  run: () => database.run('insert into numbers (n, text) values (?, ?)', n, text).changes,
})

const numbers = (database: Database): readonly unknown[] =>
  database.all('select n from numbers order by n').map(({ n }) => n)

it('shares one transaction among all who write in the same turn', async () => {
  const { database, writer, commits } = open()
  await Promise.all(Array.from({ length: 100 }, (_, n) => writer.write(insert(database, n))))
  expect(commits()).toBe(1)
  expect(numbers(database).length).toBe(100)
})

it('begins another transaction after 500 jobs or 1 MB', async () => {
  const many = open()
  await Promise.all(Array.from({ length: 1_001 }, (_, n) => many.writer.write(insert(many.database, n))))
  expect(many.commits()).toBeGreaterThanOrEqual(3)
  const large = open()
  const text = 'a'.repeat(600_000)
  await Promise.all([1, 2, 3].map((n) => large.writer.write(insert(large.database, n, text))))
  expect(large.commits()).toBe(3)
})

it('lets a job that the database refuses fail alone', async () => {
  const { database, writer } = open()
  await writer.write(insert(database, 50))
  const outcomes = await Promise.allSettled([1, 2, 50, 3].map((n) => writer.write(insert(database, n))))
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(numbers(database)).toEqual([1, 2, 3, 50])
})

it('undoes what a job had written before it failed with an error of our own', async () => {
  const { database, writer } = open()
  const half = writer.write({
    bytes: 0,
    run: () => {
      database.run(`insert into numbers (n, text) values (7, 'half')`)
      throw new RangeError('a bug')
    },
  })
  const [error] = await Promise.all([rejectionOf(half), writer.write(insert(database, 1))])
  expect(error).toBeInstanceOf(RangeError)
  expect(numbers(database)).toEqual([1])
})

it('passes a refusal on without a second transaction', async () => {
  const { database, writer, commits } = open()
  const run = (): never => {
    throw new WrongExpectedRevision('s', 3, 4)
  }
  const [error] = await Promise.all([rejectionOf(writer.write({ bytes: 0, run })), writer.write(insert(database, 1))])
  expect(error).toBeInstanceOf(WrongExpectedRevision)
  expect(commits()).toBe(1)
})

it('reports a full disk as not applied, with the cause, and goes on when there is room', async () => {
  const { database, writer } = open()
  database.get('pragma max_page_count = 8')
  const error = (await rejectionOf(writer.write(insert(database, 1, 'a'.repeat(100_000))))) as StoreUnavailable
  expect([error.name, error.outcome, String(error.cause)]).toEqual([
    'StoreUnavailable',
    'not-applied',
    expect.stringContaining('full'),
  ])
  expect(numbers(database)).toEqual([])
  database.get('pragma max_page_count = 10000')
  expect(await writer.write(insert(database, 1, 'a'.repeat(100_000)))).toBe(1)
})

it('reports a commit that failed as unknown', async () => {
  const { database, writer } = open()
  const orphan = writer.write({ bytes: 0, run: () => database.run('insert into children (parent) values (99)') })
  const error = (await rejectionOf(orphan)) as StoreUnavailable
  expect([error.name, error.outcome]).toEqual(['StoreUnavailable', 'unknown'])
  expect(await writer.write(insert(database, 1))).toBe(1)
})

it('drops a job that was aborted before its turn, and no other', async () => {
  const { database, writer } = open()
  const abort = new AbortController()
  const [one, two] = [writer.write({ ...insert(database, 1), signal: abort.signal }), writer.write(insert(database, 2))]
  abort.abort(new RangeError('enough'))
  expect((await rejectionOf(one)).message).toBe('enough')
  await two
  expect(numbers(database)).toEqual([2])
})
