import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, it } from 'vitest'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { DESK_MIGRATIONS } from '../../../src/adapters/sqlite/schema.ts'
import { sampleEvent } from '../../../src/testing/contracts/sample-events.ts'
import { fileOf, removeFiles } from './files.ts'

const PLACE = 'migration'
afterEach(() => removeFiles(PLACE))

const view = { name: 'v', version: 1 }

it.each([
  [4, 'whose entries named documents by key', `insert into entries values (1, '2word\u0001', 'k')`],
  [5, 'that held its views', `insert into entries values (1, '2word\u0001', 1)`],
])('keeps the log of a file of schema %i, %s, and has its views built anew beside it', async (schema, _, entry) => {
  const store = sqlite(fileOf(PLACE))
  await store.events.append('s', 'none', [sampleEvent(1)])
  await store.close()
  const older = new DatabaseSync(fileOf(PLACE))
  older.exec(DESK_MIGRATIONS[1] ?? '')
  if (schema === 5) older.exec(DESK_MIGRATIONS[4] ?? '')
  older.exec(`
    insert into builds (name, version, position, event_id) values ('v', 1, '1', 'e');
    insert into indexes (build, name) values (1, 'by');
    insert into documents (build, key, document, entries) values (1, 'k', '"old"', '1 2word\u0001');
    ${entry};
    pragma user_version = ${schema};`)
  older.close()
  const { events, views, close } = sqlite(fileOf(PLACE))
  expect(await events.read('s')).toHaveLength(1)
  expect([await views.builds(), await views.get(view, ['k'])]).toEqual([[], [undefined]])
  const puts = [{ key: 'k', document: 'new', entries: { by: [['word']] } }]
  await views.commit([{ view, from: undefined, to: { position: '1', eventId: 'e' }, puts, deletes: [] }])
  const hits = await views.query(view, { index: 'by', prefix: ['word'], limit: 9 })
  expect(hits.map(({ document }) => document)).toEqual(['new'])
  await close()
  const file = new DatabaseSync(fileOf(PLACE))
  const tables = file.prepare(`select name from sqlite_schema where name in ('builds', 'documents', 'journal')`).all()
  expect(tables).toEqual([])
  file.close()
})
