/**
 * Which module may import which: dependencies point one way, `domain` <- `projections` <- `application` <- `adapters`.
 *
 * The first zone whose pattern fits a file is the file's zone. What a zone does not name, it may not import.
 */
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { cycles, type Import, readModuleGraph } from './module-graph.ts'

export interface Violation {
  readonly rule: string
  readonly path: string
  readonly line: number
  readonly detail: string
}

interface Zone {
  readonly name: string
  readonly files: RegExp
  /** Modules of ours that may be imported; `$1` is the first group of `files`. */
  readonly modules: readonly string[]
  /** Modules of ours of which only types may be imported. */
  readonly types?: readonly string[]
  /** Packages and built-ins that may be imported. */
  readonly packages?: readonly string[]
  /** Whether the package's own public names may be imported, as a host does. */
  readonly publicNames?: true
}

const AGGREGATE = '^src/domain/[^/]+/'
const KERNEL = '^src/domain/(?!(?:index|upcasting)\\.ts$)[^/]+\\.ts$'
const PORTS = '^src/application/ports/'
const ADAPTER_KIT = '^src/adapters/[^/]+\\.ts$'

/** What each adapter may import beside the ports: its driver, and little else. A new adapter is a new line here. */
const DRIVERS: Readonly<Record<string, readonly string[]>> = {
  memory: [],
  sqlite: ['node:sqlite', 'node:crypto', 'node:fs', 'node:path', 'node:timers/promises'],
  postgres: ['pg', 'node:crypto', 'node:module'],
  eventstoredb: ['@eventstore/db-client', '@kurrent/kurrentdb-client'],
  meta: ['node:buffer', 'node:crypto', 'valibot'],
  node: ['node:http', 'node:stream', 'node:stream/promises'],
}

