/**
 * What has a runtime of its own must not go past it: time, timers, turns, ids and randomness come from the `Runtime` port, or
 * virtual time and seeds would not decide what happens. `queueMicrotask` and promises may be used: they take no time.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { filesBelow } from './files.ts'
import type { Violation } from './fences.ts'

/** What runs on a runtime that it is given. */
const GUARDED = /^src\/(?:application\/|adapters\/(?:memory|meta)\/|adapters\/log-subscription\.ts$|simulator\/)/

/** The defaults, which ask the machine, and what looks whether it is new enough. */
const DEFAULTS: ReadonlySet<string> = new Set([
  'src/application/ports/system-runtime.ts',
  'src/application/supported-runtime.ts',
  'src/simulator/runtime.ts',
])

/** Where a caller gave no runtime, or belongs to no desk. */
const MAY_USE_DEFAULTS: ReadonlySet<string> = new Set([
  'src/application/ports/index.ts',
  'src/application/desk/create-desk.ts',
  'src/application/moving/patiently.ts',
  'src/application/moving/rolling-digest.ts',
  'src/adapters/memory/index.ts',
  'src/adapters/meta/messenger.ts',
  'src/simulator/simulator.ts',
])

const GLOBALS: ReadonlySet<string> = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'performance',
  'crypto',
  'MessageChannel',
  'BroadcastChannel',
  'Temporal',
  'globalThis',
  'Date',
  'Math',
  'AbortSignal',
])

/** Members of those globals that depend on nothing but their arguments. Of `Math` all but `random` are. */
const isHarmless = (object: string, property: string): boolean =>
  (object === 'Math' && property !== 'random') ||
  (object === 'Date' && ['parse', 'UTC'].includes(property)) ||
  (object === 'globalThis' && property === 'fetch') ||
  (object === 'AbortSignal' && ['any', 'abort'].includes(property))

/** Named imports that depend on nothing but their arguments, of modules that have others. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  uuid: ['parse', 'stringify', 'validate', 'v3', 'v5'],
  'node:crypto': ['createHash', 'createHmac', 'createSecretKey', 'timingSafeEqual'],
}
const CLOSED = /^(?:node:)?(?:timers|perf_hooks|worker_threads|process|crypto$)/

interface Named {
  readonly type: string
  readonly name?: string
}

const bypassesIn = (path: string, text: string): readonly Violation[] => {
  const found: Violation[] = []
  const harmless = new Set<unknown>()
  const passOver = (node: unknown): void => void harmless.add(node)
  const add = (at: number, detail: string): void =>
    void found.push({ rule: 'bypasses-runtime', path, line: text.slice(0, at).split('\n').length, detail })
  new Visitor({
    ImportDeclaration: ({ start, source, specifiers, importKind }) => {
      const names = specifiers.map((one) => {
        if (one.type !== 'ImportSpecifier') return '*'
        passOver(one.imported)
        return (one.imported as Named).name ?? '*'
      })
      if (importKind === 'type') return
      const allowed = HARMLESS[source.value]
      if (allowed === undefined ? CLOSED.test(source.value) : names.some((name) => !allowed.includes(name)))
        add(start, source.value)
      if (names.includes('systemRuntime') && !MAY_USE_DEFAULTS.has(path)) add(start, 'systemRuntime')
    },
    ImportExpression: ({ start, source }) => {
      const specifier = source.type === 'Literal' ? String(source.value) : ''
      if (CLOSED.test(specifier) || HARMLESS[specifier] !== undefined) add(start, specifier)
    },
    MemberExpression: ({ object, property, computed }) => {
      if (computed) return
      passOver(property)
      const { name } = property as Named
      if ((object as Named).name === 'process' && ['hrtime', 'nextTick', 'uptime'].includes(name ?? ''))
        add(object.start, `process.${name}`)
      if (object.type === 'Identifier' && name !== undefined && isHarmless(object.name, name)) passOver(object)
    },
    NewExpression: ({ callee, arguments: given }) => {
      if (given.length > 0 && given[0]?.type !== 'SpreadElement' && (callee as Named).name === 'Date') passOver(callee)
    },
    Property: ({ key, computed, shorthand }) => {
      if (!computed && !shorthand) passOver(key)
    },
    PropertyDefinition: ({ key, computed }) => void (computed || passOver(key)),
    MethodDefinition: ({ key, computed }) => void (computed || passOver(key)),
    TSPropertySignature: ({ key }) => passOver(key),
    TSMethodSignature: ({ key }) => passOver(key),
    TSTypeQuery: ({ exprName }) => passOver(exprName),
    TSQualifiedName: ({ left, right }) => [left, right].forEach(passOver),
    TSTypeReference: ({ typeName }) => passOver(typeName),
    Identifier: (node) => {
      if (GLOBALS.has(node.name) && !harmless.has(node)) add(node.start, node.name)
    },
  }).visit(parseSync(path, text).program)
  return found
}

/** Every place that goes past a runtime. */
export const bypasses = (root: string): readonly Violation[] =>
  filesBelow(root, 'src')
    .filter((path) => path.endsWith('.ts') && GUARDED.test(path) && !DEFAULTS.has(path))
    .flatMap((path) => bypassesIn(path, readFileSync(join(root, path), 'utf8')))
