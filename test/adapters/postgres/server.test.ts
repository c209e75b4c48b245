import { execFile, execFileSync } from 'node:child_process'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify, inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DESK_MIGRATIONS } from '../../../src/adapters/postgres/schema/migrations.ts'
import { type PostgresOptions, postgres } from '../../../src/adapters/postgres/index.ts'
import type { Delivery, Store } from '../../../src/application/ports/index.ts'
import type { StoreUnavailable } from '../../../src/application/ports/store-errors.ts'
import {
  eventsIn,
  idsOf,
  OLDER_EVENTS,
  OLDER_STREAM,
  sampleEvent,
  sampleEvents,
  takeUntil,
  wholeLog,
} from '../../../src/testing/contracts/sample-events.ts'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'
import { appendAsBefore, OLDER_SCHEMAS, prepareOlder } from './older.ts'
import { aside, connectAside, discardPlace, openPlace, postgresUrl } from './places.ts'
import { openPooler } from './pooler.ts'
import { openProxy } from './proxy.ts'
import { startServer } from './server.ts'

let places = 0
let place = ''
let stores: Store[] = []

const open = async (options: Partial<PostgresOptions> = {}): Promise<Store> => {
  const store = await openPlace(place, options)
  stores.push(store)
  return store
}

beforeEach(() => {
  places += 1
  place = `own_${Date.now().toString(36)}_${places}`
  stores = []
})
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await discardPlace(place)
})

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

const transactions = async (): Promise<number> => {
  const [row] = await aside(`select count(distinct xmin::text) as many from "${place}".events`)
  return Number(row?.['many'])
}

/** A row of this type makes the whole statement fail. */
const plantPoison = async (): Promise<void> => {
  await aside(`create function "${place}".refuse() returns trigger language plpgsql
    as $$ begin if new.type = 'Poison' then raise exception 'poison'; end if; return new; end $$`)
  await aside(
    `create trigger refuse before insert on "${place}".events for each row execute function "${place}".refuse()`,
  )
}

describe('the group commit', () => {
  it('puts everything that waits into one transaction, each with its own outcome', async () => {
    const { events } = await open()
    await events.append('first', 'none', [sampleEvent(0)])
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 100 }, (_, n) => events.append(`s-${n}`, 'none', sampleEvents(n * 2, n * 2 + 1))),
      events.append('first', 'none', [sampleEvent(900)]),
      events.append('first', 'none', [sampleEvent(0)]),
      events.append('first', 'none', sampleEvents(0, 1)),
    ])
    expect(outcomes.slice(0, 100).map((one) => one.status === 'fulfilled' && one.value.revision)).toEqual(
      Array.from({ length: 100 }, () => 1),
    )
    expect(
      outcomes.slice(100).map((one) => (one.status === 'fulfilled' ? one.value.replayed : (one.reason as Error).name)),
    ).toEqual(['WrongExpectedRevision', true, 'CorruptIdempotency'])
    expect(await transactions()).toBe(2)
    const log = await wholeLog(events)
    expect(log.map(({ position }) => Number(position))).toEqual(Array.from({ length: 201 }, (_, n) => n + 1))
  })

  it('begins another transaction after 500 appends or 1 MB', async () => {
    const { events } = await open()
    await Promise.all(Array.from({ length: 1_001 }, (_, n) => events.append(`s-${n}`, 'none', [sampleEvent(n)])))
    expect(await transactions()).toBe(3)
    const data = { text: 'a'.repeat(600_000) }
    await Promise.all([1, 2, 3].map((n) => events.append(`large-${n}`, 'none', [sampleEvent(n, { data })])))
    expect(await transactions()).toBe(6)
  })

  it('makes nobody suffer for an append that the database refuses', async () => {
    const { events } = await open()
    await events.append('s', 'none', [sampleEvent(1)])
    await plantPoison()
    const outcomes = await Promise.allSettled([
      events.append('a', 'none', [sampleEvent(1)]),
      events.append('b', 'none', [sampleEvent(1), sampleEvent(2, { type: 'Poison' })]),
      events.append('c', 'none', [sampleEvent(1)]),
      events.append('s', 0, [sampleEvent(2), sampleEvent(1)]),
      events.append('a', 0, [sampleEvent(2)]),
    ])
    expect(
      outcomes.map((one) => (one.status === 'fulfilled' ? one.value.revision : (one.reason as StoreUnavailable).name)),
    ).toEqual([0, 'StoreUnavailable', 0, 'CorruptIdempotency', 1])
    expect(outcomes[1]).toMatchObject({ reason: { outcome: 'not-applied', cause: { message: 'poison' } } })
    expect(await events.head('b')).toBe(undefined)
    expect((await wholeLog(events)).length).toBe(4)
  })

  it('waits for a foreign transaction that appends, and shows nothing before and nothing below', async () => {
    const { events } = await open()
    await events.append('s', 'none', [sampleEvent(1)])
    const other = await connectAside()
    await other.query('begin')
    const appended = await other.query<{ position: string }>(
      `select * from "${place}".append('{foreign}', '{-1}', '{1}', '{0}', '{1}', '{x}', '{T}', '{1}', '{"{}"}', '{NULL}', '{"{}"}', '{1}', 1000)`,
    )
    const append = events.append('s', 0, [sampleEvent(2)])
    await pause(100)
    expect((await wholeLog(events)).map(({ stream }) => stream)).toEqual(['s'])
    await other.query('commit')
    await other.end()
    expect(Number((await append).position)).toBeGreaterThan(Number(appended.rows[0]?.position))
    expect((await wholeLog(events)).map(({ stream }) => stream)).toEqual(['s', 'foreign', 's'])
  })

  it('has applied nothing when its turn does not come, and does not apply it later', async () => {
    const { events } = await open({ deadline: 1_000 })
    await events.append('s', 'none', [sampleEvent(1)])
    const other = await connectAside()
    await other.query('begin')
    await other.query(`select pg_advisory_xact_lock(hashtextextended('madoguchi log ${place}', 0))`)
    const late = [events.append('s', 0, [sampleEvent(2)]), events.append('t', 'none', [sampleEvent(3)])]
    for (const error of await Promise.all(late.map(rejectionOf)))
      expect(error).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-applied' })
    await other.query('commit')
    await other.end()
    expect((await events.append('s', 0, [sampleEvent(2)])).replayed).toBe(false)
    expect((await wholeLog(events)).map(({ stream }) => stream)).toEqual(['s', 's'])
  })
})

