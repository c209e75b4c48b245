import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { filesBelow } from './files.ts'

/** One `import`, `export ... from`, `import()`, `import('...')` type or `require`. */
export interface Import {
  readonly line: number
  /** As written; null when it is computed. */
  readonly specifier: string | null
  /** Erased by the compiler: `import type`, `export type`, a type of `import('...')`. */
  readonly typeOnly: boolean
  /** The module it names, as a path from the root; undefined for packages, built-ins and what is not there. */
  readonly target?: string
}

export interface Module {
  readonly path: string
  readonly imports: readonly Import[]
}

export interface ModuleGraph {
  readonly modules: ReadonlyMap<string, Module>
  /** Files that could not be parsed: nothing may be passed over in silence. */
  readonly unreadable: readonly string[]
}

const SOURCES = /\.(?:ts|tsx|mts|cts|js|mjs|cjs)$/

interface Literal {
  readonly type: string
  readonly value?: unknown
}

const importsOf = (path: string, text: string): readonly Omit<Import, 'target'>[] | undefined => {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) return undefined
  const found: Omit<Import, 'target'>[] = []
  const add = (at: number, source: Literal | null | undefined, typeOnly: boolean): void => {
    if (source === null || source === undefined) return
    const specifier = typeof source.value === 'string' ? source.value : null
    found.push({ line: text.slice(0, at).split('\n').length, specifier, typeOnly })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.start, node.source, node.importKind === 'type'),
    ExportNamedDeclaration: (node) => add(node.start, node.source, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => add(node.start, node.source, node.exportKind === 'type'),
    ImportExpression: (node) => add(node.start, node.source, false),
    TSImportType: (node) => add(node.start, node.source, true),
    TSExternalModuleReference: (node) => add(node.start, node.expression, false),
    CallExpression: ({ callee, arguments: given, start }) => {
      const name = callee.type === 'Identifier' ? callee.name : undefined
      const member =
        callee.type === 'MemberExpression' && callee.property.type === 'Identifier' ? callee.property.name : undefined
      if (name !== 'require' && member !== 'getBuiltinModule') return
      add(start, given[0] ?? { type: 'Nothing' }, false)
    },
  }).visit(program)
  return found
}

/** The modules of some folders and what they import. Specifiers are full paths here (`./a.ts`), so nothing is guessed. */
export const readModuleGraph = (root: string, folders: readonly string[]): ModuleGraph => {
  const paths = folders.flatMap((folder) => filesBelow(root, folder)).filter((path) => SOURCES.test(path))
  const known = new Set(paths)
  const modules = new Map<string, Module>()
  const unreadable: string[] = []
  for (const path of paths) {
    const found = importsOf(path, readFileSync(join(root, path), 'utf8'))
    if (found === undefined) {
      unreadable.push(path)
      continue
    }
    const imports = found.map((one): Import => {
      if (one.specifier === null || !one.specifier.startsWith('.')) return one
      const target = posix.join(posix.dirname(path), one.specifier)
      return known.has(target) ? { ...one, target } : one
    })
    modules.set(path, { path, imports })
  }
  return { modules, unreadable }
}

/** Rings of modules that import each other, each given once, as the paths along it. */
export const cycles = ({ modules }: ModuleGraph, counts: (one: Import) => boolean): readonly (readonly string[])[] => {
  // Tarjan's strongly connected components.
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const onStack = new Set<string>()
  const rings: string[][] = []
  const visit = (path: string): void => {
    index.set(path, index.size)
    low.set(path, index.get(path) ?? 0)
    stack.push(path)
    onStack.add(path)
    let itself = false
    for (const one of modules.get(path)?.imports ?? []) {
      const { target } = one
      if (target === undefined || !counts(one)) continue
      if (target === path) itself = true
      if (!index.has(target)) {
        visit(target)
        low.set(path, Math.min(low.get(path) ?? 0, low.get(target) ?? 0))
      } else if (onStack.has(target)) low.set(path, Math.min(low.get(path) ?? 0, index.get(target) ?? 0))
    }
    if (low.get(path) !== index.get(path)) return
    const ring: string[] = []
    for (let last = stack.pop(); last !== undefined; last = stack.pop()) {
      onStack.delete(last)
      ring.push(last)
      if (last === path) break
    }
    if (ring.length > 1 || itself) rings.push(ring.toReversed())
  }
  for (const path of modules.keys()) if (!index.has(path)) visit(path)
  return rings
}
