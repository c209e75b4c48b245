import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { ROOT } from './files.ts'
import { run } from './run.ts'
import { type Plants, tempTree } from './temp-tree.ts'

// Compilers and linters of their own, on a machine that may have much else to do.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

/** What is in order, in every folder that the checks are given. */
const SOUND = ['src/sound.ts', 'test/sound.ts', 'examples/sound.ts', 'bench/sound.ts', 'vitest.config.ts']

/** One file per crime, numbered, in a folder; and what was said about each. */
const caught = async (
  script: string,
  folder: string,
  crimes: readonly string[],
): Promise<readonly (readonly [crime: string, said: string])[]> => {
  const paths = crimes.map((_, index) => `${folder}/planted-${index}.ts`)
  const plants: Plants = Object.fromEntries(crimes.map((crime, index) => [paths[index] as string, crime]))
  const root = tempTree({
    ...Object.fromEntries(SOUND.map((path) => [path, 'export const sound: number = 1\n'])),
    ...plants,
  })
  const { code, output } = await run(root, `${scripts[script]} ${script === 'check:lint' ? '-f unix' : ''}`)
  expect(code, output).not.toBe(0)
  expect(output).not.toContain('sound.ts')
  return crimes.map((crime, index) => [
    crime,
    output
      .split('\n')
      .filter((line) => line.includes(paths[index] as string))
      .join('\n'),
  ])
}

const expectAll = (found: readonly (readonly [string, string])[], said: RegExp): void =>
  expect(found.filter(([, words]) => !said.test(words))).toEqual([])

describe('the purity fence', () => {
  const IMPURE = [
    'setTimeout(() => {}, 1)',
    'setInterval(() => {}, 1)',
    'queueMicrotask(() => {})',
    'process.exit()',
    'export const a: unknown = process.env',
    'export const a: unknown = fetch',
    "console.log('a')",
    'export const a: unknown = performance.now()',
    'export const a: unknown = crypto.randomUUID()',
    "export const a: unknown = Buffer.from('')",
    "export const a: unknown = new TextEncoder().encode('')",
    'export const a: unknown = window',
    'export const a: unknown = document',
    'export const a: unknown = localStorage',
    "import { readFileSync } from 'node:fs'\nexport const a: unknown = readFileSync",
    "export const a: unknown = require('fs')",
  ]
  it.each(['src/domain/conversation', 'src/projections'])('has no DOM and no Node in %s', async (folder) => {
    expectAll(await caught('check:pure', folder, IMPURE), /error TS/)
  })

  const UNDECIDED = [
    'export const a: number = Date.now()',
    'export const a: unknown = new Date()',
    'export const a: unknown = new Date(0)',
    'export const a: number = Math.random()',
    "export const a: number = Math['random']()",
    'const { random } = Math\nexport const a: number = random()',
    'export const a: unknown = globalThis.Date',
    'export const a: unknown = new Intl.DateTimeFormat()',
    "export const a: number = 'a'.localeCompare('b')",
    "export const a: string = 'I'.toLocaleLowerCase()",
    "export const a: string = 'i'.toLocaleUpperCase()",
    'export const a: string = (1.5).toLocaleString()',
    'export const a: unknown = new WeakRef({})',
    "export const a: unknown = eval('1')",
    "export const a: unknown = new Function('return 1')",
  ]
  it.each(['src/domain/conversation', 'src/projections'])('has no clock, chance or locale in %s', async (folder) => {
    expectAll(await caught('check:lint', folder, UNDECIDED), /no-restricted/)
  })
})

describe('the application', () => {
  it('uses Web APIs only', async () => {
    const crimes = [
      "export const a: unknown = Buffer.from('')",
      'export const a: unknown = process.env',
      'setImmediate(() => {})',
      'export const a: number = Math.random()',
    ]
    expectAll(await caught('check:lint', 'src/application/desk', crimes), /no-restricted/)
  })
})