describe('reads of one turn', () => {
  it('get each its own events, however many there are', async () => {
    const { events } = await open()
    await events.append('long', 'none', sampleEvents(0, 39))
    await events.append('short', 'none', sampleEvents(100, 101))
    const ids = async (...args: Parameters<typeof events.read>): Promise<readonly string[]> =>
      idsOf(await events.read(...args))
    const [whole, part, backwards, nothing, beyond, first, head, none] = await Promise.all([
      ids('long'),
      ids('long', { from: 3, limit: 30 }),
      ids('long', { backwards: true }),
      ids('missing'),
      ids('short', { from: 2 }),
      ids('short', { limit: 1 }),
      events.head('short'),
      events.head('missing'),
    ])
    const all = idsOf(sampleEvents(0, 39))
    expect(whole).toEqual(all)
    expect(part).toEqual(all.slice(3, 33))
    expect(backwards).toEqual(all.toReversed())
    expect([nothing, beyond, first]).toEqual([[], [], idsOf([sampleEvent(100)])])
    expect([head?.revision, none]).toEqual([1, undefined])
  })

  it('get each its own documents', async () => {
    const { views } = await open()
    const at = { position: '1', eventId: 'e' }
    const put = (key: string, document: string) => ({ key, document, entries: {} })
    const [one, two, missing] = ['one', 'two', 'missing'].map((name) => ({ name, version: 1 }))
    await views.commit([
      { view: one!, from: undefined, to: at, puts: [put('', 'empty'), put('\u0001', 'control')], deletes: [] },
      { view: two!, from: undefined, to: at, puts: [put('k', 'of two')], deletes: [] },
    ])
    expect(
      await Promise.all([
        views.get(one!, ['k', '\u0001', '']),
        views.get(missing!, ['k']),
        views.get(two!, ['k', '', 'k']),
        views.get(two!, []),
      ]),
    ).toEqual([[undefined, 'control', 'empty'], [undefined], ['of two', undefined, 'of two'], []])
    expect(await views.get(one!, [''])).toEqual(['empty'])
    const many = Array.from({ length: 100 }, (_, n) => `k${n}`)
    const next = { position: '2', eventId: 'e' }
    const sole = [put('', 'sole')]
    await views.commit([
      { view: one!, from: at, to: next, puts: sole, deletes: [] },
      { view: two!, from: at, to: next, puts: many.map((key) => put(key, `${key} of two`)), deletes: ['k'] },
    ])
    expect(await Promise.all([views.get(one!, ['']), views.get(two!, ['k', ...many])])).toEqual([
      ['sole'],
      [undefined, ...many.map((key) => `${key} of two`)],
    ])
    await views.commit([{ view: one!, from: next, to: { position: '3', eventId: 'e' }, puts: sole, deletes: [] }])
    await views.commit([
      {
        view: one!,
        from: { position: '3', eventId: 'e' },
        to: { position: '4', eventId: 'e' },
        puts: [],
        deletes: [''],
      },
    ])
    expect(await views.get(one!, [''])).toEqual([undefined])
  })

  it('share a statement', async () => {
    const { events, views } = await open({ connection: { application_name: place } })
    await events.head('s')
    const view = { name: 'v', version: 1 }
    const many = Array.from({ length: 50 }, (_, n) => n)
    await Promise.all(many.flatMap((n) => [events.read(`s-${n}`), events.head(`s-${n}`)]))
    await Promise.all(many.map((n) => views.get(view, [`k-${n}`])))
    const connections = await aside('select pid from pg_stat_activity where application_name = $1', [place])
    expect(connections.length).toBeLessThanOrEqual(2)
  })
})