const ZONES: readonly Zone[] = [
  // The default of the port that brings time, timers, ids and digests.
  {
    name: 'ports',
    files: /^src\/application\/ports\/system-runtime\.ts$/,
    modules: [PORTS],
    packages: ['node:crypto', 'node:timers', 'uuid'],
  },
  // The public doors of the domain, and the one place that knows every event's past shapes.
  { name: 'domain', files: /^src\/domain\/(?:index|upcasting)\.ts$/, modules: ['^src/domain/'] },
  { name: 'domain', files: /^src\/domain\/([^/]+)\//, modules: ['^src/domain/$1/', KERNEL], types: [AGGREGATE] },
  { name: 'domain', files: /^src\/domain\//, modules: [KERNEL], types: [AGGREGATE] },
  { name: 'projections', files: /^src\/projections\//, modules: ['^src/projections/', '^src/domain/'] },
  {
    name: 'ports',
    files: /^src\/application\/ports\//,
    modules: [PORTS, KERNEL],
    types: [AGGREGATE, '^src/projections/'],
  },
  {
    name: 'application',
    files: /^src\/application\//,
    modules: ['^src/application/', '^src/projections/', '^src/domain/'],
    packages: ['uuid', 'date-fns', 'valibot'],
  },
  {
    name: 'adapter kit',
    files: /^src\/adapters\/[^/]+\.ts$/,
    modules: [ADAPTER_KIT, PORTS],
    types: ['^src/domain/'],
  },
  ...Object.entries(DRIVERS).map(([name, packages]): Zone => ({
    name: 'adapter',
    files: new RegExp(`^src/adapters/(${name})/`),
    modules: ['^src/adapters/$1/', ADAPTER_KIT, PORTS],
    types: ['^src/domain/'],
    packages,
  })),
  // The oracle: it must not share a mistake with what it judges.
  { name: 'simulator', files: /^src\/simulator\//, modules: ['^src/simulator/'], packages: ['node:*'] },
  {
    name: 'testing',
    files: /^src\/testing\//,
    modules: ['^src/testing/', PORTS, '^src/domain/'],
    packages: ['node:assert', 'node:timers/promises'],
  },
  { name: 'door', files: /^src\/index\.ts$/, modules: ['^src/domain/', '^src/projections/', '^src/application/'] },
  {
    name: 'host',
    files: /^examples\//,
    modules: ['^examples/'],
    // A host brings the clients that it injects, and an example the server for people who have none.
    packages: ['node:*', 'vitest', 'fast-check', '@eventstore/db-client', '@kurrent/kurrentdb-client', 'pg'],
    publicNames: true,
  },
  {
    name: 'host',
    files: /^bench\//,
    // A bench is run on the servers that the tests of the adapters start.
    modules: ['^bench/', '^test/adapters/[^/]+/(?:fake/|flavour\\.ts$|server\\.ts$)'],
    // A host brings the clients that it injects, and an example the server for people who have none.
    packages: ['node:*', 'vitest', 'fast-check', '@eventstore/db-client', '@kurrent/kurrentdb-client', 'pg'],
    publicNames: true,
  },
  // Tests may look at everything, but for those of the oracle.
  {
    name: 'simulator tests',
    files: /^test\/simulator\//,
    modules: ['^test/simulator/', '^src/simulator/', '^test/temp-folder\\.ts$', '^test/simulation/virtual-time\\.ts$'],
    packages: ['node:*', 'vitest', 'fast-check'],
  },
  {
    name: 'tests',
    files: /^test\//,
    modules: ['^test/', '^src/', '^examples/', '^bench/'],
    packages: ['*'],
    publicNames: true,
  },
]

/** Every name of a zone, to see that the plants of the tests reach all of them. */
export const ZONE_NAMES: readonly string[] = [...new Set(ZONES.map(({ name }) => name))]

/** The folders that are looked at. */
export const FENCED = ['src', 'examples', 'bench', 'test'] as const

/** Fewer modules and imports than these under `src`, and the checker has not seen what it should have. */
export const FLOOR = { modules: 375, imports: 1_875 }

const packageName = (specifier: string): string =>
  specifier.startsWith('node:') ? specifier : specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

const namesPackage = (allowed: readonly string[], specifier: string): boolean =>
  allowed.some((one) =>
    one.endsWith('*') ? specifier.startsWith(one.slice(0, -1)) : one === specifier || one === packageName(specifier),
  )

const fits = (patterns: readonly string[] | undefined, zone: Zone, path: string, target: string): boolean => {
  const group = zone.files.exec(path)?.[1] ?? ''
  return patterns?.some((pattern) => new RegExp(pattern.replace('$1', group)).test(target)) ?? false
}

const ruleBroken = (path: string, zone: Zone, one: Import, publicNames: ReadonlySet<string>): string | undefined => {
  const { specifier, target, typeOnly } = one
  if (specifier === null) return path.startsWith('src/') ? 'computed-import' : undefined
  if (specifier.startsWith('.')) {
    if (target === undefined) return specifier.endsWith('.json') || path.startsWith('test/') ? undefined : 'not-found'
    if (fits(zone.modules, zone, path, target)) return undefined
    if (!fits(zone.types, zone, path, target)) return `${zone.name}-imports`
    return typeOnly ? undefined : `${zone.name}-types-only`
  }
  if (specifier === 'madoguchi' || specifier.startsWith('madoguchi/')) {
    if (zone.publicNames === undefined) return 'own-public-name'
    return publicNames.has(specifier) ? undefined : 'closed-door'
  }
  return namesPackage(zone.packages ?? [], specifier) ? undefined : `${zone.name}-packages`
}

const publicNamesOf = (root: string): ReadonlySet<string> => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>
  }
  return new Set(Object.keys(exports).map((entry) => `madoguchi${entry.slice(1)}`))
}

/** Everything in the tree at `root` that a fence forbids. */
export const violations = (root: string, floor: typeof FLOOR = FLOOR): readonly Violation[] => {
  const graph = readModuleGraph(root, FENCED)
  const publicNames = publicNamesOf(root)
  const found: Violation[] = graph.unreadable.map((path) => ({
    rule: 'unreadable',
    path,
    line: 1,
    detail: 'syntax error',
  }))
  for (const { path, imports } of graph.modules.values()) {
    const zone = ZONES.find(({ files }) => files.test(path))
    if (zone === undefined) {
      found.push({ rule: 'no-zone', path, line: 1, detail: 'belongs to no zone of test/house/fences.ts' })
      continue
    }
    for (const one of imports) {
      const rule = ruleBroken(path, zone, one, publicNames)
      if (rule !== undefined) found.push({ rule, path, line: one.line, detail: one.specifier ?? '(computed)' })
    }
  }
  const sources = [...graph.modules.values()].filter(({ path }) => path.startsWith('src/'))
  const rings = [
    ...cycles(graph, ({ typeOnly }) => !typeOnly),
    // Types may refer to each other within one folder, where they are one idea, and not over its edge.
    ...cycles(graph, () => true).filter((ring) => new Set(ring.map((path) => posix.dirname(path))).size > 1),
  ]
  for (const ring of rings) {
    const [path = ''] = ring
    found.push({ rule: 'cycle', path, line: 1, detail: ring.join(' -> ') })
  }
  const seen = { modules: sources.length, imports: sources.reduce((sum, { imports }) => sum + imports.length, 0) }
  if (seen.modules < floor.modules || seen.imports < floor.imports) {
    const detail = `saw ${seen.modules} modules and ${seen.imports} imports, expected ${floor.modules} and ${floor.imports}`
    found.push({ rule: 'floor', path: 'src', line: 1, detail })
  }
  return found
}
