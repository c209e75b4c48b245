import { systemRuntime } from 'madoguchi'
import { ViewRunner } from '../../../src/application/views/view-runner.ts'
import { projections } from '../../../src/projections/index.ts'
import { openEngine } from '../engine-store.ts'
import type { Finding } from '../evidence.ts'
import type { Ground } from '../ground.ts'

/** Built anew from the log, every view holds the same documents as the one that lived through everything. */
export const checkViews = async ({ settings, documents }: Ground): Promise<Finding> => {
  if (documents === undefined) return { name: 'views', figures: {}, violations: [] }
  const lived = await documents()
  const store = await openEngine(settings)
  for (const { view } of await store.views.builds()) await store.views.drop(view)
  const log = { error: () => {}, warn: () => {}, info: () => {} }
  const views = new ViewRunner({ events: store.events, views: store.views, projections, log, runtime: systemRuntime })
  views.start()
  const [last] = (await store.events.readAll({ backwards: true, limit: 1 })).events
  await views.waitFor(last?.position, { timeout: 300_000 })
  await views.stop()
  await store.close()

  const violations: string[] = []
  const rebuilt = await documents()
  for (const [key, document] of lived) if (rebuilt.get(key) !== document) violations.push(`rebuilt otherwise: ${key}`)
  for (const key of rebuilt.keys()) if (!lived.has(key)) violations.push(`only rebuilt: ${key}`)
  if (lived.size === 0) violations.push('no view holds anything')
  return {
    name: 'views',
    figures: { 'documents and index entries': lived.size, 'built anew': rebuilt.size },
    violations,
  }
}