describe('the schema', () => {
  it('is made once by several processes that start at once', async () => {
    const script = fileURLToPath(new URL('writer-process.ts', import.meta.url))
    const url = await postgresUrl()
    await Promise.all(
      [0, 1, 2, 3].map((writer) => {
        const task = JSON.stringify({ writer, appends: 3, streams: [`s-${writer}`] })
        return promisify(execFile)(process.execPath, ['--conditions=madoguchi-source', script, url, place, task])
      }),
    )
    const stored = await Promise.all(Array.from({ length: 8 }, async () => (await open()).events.read('s-1')))
    expect(new Set(stored.map((events) => events.length)).size).toBe(1)
    expect(await aside(`select number from "${place}".migrations order by number`)).toEqual(
      DESK_MIGRATIONS.map((_, at) => ({ number: at + 1 })),
    )
  })

  it.each(OLDER_SCHEMAS)(
    'of %i migrations takes the appends of older processes also when a newer one has migrated it',
    async (version) => {
      await prepareOlder(place, version)
      const { events } = await open()
      await events.append('s', 'none', [sampleEvent(1)])
      expect(await appendAsBefore(place, 's', 0, sampleEvents(2, 3))).toMatchObject([{ outcome: 'plain' }])
      expect(await appendAsBefore(place, 's', 0, [sampleEvent(9)])).toMatchObject([{ outcome: 'wrong', revision: '2' }])
      await events.append('s', 2, [sampleEvent(4)])
      expect(idsOf(await events.read('s'))).toEqual(idsOf(sampleEvents(1, 4)))
      expect((await events.read(OLDER_STREAM)).length).toBe(OLDER_EVENTS.length)
    },
  )

  it('of a release that did not know which views are unfinished takes those for finished, and commits of its processes', async () => {
    await prepareOlder(place, 5)
    const commitAsBefore = async (name: string, from: string | null, to: string): Promise<unknown> =>
      aside(`select "${place}".commit_views($1, '{1}', $2, $2, $3, $3, '{}', '{}', '{}', '{}', '')`, [
        [name],
        [from],
        [to],
      ])
    await commitAsBefore('one', null, '1')
    const { views } = await open()
    const to = { position: '1', eventId: '1' }
    await views.commit([
      { view: { name: 'two', version: 1 }, from: undefined, to, puts: [], deletes: [], unfinished: true },
    ])
    await commitAsBefore('one', '1', '2')
    await commitAsBefore('two', '1', '2')
    expect(
      (await views.builds()).map(({ view, checkpoint, unfinished }) => [view.name, checkpoint.position, unfinished]),
    ).toEqual([
      ['one', '2', undefined],
      ['two', '2', true],
    ])
  })

  it('of a newer release is refused by every call, and left as it is', async () => {
    await (await open()).events.append('s', 'none', [sampleEvent(1)])
    await aside(`insert into "${place}".migrations (number) values (99)`)
    const { events, views } = await open()
    const refused = [events.read('s'), events.append('s', 0, [sampleEvent(2)]), views.builds()].map(rejectionOf)
    for (const error of await Promise.all(refused)) expect(error.message).toContain(`version 99`)
    await aside(`delete from "${place}".migrations where number = 99`)
    expect((await events.append('s', 0, [sampleEvent(2)])).revision).toBe(1)
  })

  it('that could not be looked at has nothing applied to it, for certain', async () => {
    await (await open()).events.append('s', 'none', [sampleEvent(1)])
    const store = await open({ connection: { application_name: place } })
    const other = await connectAside()
    await other.query(`begin; lock table "${place}".migrations in access exclusive mode`)
    const view = { name: 'v', version: 1 }
    const to = { position: '1', eventId: 'e' }
    const calls = [
      store.events.append('s', 0, [sampleEvent(2)]),
      store.events.appendAll!([{ stream: 't', expected: 'none', events: [sampleEvent(3)] }]),
      store.leases.write('l', undefined, {}),
      store.views.commit([{ view, from: undefined, to, puts: [], deletes: [] }]),
    ].map(rejectionOf)
    const waiting = `from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`
    while ((await aside(`select pid ${waiting}`, [place])).length === 0) await pause(20)
    await aside(`select pg_terminate_backend(pid) ${waiting}`, [place])
    const errors = await Promise.all(calls)
    await other.end()
    for (const error of errors)
      expect(error).toMatchObject({ outcome: 'not-applied', code: '57P01', cause: { code: '57P01' } })
    expect((await store.events.append('s', 0, [sampleEvent(2)])).replayed).toBe(false)
  })

  it('needs no right to create anything once it is there', async () => {
    const first = await open()
    await Promise.all([first.tokens.put('c', 't'), first.events.head('s')])
    const role = `${place}_role`
    const grants = [place, `${place}_secrets`].map(
      (name) => `grant usage on schema "${name}" to "${role}";
        grant select, insert, update, delete on all tables in schema "${name}" to "${role}";
        grant usage on all sequences in schema "${name}" to "${role}";`,
    )
    await aside(`create role "${role}" login password 'p'; ${grants.join('')}`)
    try {
      const url = new URL(await postgresUrl())
      url.username = role
      url.password = 'p'
      const store = await open({ connectionString: url.href })
      expect((await store.events.append('s', 'none', [sampleEvent(1)])).revision).toBe(0)
      expect(await store.tokens.get('c')).toBe('t')
      await store.close()
    } finally {
      await aside(`drop owned by "${role}"; drop role "${role}"`)
    }
  })

  it('can have any plain name, and two desks share a database', async () => {
    place = 'Desk-One'
    const one = await open()
    const two = postgres({ connectionString: await postgresUrl(), schema: 'desk_two', secretsSchema: 'elsewhere' })
    await one.events.append('s', 'none', [sampleEvent(1)])
    await one.tokens.put('c', 'one')
    await one.views.commit([
      { view: { name: 'v', version: 1 }, from: undefined, to: { position: '1', eventId: 'e' }, puts: [], deletes: [] },
    ])
    expect([await two.events.head('s'), await two.tokens.get('c'), await two.views.builds()]).toEqual([
      undefined,
      undefined,
      [],
    ])
    await two.close()
    await aside('drop schema desk_two cascade; drop schema elsewhere cascade')
    for (const schema of ['', 'a b', '1st', 'a"b', "a'b", 'pg_mine', 'x'.repeat(60), 'caf\u00e9'])
      expect(() => postgres({ schema })).toThrow(TypeError)
  })

  it('of the log holds no token and no key', async () => {
    const store = await open()
    await store.tokens.put('channel-1', 'IGAA-secret-token')
    const key = Buffer.from(await store.keys.digestKey()).toString('base64')
    await store.events.append('s', 'none', [sampleEvent(1)])
    await store.blobs.put('b', 'image/png', new Uint8Array([1]))
    const dump = async (schema: string): Promise<string> => {
      const [row] = await aside(`select schema_to_xml($1, true, false, '')::text as dump`, [schema])
      return String(row?.['dump']).replaceAll('\n', '')
    }
    const log = await dump(place)
    expect(log).toContain('MessageReceived')
    expect([log.includes('IGAA-secret-token'), log.includes(key)]).toEqual([false, false])
    const secrets = await dump(`${place}_secrets`)
    expect([secrets.includes('IGAA-secret-token'), secrets.includes(key)]).toEqual([true, true])
  })

  it('of a log that was restored without its secrets begins with new ones', async () => {
    const store = await open()
    await store.events.append('s', 'none', [sampleEvent(1)])
    const before = await store.keys.digestKey()
    await aside(`drop schema "${place}_secrets" cascade`)
    const restored = await open()
    expect((await restored.events.head('s'))?.revision).toBe(0)
    expect(Buffer.compare(await restored.keys.digestKey(), before)).not.toBe(0)
  })

  it('is not made in a database that cannot keep it', async () => {
    const url = new URL(await postgresUrl())
    const name = `${place}_latin`
    await aside(`create database "${name}" template template0 encoding 'LATIN1' locale 'C' locale_provider 'libc'`)
    try {
      url.pathname = name
      const latin = await open({ connectionString: url.href })
      expect((await rejectionOf(latin.events.read('s'))).message).toContain('LATIN1')
      await latin.close()
    } finally {
      await aside(`drop database "${name}"`)
    }
    const strict = await open({ connection: { options: '-c default_transaction_isolation=serializable' } })
    expect((await rejectionOf(strict.events.read('s'))).message).toContain('read committed')
  })
})

