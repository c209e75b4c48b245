import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

it('the code of the README runs and prints what its comments say', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const [first = '', second = ''] = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code)
  const stop = 'await simulator.close()'
  const imports = second.split('\n').filter((line) => line.startsWith('import'))
  const rest = second.split('\n').filter((line) => !line.startsWith('import'))
  // The second example goes on where the first one is, and both end there.
  const program = `${imports.join('\n')}\n${first.replace(stop, `${rest.join('\n')}\n${stop}`)}`
  const folder = await mkdtemp(join(root, '.readme-'))
  try {
    const file = join(folder, 'readme.ts')
    await writeFile(file, program)
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=madoguchi-source', file], {
      timeout: 100_000,
    })
    expect(stdout.trim().split('\n')).toEqual([
      'Do you ship to Cordoba? standard',
      'Yes, within a week.',
      'not-associated {}',
      'Only agents of the channel may do this.',
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})
