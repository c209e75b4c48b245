import { afterAll, beforeAll, expect, it } from 'vitest'
import { IN_INDEX_ORDER } from '../../../src/adapters/postgres/schema/by-index.ts'
import { walkIndex, walkPlaces } from '../../../src/adapters/postgres/schema/walks.ts'
import type { Store } from '../../../src/application/ports/store.ts'
import { aside, connectAside, discardPlace, openPlace } from './places.ts'

const PLACE = 'query_plan'
const VIEW = { name: 'inbox', version: 1 }
let store: Store

beforeAll(async () => {
  store = await openPlace(PLACE)
  const puts = Array.from({ length: 3_000 }, (_, n) => ({
    key: `k${n}`,
    document: { n },
    entries: { by: [[n % 7, n]], other: [[n]] },
  }))
  await store.views.commit([{ view: VIEW, from: undefined, to: { position: '1', eventId: 'e' }, puts, deletes: [] }])
})
afterAll(async () => {
  await store.close()
  await discardPlace(PLACE)
})

interface Plan {
  readonly 'Node Type': string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly 'Scan Direction'?: string
  readonly Filter?: string
  readonly Plans?: readonly Plan[]
}

const nodes = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]

it.each([
  ['forwards', 'asc', 'Forward'],
  ['backwards', 'desc', 'Backward'],
] as const)('walks one range of the index %s, without sorting or scanning', async (_, direction, scan) => {
  const client = await connectAside()
  // As the function does that the schema keeps.
  for (const setting of IN_INDEX_ORDER.trim().split('\n')) await client.query(setting)
  const values = ['$1', '$2', '$3', '$4', '$5', '$6', '$7']
  await client.query(
    `prepare walk (text, bigint, text, text, text, text, bigint) as ${walkIndex(`"${PLACE}"`, direction, values)}`,
  )
  for (const analyzed of [false, true]) {
    if (analyzed) await aside(`analyze "${PLACE}".entries, "${PLACE}".documents, "${PLACE}".builds`)
    const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }>(
      `explain (format json) execute walk ('inbox', 1, '1:', '', '1:3', '', 10)`,
    )
    const plan = nodes((rows[0] as (typeof rows)[number])['QUERY PLAN'][0].Plan)
    const kinds = plan.map((node) => node['Node Type'])
    expect(kinds.filter((kind) => /sort|bitmap|seq/i.test(kind))).toEqual([])
    const [entries, documents] = ['entries_pkey', 'documents_pkey'].map((index) =>
      plan.find((node) => node['Index Name'] === index),
    )
    expect(entries).toMatchObject({
      'Scan Direction': scan,
      'Index Cond': expect.stringMatching(
        /^\(\(build = .+\) AND \(ROW\(entry, key\) >= ROW\(.+\)\) AND \(ROW\(entry, key\) < ROW\(.+\)\)\)$/,
      ),
    })
    expect(documents).toMatchObject({ 'Index Cond': '((build = e.build) AND (key = e.key))' })
    expect([entries?.Filter, documents?.Filter]).toEqual([undefined, undefined])
  }
  await client.end()
})

it('finds what the plan promises', async () => {
  const hits = await store.views.query(VIEW, {
    index: 'by',
    prefix: [3],
    from: 100,
    to: 200,
    limit: 5,
    backwards: true,
  })
  expect(hits.map(({ entry }) => entry[1])).toEqual([199, 192, 185, 178, 171])
})

it.each([
  ['forwards', 'asc', 'Forward'],
  ['backwards', 'desc', 'Backward'],
] as const)('reads the places of one range %s from the index alone', async (_, direction, scan) => {
  const client = await connectAside()
  for (const setting of IN_INDEX_ORDER.trim().split('\n')) await client.query(setting)
  const values = ['$1', '$2', '$3', '$4', '$5', '$6', '$7']
  await client.query(
    `prepare walk (text, bigint, text, text, text, text, bigint) as ${walkPlaces(`"${PLACE}"`, direction, values)}`,
  )
  const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }>(
    `explain (format json) execute walk ('inbox', 1, '1:', '', '1:3', '', 10)`,
  )
  const plan = nodes((rows[0] as (typeof rows)[number])['QUERY PLAN'][0].Plan)
  expect(plan.find((node) => node['Index Name'] === 'entries_pkey')).toMatchObject({
    'Node Type': 'Index Only Scan',
    'Scan Direction': scan,
  })
  expect(plan.map((node) => node['Node Type']).filter((kind) => /sort|bitmap|seq/i.test(kind))).toEqual([])
  await client.end()
})

it.each(['entries', 'documents'])('asks the server to clean up %s long before a fifth of it is dead', async (table) => {
  const [row] = await aside(`select reloptions from pg_class where oid = '"${PLACE}".${table}'::regclass`)
  expect(row?.['reloptions']).toEqual(['autovacuum_vacuum_scale_factor=0', 'autovacuum_vacuum_threshold=50000'])
})