describe('the network', () => {
  it('that refuses a connection has applied nothing, and no error tells the password', async () => {
    const url = new URL(await postgresUrl())
    url.password = 'hidden-password'
    const wrong = await open({ connectionString: url.href })
    url.port = '1'
    const nobody = await open({ connectionString: url.href })
    for (const store of [wrong, nobody]) {
      const errors = [store.events.append('s', 'none', [sampleEvent(1)]), store.events.read('s'), store.tokens.get('c')]
      for (const error of await Promise.all(errors.map(rejectionOf))) {
        expect(error).toMatchObject({ name: 'StoreUnavailable', outcome: 'not-applied' })
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('hidden-password')
      }
    }
  })

  it('that loses an answer leaves the outcome unknown, and the retry finds what was applied', async () => {
    const proxy = await openProxy(await postgresUrl())
    const store = await open({ connectionString: proxy.url })
    await store.events.append('s', 'none', [sampleEvent(1)])
    proxy.loseAnswer()
    const error = (await rejectionOf(store.events.append('s', 0, sampleEvents(2, 3)))) as StoreUnavailable
    expect([error.name, error.outcome]).toEqual(['StoreUnavailable', 'unknown'])
    expect(await store.events.append('s', 0, sampleEvents(2, 3))).toMatchObject({ revision: 2, replayed: true })
    await store.close()
    proxy.close()
  })

  it('that is frozen fails every call within the deadline, and everything goes on when it thaws', async () => {
    const proxy = await openProxy(await postgresUrl())
    const store = await open({ connectionString: proxy.url, deadline: 1_000 })
    await store.events.append('s', 'none', [sampleEvent(1)])
    const thaw = proxy.freeze()
    const view = { name: 'v', version: 1 }
    const calls = [
      store.events.append('s', 0, [sampleEvent(2)]),
      store.events.read('s'),
      store.events.readAll(),
      store.views.get(view, ['k']),
      store.views.builds(),
      store.snapshots.load('s'),
      store.tokens.get('c'),
      store.leases.write('l', undefined, {}),
    ]
    const errors = await Promise.all(calls.map(rejectionOf))
    expect(new Set(errors.map(({ name }) => name))).toEqual(new Set(['StoreUnavailable']))
    thaw()
    expect((await store.events.append('s', 0, [sampleEvent(2)])).revision).toBe(1)
    await store.close()
    proxy.close()
  })

  it('that freezes does not keep a store from closing', async () => {
    const proxy = await openProxy(await postgresUrl())
    const store = await open({ connectionString: proxy.url, deadline: 1_000 })
    const live = takeUntil(store.events.subscribe({}), () => false)
    await store.events.append('s', 'none', [sampleEvent(1)])
    proxy.freeze()
    const late = rejectionOf(store.events.append('s', 0, [sampleEvent(2)]))
    await store.close()
    expect(await late).toMatchObject({ name: 'StoreUnavailable' })
    await live
    proxy.close()
  })

  it('that ends the connections of an idle store is not noticed by its readers', async () => {
    const store = await open({ connection: { application_name: place } })
    await store.events.append('s', 'none', [sampleEvent(1)])
    for (let n = 0; n < 5; n += 1) {
      await aside('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [place])
      expect((await store.events.read('s')).length).toBe(1)
    }
  })

  it('that is found broken by writing to it is not noticed by readers', async () => {
    let broken = false
    const stream = (): Socket => {
      const socket = new Socket()
      const write = socket.write.bind(socket)
      const writeOrBreak = (data: Uint8Array): boolean => {
        if (!broken) return write(data)
        broken = false
        socket.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
        return false
      }
      // A socket takes its own `write` again when it connects.
      return socket.once('connect', () => Object.assign(socket, { write: writeOrBreak }))
    }
    const store = await open({ connection: { stream } })
    await store.events.append('s', 'none', [sampleEvent(1)])
    broken = true
    expect([(await store.events.read('s')).length, broken]).toEqual([1, false])
    broken = true
    expect(await rejectionOf(store.events.append('s', 0, [sampleEvent(2)]))).toMatchObject({
      outcome: 'unknown',
      code: 'EPIPE',
    })
    expect((await store.events.append('s', 0, [sampleEvent(2)])).revision).toBe(1)
  })

  it('that ends many idle connections before anybody can notice is not noticed by readers', async () => {
    const store = await open({ connection: { application_name: place } })
    await store.events.append('s', 'none', [sampleEvent(1)])
    await Promise.all(Array.from({ length: 8 }, () => store.events.readAll()))
    const connections = await aside('select pid from pg_stat_activity where application_name = $1', [place])
    expect(connections.length).toBeGreaterThan(4)
    const end = `import pg from 'pg'
      const client = new pg.Client(${JSON.stringify(await postgresUrl())})
      await client.connect()
      await client.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', ['${place}'])
      await client.end()`
    // This process stands still meanwhile, so that it hears of the ends from the reads.
    execFileSync(process.execPath, ['--input-type=module', '-e', end])
    const read = await Promise.all([store.events.readAll(), store.events.read('s'), store.views.builds()])
    expect(read[0].events.length).toBe(1)
    expect(read[1].length).toBe(1)
  })
})

describe('the commits of other processes', () => {
  const heardFrom = async (reader: Store, writer: Store): Promise<void> => {
    const seen: Delivery[] = []
    const live = takeUntil(reader.events.subscribe({}), (taken) => {
      seen.push(...taken.slice(seen.length))
      return eventsIn(taken).length > 0
    })
    while (seen.length === 0) await pause(5)
    await pause(300)
    await writer.events.append('s', 'none', [sampleEvent(1)])
    expect(idsOf(eventsIn(await live))).toEqual(idsOf(sampleEvents(1, 1)))
  }

  // Looking alone would find them in an hour.
  it('are told by the server', async () => heardFrom(await open({ pollInterval: 3_600_000 }), await open()))

  it('are found by looking where the server has told nobody', async () => {
    const reader = await open({ pollInterval: 100 })
    await open().then(({ events }) => events.append('s', 'none', [sampleEvent(1)]))
    const live = takeUntil(reader.events.subscribe({}), (taken) => eventsIn(taken).length > 1)
    await pause(300)
    await aside(
      `insert into "${place}".events
      select position + 1, stream, revision + 1, $1, type, version, data, personal, meta, recorded_at from "${place}".events`,
      [sampleEvent(2).id],
    )
    expect(idsOf(eventsIn(await live))).toEqual(idsOf(sampleEvents(1, 2)))
  })

  it('are told by the server again after the connection that listens was lost', async () => {
    const reader = await open({ pollInterval: 60_000, connection: { application_name: place } })
    const writer = await open()
    const listening = (): ReturnType<typeof aside> =>
      aside(`select pid from pg_stat_activity where application_name = $1 and query ilike 'listen%'`, [place])
    const live = takeUntil(reader.events.subscribe({}), (taken) => eventsIn(taken).length > 1)
    while ((await listening()).length === 0) await pause(20)
    const [lost] = await listening()
    await aside('select pg_terminate_backend($1)', [lost?.['pid']])
    // Meanwhile nobody is told of it; the new connection is reason enough to look.
    await writer.events.append('s', 'none', [sampleEvent(1)])
    while ((await listening()).every(({ pid }) => pid === lost?.['pid'])) await pause(20)
    await writer.events.append('s', 0, [sampleEvent(2)])
    expect(idsOf(eventsIn(await live))).toEqual(idsOf(sampleEvents(1, 2)))
  })

  it('are told by the server again after the connection that listens went silent', async () => {
    const proxy = await openProxy(await postgresUrl())
    const options = { connectionString: proxy.url, connection: { application_name: place } }
    const reader = await open({ ...options, pollInterval: 150, deadline: 500 })
    const writer = await open()
    const listening = async (): Promise<readonly unknown[]> =>
      (
        await aside(`select pid from pg_stat_activity where application_name = $1 and query ilike 'listen%'`, [place])
      ).map(({ pid }) => pid)
    let appended = 0
    const append = async (): Promise<void> => {
      await writer.events.append(`s-${appended}`, 'none', [sampleEvent(appended)])
      appended += 1
      await pause(60)
    }
    const over = new AbortController()
    const live = takeUntil(reader.events.subscribe({ signal: over.signal }), () => false)
    while ((await listening()).length === 0) await pause(20)
    // As long as it is told of what it finds, it keeps the connection.
    const [first] = await listening()
    while (appended < 15) await append()
    expect(await listening()).toEqual([first])
    proxy.silence()
    while ((await listening()).every((pid) => pid === first)) await append()
    over.abort()
    await live.catch(() => undefined)
    await reader.close()
    proxy.close()
  })

  it('of views are told also where nobody waits for the log', async () => {
    const [one, other] = [await open(), await open()]
    const view = { name: 'v', version: 1 }
    const { commits } = other.views
    const ring = async (): Promise<void> => commits?.after(commits.rings(), AbortSignal.timeout(5_000))
    // The first time when the server has taken its request to listen: something may have been missed before.
    await ring()
    const told = ring()
    await one.views.commit([{ view, from: undefined, to: { position: '7', eventId: 'e' }, puts: [], deletes: [] }])
    await told
    expect(commits?.reached([view])).toBe('7')
  })

  it('are found by looking where nobody listens', async () => {
    const reader = await open({ listen: false, pollInterval: 50, connection: { application_name: place } })
    await heardFrom(reader, await open())
    const queries = await aside('select query from pg_stat_activity where application_name = $1', [place])
    expect(queries.filter(({ query }) => /^listen/i.test(String(query)))).toEqual([])
  })
})

it('works behind a pooler in transaction mode, and leaves nothing in its connections', async () => {
  const pooler = await openPooler(await postgresUrl(), 3)
  try {
    const [one, two] = [
      await open({ connectionString: pooler.url, listen: false, pollInterval: 50 }),
      await open({ connectionString: pooler.url, listen: false, pollInterval: 50 }),
    ]
    const live = takeUntil(two.events.subscribe({}), (taken) => eventsIn(taken).length >= 60)
    const view = { name: 'v', version: 1 }
    for (let n = 0; n < 20; n += 1) {
      await Promise.all([
        one.events.append('s', n === 0 ? 'none' : n - 1, [sampleEvent(n)]),
        two.events.append('t', n === 0 ? 'none' : n - 1, [sampleEvent(n)]),
        one.events.append(`u-${n}`, 'none', [sampleEvent(n)]),
      ])
      await two.views.commit([
        {
          view,
          from: n === 0 ? undefined : { position: String(n), eventId: 'e' },
          to: { position: String(n + 1), eventId: 'e' },
          puts: [{ key: `k${n}`, document: n, entries: { by: [[n]] } }],
          deletes: [],
        },
      ])
      expect(await one.leases.write('work', n === 0 ? undefined : n - 1, { n })).toBe(true)
    }
    expect(eventsIn(await live)).toEqual(await wholeLog(one.events))
    expect((await one.views.query(view, { index: 'by', prefix: [], limit: 100 })).length).toBe(20)
    await Promise.all([one.close(), two.close()])
    expect(await pooler.leftovers()).toEqual([])
  } finally {
    await pooler.close()
  }
})

it('goes on behind a pooler that nobody told it of, where another connection has not what was prepared', async () => {
  const pooler = await openPooler(await postgresUrl(), 3)
  try {
    const [one, two] = [await open({ connectionString: pooler.url }), await open({ connectionString: pooler.url })]
    for (let n = 0; n < 20; n += 1) {
      await Promise.all([
        one.events.append('s', n === 0 ? 'none' : n - 1, [sampleEvent(n)]),
        two.events.append('t', n === 0 ? 'none' : n - 1, [sampleEvent(n)]),
        one.events.head('s'),
        two.leases.read('work'),
      ])
      expect((await two.events.read('s')).length).toBe(n + 1)
    }
    await Promise.all([one.close(), two.close()])
  } finally {
    await pooler.close()
  }
})

it('keeps statements prepared where it takes its connections for its own', async () => {
  const pooler = await openPooler(await postgresUrl(), 1)
  try {
    const store = await open({ connectionString: pooler.url })
    for (let n = 0; n < 3; n += 1) await store.events.append('s', n === 0 ? 'none' : n - 1, [sampleEvent(n)])
    await store.close()
    expect(await pooler.leftovers()).toContainEqual(expect.stringMatching(/^statement madoguchi_[0-9a-f]{32}$/))
  } finally {
    await pooler.close()
  }
})

it('keeps what it acknowledged through a crash of the server, and its subscriptions go on', async () => {
  const server = await startServer()
  try {
    const store = postgres({ connectionString: server.url, deadline: 2_000 })
    const seen: string[] = []
    const live = takeUntil(store.events.subscribe({}), (taken) => {
      seen.splice(0, seen.length, ...idsOf(eventsIn(taken)))
      return seen.includes(sampleEvent(999).id)
    })
    const acknowledged: string[] = []
    let n = 0
    const append = async (): Promise<void> => {
      const event = sampleEvent(n)
      n += 1
      for (;;) {
        try {
          await store.events.append(`s-${event.id}`, 'none', [event])
          acknowledged.push(event.id)
          return
        } catch (error) {
          expect((error as Error).name).toBe('StoreUnavailable')
          await pause(20)
        }
      }
    }
    const writing = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (acknowledged.length < 300) await append()
      }),
    )
    while (acknowledged.length < 50) await pause(5)
    await server.crash()
    expect(await rejectionOf(store.events.read('s'))).toMatchObject({ outcome: 'not-applied' })
    await server.start()
    await writing
    await store.events.append('last', 'none', [sampleEvent(999)])
    await live
    const log = idsOf(await wholeLog(store.events))
    expect(seen).toEqual(log)
    expect([...acknowledged, sampleEvent(999).id].toSorted()).toEqual(log.toSorted())
    await store.close()
  } finally {
    await server.stop()
  }
})

