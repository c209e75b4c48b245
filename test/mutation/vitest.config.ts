import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { areaOf } from './areas.ts'

const conditions = ['madoguchi-source']
const { tests } = areaOf(process.env['MUTATE_AREA'] ?? 'domain')

/** The tests of one area, as Stryker runs them: on its own sandbox, one after the other. */
export default defineConfig({
  resolve: {
    conditions,
    alias: [{ find: /^fast-check$/, replacement: join(import.meta.dirname, 'fewer-runs.ts') }],
  },
  ssr: { resolve: { conditions: [...conditions, 'node'] } },
  test: {
    include: tests.filter((glob) => !glob.startsWith('!')),
    exclude: tests.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1)),
    // What the tests of every other run have; the second starts nothing until a test asks for it.
    globalSetup: ['../run-folder.ts', '../adapters/postgres/server.ts'].map((file) => join(import.meta.dirname, file)),
    // Mutated code is slower, and a mutant that hangs is ended by Stryker's own limit.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
