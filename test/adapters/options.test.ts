import { join } from 'node:path'
import { expect, it } from 'vitest'
import { eventstoredb } from 'madoguchi/eventstoredb'
import { memory } from 'madoguchi/memory'
import { meta } from 'madoguchi/meta'
import { postgres } from 'madoguchi/postgres'
import { createSimulator, movableClock } from 'madoguchi/simulator'
import { sqlite } from 'madoguchi/sqlite'
import { tempFolder } from '../temp-folder.ts'

const path = join(tempFolder(), 'desk.db')
const call = () => {}
const client = {
  appendToStream: call,
  readStream: call,
  readAll: call,
  subscribeToAll: call,
  setStreamMetadata: call,
} as never
const own = { appSecret: 'secret', verifyToken: 'token' }
const right = { appSecrets: ['secret'], verifyToken: 'token' }

it.each<readonly [string, () => unknown, string, RegExp]>([
  ['sqlite, nothing', () => sqlite(null as never), 'path', /is the variable set\?/],
  ['sqlite, a misspelt name', () => sqlite({ path, viewPath: 'x' } as never), 'viewPath', /did you mean viewsPath\?/],
  ['sqlite, a limit in words', () => sqlite({ path, busyLimit: '5s' as never }), 'busyLimit', /milliseconds.*was text/],
  ['postgres, nothing', () => postgres(null as never), 'connectionString', /is the variable set\?/],
  ['postgres, a misspelt name', () => postgres({ conectionString: 'x' } as never), 'conectionString', /did you mean/],
  ['postgres, -1 connections', () => postgres({ connections: -1 }), 'connections', /and was -1/],
  ['postgres, a schema that is no text', () => postgres({ schema: 7 as never }), 'schema', /and was 7/],
  ['eventstoredb, nothing', () => eventstoredb(undefined as never), 'options', /is missing/],
  ['eventstoredb, no client', () => eventstoredb({ state: memory() } as never), 'client', /EventStoreDBClient/],
  [
    'eventstoredb, an empty client',
    () => eventstoredb({ client: {} as never, state: memory() }),
    'client',
    /and was an/,
  ],
  ['eventstoredb, a list', () => eventstoredb({ client: [] as never, state: memory() }), 'client', /and was a list/],
  ['eventstoredb, an empty prefix', () => eventstoredb({ client, state: memory(), prefix: '' }), 'prefix', /letters/],
  ['postgres, a schema that cannot be', () => postgres({ schema: 'a b' }), 'schema', /letters, digits/],
  ['postgres, secrets that cannot be', () => postgres({ secretsSchema: 'pg_a' }), 'secretsSchema', /not pg_/],
  ['memory, an empty runtime', () => memory({ runtime: {} as never }), 'runtime', /monotonic, schedule/],
  ['a clock that stands nowhere', () => movableClock(Number.NaN), 'start', /epoch milliseconds/],
  ['the simulator, a clock that is none', () => createSimulator({ ...own, clock: [] as never }), 'clock', /now/],
  ['eventstoredb, no state', () => eventstoredb({ client } as never), 'state', /another store/],
  [
    'eventstoredb, a deadline of 0',
    () => eventstoredb({ client, state: memory(), deadline: 0 }),
    'deadline',
    /and was 0/,
  ],
  ['memory, an unknown name', () => memory({ path } as never), 'path', /one of runtime/],
  [
    'meta, a misspelt name',
    () => meta({ ...right, verifytoken: 'x' } as never),
    'verifytoken',
    /did you mean verifyToken\?/,
  ],
  ['meta, a name of nobody', () => meta({ ...right, colour: 'x' } as never), 'colour', /one of/],
  ['meta, nothing', () => meta(undefined as never), 'options', /must be an object|is missing/],
])('%s: refused by name', (_, make, option, rule) => {
  let thrown: unknown
  try {
    make()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(TypeError)
  expect(thrown).toMatchObject({ option, message: expect.stringMatching(rule) })
})

it.each([
  ['no client', () => undefined],
  ['the promise of one', async () => client],
])('eventstoredb, a function that makes %s: refused by name at each call', async (_, make) => {
  const store = eventstoredb({ client: make as never, state: memory() })
  await expect(store.events.head('s')).rejects.toMatchObject({ name: 'InvalidStoreOption', option: 'client' })
  await store.close()
})