it('keeps every commit of views that it acknowledged through a crash of the server, documents and checkpoint', async () => {
  const server = await startServer()
  try {
    const store = postgres({ connectionString: server.url, deadline: 2_000 })
    const view = { name: 'v', version: 1 }
    const commit = (n: number): Promise<void> =>
      store.views.commit([
        {
          view,
          from: n === 1 ? undefined : { position: String(n - 1), eventId: `e${n - 1}` },
          to: { position: String(n), eventId: `e${n}` },
          puts: [{ key: 'last', document: n, entries: { by: [[n]] } }],
          deletes: [],
        },
      ])
    let committed = 0
    const committing = (async () => {
      for (;;) {
        await commit(committed + 1)
        committed += 1
      }
    })().catch(() => undefined)
    while (committed < 200) await pause(5)
    await server.crash()
    await committing
    await server.start()
    const kept = Number((await store.views.checkpoint(view))?.position)
    // The last one may have been durable without its answer.
    expect([committed, committed + 1]).toContain(kept)
    const look = async (): Promise<unknown> => [
      await store.views.get(view, ['last']),
      (await store.views.query(view, { index: 'by', prefix: [], limit: 9 })).map(({ document }) => document),
    ]
    expect(await look()).toEqual([[kept], [kept]])
    await commit(kept + 1)
    expect(await look()).toEqual([[kept + 1], [kept + 1]])
    await store.close()
  } finally {
    await server.stop()
  }
})

