import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { eventually } from '../example/driver.ts'
import { tempFolder } from '../temp-folder.ts'
import { filesBelow, ROOT } from './files.ts'
import { run } from './run.ts'
import { tempTree } from './temp-tree.ts'

/** How a test could come to a temporary folder past `tempFolder`, or leave the one of its run to the processes that it starts. */
const PAST = [/\bmkdtemp/, /\btmpdir\b/, /['"`/]\/?(?:var\/)?tmp\//, /\benv: \{(?!.*(?:\.\.\.|TMPDIR))/]
const past = (text: string): readonly string[] => text.split('\n').filter((line) => PAST.some((way) => way.test(line)))

it('only one file of the tests makes temporary folders', () => {
  const files = filesBelow(ROOT, 'test').filter((path) => path.endsWith('.ts'))
  expect(files.length).toBeGreaterThan(200)
  const exempt = [
    'test/temp-folder.ts',
    'test/house/temp-folder.test.ts',
    'test/house/words.test.ts',
    'test/example/locked-folder.test.ts',
    // A command that shows somebody where it has put what it found.
    'test/fuzz/run.ts',
  ]
  const found = files
    .filter((path) => !exempt.includes(path))
    .flatMap((path) => past(readFileSync(join(ROOT, path), 'utf8')).map((line) => `${path}: ${line.trim()}`))
  expect(found).toEqual([])
})

it.each([
  "const folder = await mkdtemp(join(root, '.readme-'))",
  "const path = join(tmpdir(), 'a')",
  "writeFileSync('/tmp/a', '')",
  "spawn('node', [], { env: { PATH } })",
])('%s is noticed', (line) => expect(past(line)).toHaveLength(1))

it('what this run makes is in the folder of this run', () => {
  expect(tmpdir()).toMatch(/madoguchi-run-\w+$/)
  expect(tempFolder()).toContain(tmpdir())
})

const RUN_FILES = ['vitest.config.ts', 'test/run-folder.ts', 'test/run-folder-remover.ts', 'test/temp-folder.ts']
const SERVER_FILES = ['test/adapters/postgres/server.ts', 'examples/desk-postgres', 'examples/desk/host/saved-json.ts']
const planted = (act: string): string =>
  tempTree(
    {
      'test/planted.test.ts': `import { spawn } from 'node:child_process'
        import { writeFileSync } from 'node:fs'
        import { join } from 'node:path'
        import { expect, inject, it } from 'vitest'
        import { tempFolder } from './temp-folder.ts'
        it('leaves files', async () => {
          expect(writeFileSync(join(tempFolder(), 'left'), 'left')).toBeUndefined()
          ${act}
        })`,
    },
    [...RUN_FILES, ...SERVER_FILES],
  )

it.each([
  ['passes', '', 0],
  ['fails', "throw new Error('failed')", 1],
  ['passes with a database that runs', "await fetch(inject('postgresStarter'))", 0],
  ['loses a worker', "process.kill(process.pid, 'SIGKILL')", 1],
  ['fails with a database that runs', "await fetch(inject('postgresStarter')); throw new Error('failed')", 1],
  [
    'is killed with a database that runs',
    "await fetch(inject('postgresStarter')); process.kill(process.ppid, 'SIGKILL')",
    null,
  ],
])(
  'a run that %s ends with that, and leaves nothing behind',
  async (_, act, ending) => {
    const TMPDIR = tempFolder('empty')
    const { code, output } = await run(planted(act), 'exec vitest run test/planted.test.ts', {
      TMPDIR,
      DATABASE_URL: '',
    })
    expect(code, output).toBe(ending)
    await eventually(async () => expect(readdirSync(TMPDIR)).toEqual([]), 20_000)
  },
  120_000,
)
