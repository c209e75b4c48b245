import { defineConfig } from 'vitest/config'

// Tests, and what they import, see the sources and not what was built: `madoguchi` is `src/index.ts` here.
const conditions = ['madoguchi-source']

export default defineConfig({
  resolve: { conditions },
  // Node itself gets these too: `import` among them would give a `require` inside of a package the wrong module.
  ssr: { resolve: { conditions: [...conditions, 'node'] } },
  test: {
    // Starts nothing until a test asks for it.
    globalSetup: ['test/adapters/postgres/server.ts'],
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    // One test says less than `it.only` left behind hides.
    allowOnly: false,
    // Node's own resolution, for workers and for what is not bundled, follows the same condition.
    execArgv: conditions.map((condition) => `--conditions=${condition}`),
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    slowTestThreshold: 2_000,
  },
})
