import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { sqlite } from '../../src/adapters/sqlite/index.ts'
import { discardPlace, postgresUrl } from '../adapters/postgres/places.ts'
import { fill } from '../application/moving/places.ts'
import { tempTree } from './temp-tree.ts'

const root = join(import.meta.dirname, '../..')

/** The blocks of code, in their order. */
const blocks = async (): Promise<readonly string[]> => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  return [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
}

/** Runs it as a host's own file; the lines that it prints. */
const printedBy = async (program: string, folder: string): Promise<readonly string[]> => {
  const file = join(folder, 'readme.ts')
  await writeFile(file, program)
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=madoguchi-source', file], {
    timeout: 100_000,
  })
  return stdout.trim().split('\n')
}

it('the code of the README runs and prints what its comments say', async () => {
  const [first = '', second = ''] = await blocks()
  const stop = 'await simulator.close()'
  const imports = second.split('\n').filter((line) => line.startsWith('import'))
  const rest = second.split('\n').filter((line) => !line.startsWith('import'))
  // The second example goes on where the first one is, and both end there.
  const program = `${imports.join('\n')}\n${first.replace(stop, `${rest.join('\n')}\n${stop}`)}`
  expect(await printedBy(program, tempTree({}, [], ['src']))).toEqual([
    'Do you ship to Cordoba? standard',
    'Yes, within a week.',
    'not-associated {}',
    'Only agents of the channel may do this.',
  ])
})

it('the code of the README that moves a desk to another engine moves it', async () => {
  const code = (await blocks()).find((each) => each.includes('copyStore(')) ?? ''
  const folder = tempTree({}, [], ['src'])
  const schema = `readme_${process.pid}`
  try {
    const source = sqlite(join(folder, 'desk.db'))
    await fill(source)
    await source.close()
    const program = code
      .replace("'desk.db'", JSON.stringify(join(folder, 'desk.db')))
      .replace(
        "'postgres://user:password@host/desk'",
        JSON.stringify({ connectionString: await postgresUrl(), schema }),
      )
    expect((await printedBy(program, folder)).join(' ').replaceAll(/ +/g, ' ')).toMatch(
      /^copying 65 .*\{ events: 65, copied: 65, tokens: 5, blobs: 2, digest: '[0-9a-f]{64}' \}$/,
    )
  } finally {
    await discardPlace(schema)
  }
})
