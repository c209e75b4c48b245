import { describe, expect, it } from 'vitest'
import { createDesk, StoreUnavailable, StoreUnfit } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { meta } from 'madoguchi/meta'
import { postgres } from 'madoguchi/postgres'
import { faultyStore } from 'madoguchi/testing'
import { problemOf } from '../../src/application/problem.ts'
import {
  ACCOUNT,
  afterwards,
  body,
  openDesk,
  post,
  recording,
  says,
  SECRET,
  until,
  withChannel,
  withOrganization,
} from './desk.ts'

describe('what the log of the process hears of an error', () => {
  it('is what happened, where, and what to do about it', () => {
    const error = new StoreUnavailable('not-applied', { code: 'ECONNREFUSED', at: '10.0.0.7:5432' })
    expect(problemOf(error)).toEqual({
      problem: 'StoreUnavailable',
      code: 'ECONNREFUSED',
      at: '10.0.0.7:5432',
      remedy: expect.stringContaining('start it'),
    })
  })

  it('is found in the cause too, if a store says no more', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', address: '10.0.0.7', port: 8443 })
    expect(problemOf(new StoreUnavailable('unknown', { cause: new AggregateError([refused]) }))).toMatchObject({
      code: 'ECONNREFUSED',
      at: '10.0.0.7:8443',
    })
    expect(problemOf(new TypeError('fetch failed', { cause: refused }))).toEqual({
      problem: 'TypeError',
      code: 'ECONNREFUSED',
      at: '10.0.0.7:8443',
    })
  })

  it('is the sentence of a store that cannot be used as it is', () => {
    expect(problemOf(new StoreUnfit('PostgreSQL 13 or newer is needed'))).toEqual({
      problem: 'StoreUnfit',
      remedy: 'PostgreSQL 13 or newer is needed',
    })
  })

  it.each([
    ['a message', new Error('hunter2')],
    ['what is no code', Object.assign(new Error('no'), { code: 'key (name)=(hunter2) exists' })],
    ['what is no code, of a store', new StoreUnavailable('unknown', { code: 'hunter2: no', at: 'hunter2@10.0.0.7:1' })],
    [
      'an address with a password',
      Object.assign(new Error('no'), { code: 'ENOTFOUND', address: 'postgres://me:hunter2@db', port: 1 }),
    ],
    ['a name', Object.assign(new Error('no'), { name: 'hunter2 was here' })],
    ['a cause', new Error('no', { cause: 'hunter2' })],
    ['no error at all', 'hunter2'],
    [
      'its own cause',
      Object.assign(new Error('hunter2'), {
        get cause() {
          return this
        },
      }),
    ],
  ])('is never %s', (_what, error) => {
    expect(JSON.stringify(problemOf(error))).not.toContain('hunter2')
  })
})

describe('an outage of the store', () => {
  it('is told by everything that fails for it, with its cause', async () => {
    const { lines, log } = recording()
    const store = faultyStore(memory())
    const each = await openDesk({ store, log })
    await withOrganization(each.desk)
    await withChannel(each.desk, ACCOUNT)
    const error = new StoreUnavailable('not-applied', { code: '57P01', at: '10.0.0.7:5432' })
    store.onWrite((write) => (write.kind === 'commit' ? undefined : { kind: 'error', error, when: 'before' }))
    expect(await post(each.desk, body([says('m1', 'One')]))).toBe(503)
    expect(lines.at(-1)).toMatchObject({
      message: expect.stringContaining('taking in webhooks failed'),
      problem: 'StoreUnavailable',
      code: '57P01',
      at: '10.0.0.7:5432',
      remedy: expect.any(String),
    })
  })

  it('is told by a desk that finds no server when it starts, without its password', async () => {
    const { lines, log } = recording()
    const store = postgres('postgres://me:hunter2@127.0.0.1:1/desk')
    const options = { appSecrets: [SECRET], verifyToken: 'verify' }
    const desk = createDesk({
      store,
      log,
      meta: meta(options),
      processes: { goneAfter: 100 },
      delivery: { enabled: false },
    })
    await desk.start()
    afterwards(() => desk.stop())
    const found = (line: (typeof lines)[number]): boolean =>
      String(line['message']).startsWith('renewing shares of the work')
    await until(async () => lines.some(found))
    expect(lines.find(found)).toMatchObject({
      problem: 'StoreUnavailable',
      code: 'ECONNREFUSED',
      at: '127.0.0.1:1',
      remedy: expect.any(String),
    })
    expect(JSON.stringify(lines)).not.toContain('hunter2')
  })
})
