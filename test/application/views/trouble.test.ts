import { expect, it } from 'vitest'
import { memory } from 'madoguchi/memory'
import { aside, openPlace, postgresUrl } from '../../adapters/postgres/places.ts'
import { afterwards, recording, until } from '../desk.ts'
import { each, folded, head, running, write } from './runners.ts'

const DATABASE = 'not_there_yet'

const FAILED = 'following the log with the views failed and is tried again until it works'
const WORKS = 'following the log with the views works again'

it('views of a store that cannot be reached say why, to who asks and to operators, and go on when it is there', async () => {
  const url = new URL(await postgresUrl())
  url.pathname = DATABASE
  const store = await openPlace('unreachable', { connectionString: url.href })
  afterwards(async () => {
    await store.close()
    await aside(`drop database if exists ${DATABASE}`)
  })
  const { lines, log } = recording()
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
  expect(lines).toMatchObject([{ message: FAILED, problem: 'StoreUnavailable', code: '3D000' }, { message: WORKS }])
})

it('a view that cannot be built beside others is told of once, and not that it works as often as the others do', async () => {
  const store = memory()
  await write(store, 0, 5)
  await folded(store, [each('each')])
  const { lines, log } = recording()
  let tries = 0
  const get: typeof store.views.get = async (view, keys) => {
    if (view.name !== 'broken') return store.views.get(view, keys)
    tries++
    throw new RangeError('a fault of the code')
  }
  running({ ...store, views: { ...store.views, get } }, [each('each'), each('broken')], { log })
  await until(async () => tries >= 4)
  expect(lines).toEqual([{ message: FAILED, problem: 'RangeError' }])
})
