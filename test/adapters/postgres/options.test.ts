import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { InvalidStoreOption, type StoreUnavailable } from 'madoguchi'
import { postgres, type PostgresOptions } from 'madoguchi/postgres'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'

const opening = (options: string | PostgresOptions): InvalidStoreOption => {
  try {
    void postgres(options).close()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidStoreOption)
    expect(error).toBeInstanceOf(TypeError)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
    return error as InvalidStoreOption
  }
  throw new Error('it was opened')
}

describe('a connection string that cannot be used is refused at once, without its password', () => {
  it.each([
    ['a port of letters', 'postgres://me:hunter2@127.0.0.1:54x/desk', 'port'],
    ['a port that there is not', 'postgres://me:hunter2@127.0.0.1:99999/desk', 'port'],
    ['two ports', 'postgres://me:hunter2@host:port:port/desk', 'port'],
    ['port 0', 'postgres://me:hunter2@127.0.0.1:0/desk', 'port'],
    ['a port among its settings', 'postgres://me:hunter2@127.0.0.1/desk?port=54x', 'port'],
    ['a slash in the password', 'postgres://me:12/hunter2@127.0.0.1/desk', 'percent-encoded'],
    ['a hash in the password', 'postgres://me:12#hunter2@127.0.0.1/desk', 'percent-encoded'],
    ['a question mark in the password', 'postgres://me:12?hunter2@127.0.0.1/desk', 'percent-encoded'],
    ['a percent sign in the password', 'postgres://me:%E0%A4hunter2@127.0.0.1/desk', 'percent-encoded'],
    ['another scheme', 'http://me:hunter2@127.0.0.1/desk', 'postgres://'],
    ['no scheme', 'hunter2', 'postgres://'],
    ['nothing in it', '', 'empty'],
    ['a file that is not there', 'postgres://me:hunter2@db/desk?sslrootcert=/nowhere/ca.pem', 'ENOENT'],
  ])('with %s', (_what, connectionString, said) => {
    for (const options of [connectionString, { connectionString }]) {
      const error = opening(options)
      expect(error.option).toBe('connectionString')
      expect(error.message).toMatch(/^connectionString: /)
      expect(error.message).toContain(said)
    }
  })

  it('also if the variable that should hold it is not set', () => {
    expect(opening(process.env['NO_SUCH_VARIABLE'] as string).message).toContain('is the variable set?')
  })
})

it.each([99_999, 0, 5432.5, Number.NaN, '54x'])('a port %s of `connection` is refused by name', (port) => {
  const error = opening({ connection: { host: '127.0.0.1', port, password: 'hunter2' } })
  expect([error.option, error.message]).toEqual(['connection', expect.stringContaining('port')])
})

it.each([
  ['a name', 'postgres://me:hunter2@db.internal/desk'],
  ['the other scheme and a port', 'postgresql://me:hunter2@127.0.0.1:6432/desk?application_name=a@b'],
  ['an encoded password', 'postgres://me:%2F%23%3F%40hunter2@db/desk'],
  ['a plain @ in the password', 'postgres://me:hun@ter2@db/desk'],
  ['a socket', 'postgres:///desk?host=/run/postgresql'],
  ['a path', '/run/postgresql desk'],
  ['IPv6', 'postgres://me@[::1]:5432/desk'],
])('a connection string with %s is taken', async (_what, connectionString) => {
  await expect(postgres(connectionString).close()).resolves.toBeUndefined()
})

it('an outage says code, place and remedy in its message, and no password', async () => {
  const store = postgres('postgres://me:hunter2@localhost:1/desk')
  const error = (await rejectionOf(store.events.read('s'))) as StoreUnavailable
  expect(error).toMatchObject({ name: 'StoreUnavailable', code: 'ECONNREFUSED', at: 'localhost:1' })
  expect(error.message).toBe(
    'the store is unavailable (not-applied): ECONNREFUSED localhost:1; nothing listens there: start it, or correct host and port',
  )
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hunter2')
  await store.close()
})
