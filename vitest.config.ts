import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Tests, and what they import, see the sources and not what was built: `madoguchi` is `src/index.ts` here.
const conditions = ['madoguchi-source']

// Workers, and the processes that tests start, need not compile the same sources again and again.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node')

/** Where nothing outlives a test: these files may share a worker and what it has loaded. */
const PURE = ['test/domain/**/*.test.ts', 'test/projections/**/*.test.ts']

/** Where what takes longest is: it plays whole desks, or waits for processes, servers and clocks. */
const LONGEST = [
  'test/crash/',
  'test/application/engines/',
  'test/adapters/postgres/',
  'test/adapters/eventstoredb/',
  'test/application/moving/',
  'test/example/',
]

/** So that in a new clone nothing long begins when everything else has ended. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.findIndex((folder) => moduleId.includes(`/${folder}`))
      return place < 0 ? LONGEST.length : place
    }
    const usual = await BaseSequencer.prototype.sort.call(this, files)
    return usual.toSorted((one, other) => rankOf(one) - rankOf(other))
  }
}

export default defineConfig({
  resolve: { conditions },
  // Node itself gets these too: `import` among them would give a `require` inside of a package the wrong module.
  ssr: { resolve: { conditions: [...conditions, 'node'] } },
  test: {
    projects: [
      { extends: true, test: { name: 'rules', include: PURE, isolate: false } },
      {
        extends: true,
        test: {
          name: 'desks',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: PURE,
          // The second starts nothing until a test asks for it.
          globalSetup: ['test/run-folder.ts', 'test/adapters/postgres/server.ts'],
        },
      },
    ],
    // One test says less than `it.only` left behind hides.
    allowOnly: false,
    // A test without an expectation says nothing.
    expect: { requireAssertions: true },
    // Node's own resolution, for workers and for what is not bundled, follows the same condition.
    execArgv: conditions.map((condition) => `--conditions=${condition}`),
    pool: 'forks',
    // Two for each of two cores: many tests wait for a clock, a process or a disk.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    reporters: ['default'],
    // No bound on speed: it only ends what hangs, and must not end what is slow beside a busy neighbour.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    slowTestThreshold: 2_000,
  },
})
