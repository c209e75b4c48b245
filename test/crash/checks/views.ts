import { copyFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { sqlite } from 'madoguchi/sqlite'
import { ViewRunner } from '../../../src/application/views/view-runner.ts'
import { projections } from '../../../src/projections/index.ts'
import type { Finding } from '../evidence.ts'

/** Built anew from the log, every view holds the same documents as the one that lived through all kills. */
export const checkViews = async (database: string): Promise<Finding> => {
  const copy = `${database}.rebuilt`
  await copyFile(database, copy)
  const store = sqlite({ path: copy, secretsPath: `${copy}.keys` })
  for (const { view } of await store.views.builds()) await store.views.drop(view)
  const log = { error: () => {}, warn: () => {}, info: () => {} }
  const views = new ViewRunner({ events: store.events, views: store.views, projections, log })
  views.start()
  const [last] = (await store.events.readAll({ backwards: true, limit: 1 })).events
  await views.waitFor(last?.position, { timeout: 300_000 })
  await views.stop()
  await store.close()

  const violations: string[] = []
  const lived = documentsOf(database)
  const rebuilt = documentsOf(copy)
  for (const [key, document] of lived) if (rebuilt.get(key) !== document) violations.push(`rebuilt otherwise: ${key}`)
  for (const key of rebuilt.keys()) if (!lived.has(key)) violations.push(`only rebuilt: ${key}`)
  return {
    name: 'views',
    figures: { 'documents and index entries': lived.size, 'built anew': rebuilt.size },
    violations,
  }
}

/** Documents with their places in the indexes. A counter that came back to nothing is as good as one that never was. */
const documentsOf = (database: string): Map<string, string> => {
  const opened = new DatabaseSync(database, { readOnly: true })
  const ask = (query: string): readonly { readonly key: string; readonly held: string }[] =>
    opened.prepare(query).all() as { readonly key: string; readonly held: string }[]
  const documents = ask(
    `select b.name || ' ' || d.key as key, d.document as held from documents d join builds b on b.id = d.build
     where b.dropped = 0 and not (b.name like '%.counters' and d.document = '{"count":0}')`,
  )
  const entries = ask(
    `select b.name || '.' || i.name || ' ' || e.entry || ' ' || d.key as key, '' as held from entries e
     join documents d on d.id = e.document join indexes i on i.id = e."index" join builds b on b.id = i.build where b.dropped = 0`,
  )
  opened.close()
  return new Map([...documents, ...entries].map(({ key, held }) => [key, held]))
}
