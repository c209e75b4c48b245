import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, it } from 'vitest'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { DESK_MIGRATIONS } from '../../../src/adapters/sqlite/schema.ts'
import { sampleEvent } from '../../../src/testing/contracts/sample-events.ts'
import { fileOf, removeFiles } from './files.ts'

const PLACE = 'migration'
afterEach(() => removeFiles(PLACE))

it('keeps the log of a file whose entries still named documents by key, and has its views built anew', async () => {
  const store = sqlite(fileOf(PLACE))
  await store.events.append('s', 'none', [sampleEvent(1)])
  await store.close()
  const older = new DatabaseSync(fileOf(PLACE))
  for (const table of ['builds', 'indexes', 'documents', 'entries', 'journal']) older.exec(`drop table ${table}`)
  older.exec(DESK_MIGRATIONS[1] ?? '')
  older.exec(`
    insert into builds (name, version, position, event_id) values ('v', 1, '1', 'e');
    insert into indexes (build, name) values (1, 'by');
    insert into documents (build, key, document, entries) values (1, 'k', '"old"', '1 2word\u0001');
    insert into entries values (1, '2word\u0001', 'k');
    pragma user_version = 4;`)
  older.close()
  const { events, views, close } = sqlite(fileOf(PLACE))
  const view = { name: 'v', version: 1 }
  expect(await events.read('s')).toHaveLength(1)
  expect([await views.builds(), await views.get(view, ['k'])]).toEqual([[], [undefined]])
  const puts = [{ key: 'k', document: 'new', entries: { by: [['word']] } }]
  await views.commit([{ view, from: undefined, to: { position: '1', eventId: 'e' }, puts, deletes: [] }])
  const hits = await views.query(view, { index: 'by', prefix: ['word'], limit: 9 })
  expect(hits.map(({ document }) => document)).toEqual(['new'])
  await close()
})
