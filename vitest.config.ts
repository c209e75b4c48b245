import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['madoguchi-source'] },
  ssr: { resolve: { conditions: ['madoguchi-source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
