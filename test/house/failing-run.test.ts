import { expect, it } from 'vitest'
import { run } from './run.ts'
import { tempTree } from './temp-tree.ts'

it.each([
  ['2', 0],
  ['3', 1],
])(
  'a run that has started a database ends as its tests did: 1 + 1 is %s',
  async (sum, ending) => {
    const root = tempTree(
      {
        'test/planted.test.ts': `import { expect, inject, it } from 'vitest'
          it('adds', async () => {
            expect((await fetch(inject('postgresStarter'))).status).toBe(200)
            expect(1 + 1).toBe(${sum})
          })`,
      },
      ['vitest.config.ts', 'test/adapters/postgres/server.ts'],
    )
    const { code, output } = await run(root, 'vitest run test/planted.test.ts', { DATABASE_URL: '' })
    expect(output).toContain(ending === 0 ? '1 passed' : '1 failed')
    expect(code, output).toBe(ending)
  },
  120_000,
)