describe('the lint', () => {
  // Each needs types: without the type-aware half of the linter, all of them would pass in silence.
  it.each(['src/application', 'test/domain', 'examples/desk', 'bench'])('sees types in %s', async (folder) => {
    const crimes = [
      'const work = async (): Promise<number> => 1\nwork()',
      'export const a: () => Promise<void> = async () => {\n  await 1\n}',
      '[1].forEach(async () => {})',
    ]
    expectAll(await caught('check:lint', folder, crimes), /no-floating-promises|await-thenable|no-misused-promises/)
  })

  it('keeps consoles, default exports, any and imports that run for their types out of the sources', async () => {
    const crimes = [
      "console.log('a')",
      'export default 1',
      'export const a: any = 1',
      "import { type A } from './sound.ts'\nexport type B = A",
      "import { A } from './sound.ts'\nexport type B = A",
      'export const a = (b: number): boolean => b == 1',
      "export const a = (): never => {\n  throw 'a'\n}",
    ]
    const rules =
      /no-console|no-default-export|no-explicit-any|type-side-effects|consistent-type-imports|eqeqeq|only-throw/
    expectAll(await caught('check:lint', 'src/adapters/sqlite', crimes), rules)
  })
})

describe('the compiler', () => {
  it.each(['src/domain', 'src/adapters/sqlite', 'test/domain', 'examples/desk', 'bench'])(
    'looks at %s',
    async (folder) => {
      const crimes = [
        "export const a: number = 'a'",
        'export const a = (b: readonly string[]): string => b[0]',
        'export interface A { readonly b?: string }\nexport const a: A = { b: undefined }',
        'export enum A { B }',
        'export class A { constructor(readonly b: string) {} }',
        "import { fold } from '../../gone.ts'\nexport const a: unknown = fold",
        "export const a = (b: 'c' | 'd'): number => {\n  switch (b) {\n    case 'c': return 1\n  }\n}",
      ]
      expectAll(await caught('check:types', folder, crimes), /error TS/)
    },
  )

  it('asks for declared types on everything that is exported from the sources', async () => {
    const crimes = [
      'export const a = [1].map(String)',
      'export const a = (b: number) => b',
      'export const a = { ...{} }',
    ]
    expectAll(await caught('check:declarations', 'src/application', crimes), /error TS90/)
  })
})

describe('the formatter', () => {
  it.each(['src/domain', 'test/domain', 'docs'])('looks at %s', async (folder) => {
    const root = tempTree({
      [`${folder}/planted.ts`]: 'export const a = "b";\n',
      'src/sound.ts': 'export const sound = 1\n',
    })
    const { code, output } = await run(root, scripts['check:format'] as string)
    expect(output).toContain(`${folder}/planted.ts`)
    expect(output).not.toContain('sound.ts')
    expect(code).not.toBe(0)
  })
})

describe('npm run check', () => {
  const check = (root: string): Promise<{ readonly code: number | null; readonly output: string }> =>
    run(ROOT, `node test/house/check.ts ${root}`)

  it('runs every check, says which failed and fails with it', async () => {
    const root = tempTree({
      'package.json': JSON.stringify({
        scripts: {
          'check:a': 'node -e 0',
          'check:b': 'node -e "process.exit(3)"',
          'check:c': 'node -e 0',
          test: 'exit 1',
        },
      }),
    })
    const { code, output } = await check(root)
    expect(output).toContain('ok   check:a')
    expect(output).toContain('ok   check:c')
    expect(output).not.toContain(' test')
    expect(output).toContain('FAIL check:b')
    expect(output).toContain('check failed: check:b')
    expect(code).toBe(1)
  })

  it('fails when there is nothing to run', async () => {
    const { code } = await check(tempTree({ 'package.json': '{ "scripts": {} }' }))
    expect(code).toBe(1)
  })

  it('is made of all the checks of this house', () => {
    expect(
      Object.keys(scripts)
        .filter((name) => name.startsWith('check:'))
        .toSorted(),
    ).toEqual(['check:declarations', 'check:fences', 'check:format', 'check:lint', 'check:pure', 'check:types'])
    expect(scripts['test']).toBe('npm run check && vitest run')
  })
})
