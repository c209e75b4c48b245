import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { VIEWS_MIGRATIONS } from '../../../src/adapters/sqlite/schema.ts'
import {
  PLACES_BACKWARDS,
  PLACES_FORWARDS,
  QUERY_BACKWARDS,
  QUERY_FORWARDS,
} from '../../../src/adapters/sqlite/views.ts'

it.each([
  ['forwards', QUERY_FORWARDS],
  ['backwards', QUERY_BACKWARDS],
])('walks one range of the index %s, without sorting or scanning more than equal entries', (_, sql) => {
  const database = new DatabaseSync(':memory:')
  for (const migration of VIEWS_MIGRATIONS) database.exec(migration)
  const plan = database.prepare(`explain query plan ${sql}`).all(1, 'a', '', 'b', '', 10)
  expect(plan.map(({ detail }) => detail)).toEqual([
    'CO-ROUTINE hit',
    'SEARCH e USING PRIMARY KEY (index=? AND entry>? AND entry<?)',
    'SEARCH k USING INTEGER PRIMARY KEY (rowid=?)',
    // Only entries of equal text are sorted, by their keys, and the hits of the page.
    'USE TEMP B-TREE FOR LAST TERM OF ORDER BY',
    'SCAN hit',
    'SEARCH d USING INTEGER PRIMARY KEY (rowid=?)',
  ])
})

it.each([
  ['forwards', PLACES_FORWARDS],
  ['backwards', PLACES_BACKWARDS],
])('walks the places of one range %s', (_, sql) => {
  const database = new DatabaseSync(':memory:')
  for (const migration of VIEWS_MIGRATIONS) database.exec(migration)
  const plan = database.prepare(`explain query plan ${sql}`).all(1, 'a', '', 'b', '', 10)
  expect(plan.map(({ detail }) => detail)).toEqual([
    'SEARCH e USING PRIMARY KEY (index=? AND entry>? AND entry<?)',
    'SEARCH k USING INTEGER PRIMARY KEY (rowid=?)',
    'USE TEMP B-TREE FOR LAST TERM OF ORDER BY',
  ])
})
