import { expect, it } from 'vitest'
import { aside, openPlace, postgresUrl } from '../../adapters/postgres/places.ts'
import { afterwards, until } from '../desk.ts'
import { each, head, running, write } from './runners.ts'

const DATABASE = 'not_there_yet'

it('views of a store that cannot be reached say why, to who asks and to operators, and go on when it is there', async () => {
  const url = new URL(await postgresUrl())
  url.pathname = DATABASE
  const store = await openPlace('unreachable', { connectionString: url.href })
  afterwards(async () => {
    await store.close()
    await aside(`drop database if exists ${DATABASE}`)
  })
  const lines: string[] = []
  const log = {
    info: () => {},
    warn: (message: string) => void lines.push(message),
    error: (message: string, facts: object = {}) => void lines.push(`${message} ${JSON.stringify(facts)}`),
  }
  const runner = running(store, [each('each'), each('other')], { log })
  await until(async () => lines.length > 0)
  await expect(runner.whenLive('each', 20)).rejects.toMatchObject({
    name: 'StoreUnavailable',
    code: '3D000',
    message: expect.stringContaining('there is no such database'),
  })
  await expect(runner.waitFor(undefined, { timeout: 20 })).rejects.toMatchObject({
    name: 'ViewsBehind',
    message: expect.stringContaining('there is no such database'),
  })
  expect(runner.progress()).toEqual([
    { name: 'each', version: 1, state: 'stopped', folded: 0, problem: 'StoreUnavailable' },
    { name: 'other', version: 1, state: 'stopped', folded: 0, problem: 'StoreUnavailable' },
  ])
  await aside(`create database ${DATABASE}`)
  await write(store, 0, 5)
  await runner.waitFor(await head(store))
  expect(runner.progress().map(({ state }) => state)).toEqual(['live', 'live'])
  expect(lines).toEqual([
    expect.stringMatching(/^following the log with the views failed and is tried again until it works .*3D000/),
    'following the log with the views works again',
  ])
})
