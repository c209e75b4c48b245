import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesBelow, ROOT } from './files.ts'

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const NPM_ITSELF = new Set(['ci', 'cit', 'i', 'install', 'it', 'pack', 'exec'])
/** npm's own words for scripts. */
const SHORT: Readonly<Record<string, string>> = { start: 'start', test: 'test', t: 'test' }

const documents = filesBelow(ROOT, '').filter((path) => path.endsWith('.md') && !path.startsWith('test/fixtures/'))
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** npm commands in a text whose script is not there. */
const unknownCommands = (text: string): readonly string[] => {
  const unknown: string[] = []
  for (const [whole, word = '', argument = ''] of text.matchAll(
    /\bnpm (?!install-scripts)(run(?: -s)?|[a-z]+)(?: ([\w:.-]+))?/g,
  )) {
    const script = word.startsWith('run') ? argument : SHORT[word]
    if (script === undefined ? !NPM_ITSELF.has(word) : scripts[script] === undefined) unknown.push(whole)
  }
  return unknown
}

/** Files of ours that a text names: in backticks, from the root; or as a relative link. */
const namedPaths = (path: string, text: string): readonly string[] => [
  ...[...text.matchAll(/`((?:src|test|examples|bench|docs)\/[\w./-]+)`/g)].map(([, named = '']) => named),
  ...[...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)].map(([, named = '']) =>
    join(dirname(path), named).replaceAll('\\', '/'),
  ),
]

describe('the documents', () => {
  it('are there', () => {
    const expected = [
      'README.md',
      'docs/architecture.md',
      'docs/coverage.md',
      'docs/glossary.md',
      'docs/performance.md',
      'test/README.md',
    ]
    expect(expected.filter((path) => !documents.includes(path))).toEqual([])
  })

  // Records of decisions also name commands that were not taken.
  it.each(documents.filter((path) => !path.startsWith('docs/decisions/')))(
    'name only npm commands that exist: %s',
    (path) => expect(unknownCommands(textOf(path))).toEqual([]),
  )

  it('name only files that exist', () => {
    const missing = documents.flatMap((path) =>
      namedPaths(path, textOf(path))
        .filter((named) => !existsSync(join(ROOT, named)))
        .map((named) => `${path}: ${named}`),
    )
    expect(missing).toEqual([])
  })

  it('list every decision in order', () => {
    const decisions = documents
      .filter((path) => /^docs\/decisions\/\d/.test(path))
      .map((path) => path.slice('docs/decisions/'.length))
    expect(decisions.length).toBeGreaterThan(8)
    expect(decisions.map((name) => Number(name.slice(0, 4)))).toEqual(decisions.map((_, index) => index + 1))
    const listed = [...textOf('docs/decisions/README.md').matchAll(/\]\((\d{4}-[\w-]+\.md)\)/g)].map(([, name]) => name)
    expect(listed).toEqual(decisions)
    for (const name of decisions)
      expect(textOf(`docs/decisions/${name}`), name).toMatch(
        /^# \d+\. .+\n[\s\S]*\n## Context\n[\s\S]*\n## Decision\n[\s\S]*\n## Consequences\n/,
      )
  })

  it('agree with .ci/run on the command that tests everything', () => {
    const lines = textOf('.ci/run').trim().split('\n')
    expect(lines.at(-1)).toBe('npm cit')
    expect(textOf('README.md')).toContain('npm cit')
  })

  it('are seen to fail: a command and a file that do not exist', () => {
    expect(unknownCommands('`npm run bench`, `npm run rocket`, npm start, npm frobnicate')).toEqual([
      'npm run rocket',
      'npm frobnicate',
    ])
    expect(namedPaths('docs/a.md', 'see `src/gone.ts` and [b](../test/gone.md#c), [d](https://example.com)')).toEqual([
      'src/gone.ts',
      'test/gone.md',
    ])
  })
})