it('keeps what points to the rest of a dropped view while another process is removing some of it', async () => {
  const { views } = await open()
  const view = { name: 'v', version: 1 }
  const puts = Array.from({ length: 5 }, (_, n) => ({ key: `k${n}`, document: n, entries: { by: [[n]] } }))
  await views.commit([{ view, from: undefined, to: { position: '1', eventId: 'e' }, puts, deletes: [] }])
  const left = async (): Promise<readonly number[]> =>
    Promise.all(
      ['builds', 'documents', 'entries'].map(async (table) => (await aside(`select from "${place}".${table}`)).length),
    )
  const other = await connectAside()
  await other.query(`begin; select from "${place}".documents where key in ('k3', 'k4') for update`)
  await views.drop(view)
  await other.query('rollback')
  await other.end()
  expect(await left()).toEqual([1, 2, 0])
  expect(await views.builds()).toEqual([])
  await views.drop({ name: 'another', version: 1 })
  expect(await left()).toEqual([0, 0, 0])
})

it('refuses an index entry that is too long for the server, and nothing else with it', async () => {
  const { events, views } = await open()
  const view = { name: 'v', version: 1 }
  const words = Array.from({ length: 2_000 }, (_, n) => ((n * 7_919) % 99_991).toString(36)).join('')
  const commit = (entry: string): Promise<void> =>
    views.commit([
      {
        view,
        from: undefined,
        to: { position: '1', eventId: 'e' },
        puts: [{ key: 'k', document: 1, entries: { by: [[entry]] } }],
        deletes: [],
      },
    ])
  expect((await rejectionOf(commit(words))).name).toBe('TypeError')
  await commit('short')
  const [one, two] = await Promise.allSettled([
    events.append(`s-${words}`, 'none', [sampleEvent(1)]),
    events.append('s', 'none', [sampleEvent(1)]),
  ])
  expect([one.status === 'rejected' && (one.reason as Error).name, two.status]).toEqual(['TypeError', 'fulfilled'])
})
