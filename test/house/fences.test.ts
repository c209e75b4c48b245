import { describe, expect, it, vi } from 'vitest'
import { ROOT } from './files.ts'
import { FLOOR, type Violation, violations, ZONE_NAMES } from './fences.ts'
import { run } from './run.ts'
import { type Plants, tempTree } from './temp-tree.ts'

// Compilers and linters of their own, on a machine that may have much else to do.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const NO_FLOOR = { modules: 0, imports: 0 }

/** A small house in which everything is allowed. */
const SOUND: Plants = {
  'src/index.ts': "export * from './domain/index.ts'\nexport { desk } from './application/desk/desk.ts'\n",
  'src/domain/index.ts':
    "export * from './ids.ts'\nexport * from './channel/channel.ts'\nexport * from './ticket/ticket.ts'\n",
  'src/domain/ids.ts': 'export type Id = string\nexport const noId: Id = ""\n',
  'src/domain/upcasting.ts': "import { channel } from './channel/channel.ts'\nexport const upcast: unknown = channel\n",
  'src/domain/channel/channel.ts': "import { noId, type Id } from '../ids.ts'\nexport const channel: Id = noId\n",
  'src/domain/channel/facts.ts': 'export interface Facts { readonly live: boolean }\nexport const live = true\n',
  'src/domain/ticket/ticket.ts':
    "import type { Facts } from '../channel/facts.ts'\nexport const ticket = (facts: Facts): boolean => facts.live\n",
  'src/domain/ticket/state.ts': "import type {} from './parts.ts'",
  'src/domain/ticket/parts.ts': "import type {} from './state.ts'",
  'src/projections/inbox.ts': "import { noId } from '../domain/ids.ts'\nexport const inbox: string = noId\n",
  'src/application/ports/store.ts':
    "import type { Id } from '../../domain/ids.ts'\nexport interface Store { readonly id: Id }\nexport const limit = 1\n",
  'src/application/desk/desk.ts':
    "import { v7 } from 'uuid'\nimport { inbox } from '../../projections/inbox.ts'\nimport type { Store } from '../ports/store.ts'\nexport const desk = (store: Store): string => v7() + inbox + store.id\n",
  'src/adapters/index-key.ts':
    "import { limit } from '../application/ports/store.ts'\nexport const key: number = limit\n",
  'src/adapters/memory/store.ts': "import { key } from '../index-key.ts'\nexport const store: number = key\n",
  'src/adapters/sqlite/store.ts':
    "import { DatabaseSync } from 'node:sqlite'\nimport type { Id } from '../../domain/ids.ts'\nexport const open = (path: Id): unknown => new DatabaseSync(path)\n",
  'src/simulator/world.ts': "import { createHmac } from 'node:crypto'\nexport const world: unknown = createHmac\n",
  'src/testing/given.ts': "import { noId } from '../domain/ids.ts'\nexport const given: string = noId\n",
  'examples/desk/main.ts': "import 'madoguchi'\nimport 'madoguchi/sqlite'\nimport './page.ts'\n",
  'examples/desk/page.ts': "import { createServer } from 'node:http'\nexport const page: unknown = createServer\n",
  'bench/main.ts': "import 'madoguchi'\n",
  'test/domain/channel.test.ts': "import '../../src/domain/channel/channel.ts'\nimport 'vitest'\n",
  'test/simulator/world.test.ts': "import '../../src/simulator/world.ts'\n",
}

/** What is planted, and the rule that must catch it in the first of the files. */
const CRIMES: readonly (readonly [crime: string, rule: string, plants: Plants])[] = [
  ['the domain imports a projection', 'domain-imports', { 'src/domain/ids.ts': "import '../projections/inbox.ts'" }],
  [
    'the domain imports a projection, type only',
    'domain-imports',
    { 'src/domain/channel/channel.ts': "import type {} from '../../projections/inbox.ts'" },
  ],
  [
    'the domain imports the application',
    'domain-imports',
    { 'src/domain/channel/channel.ts': "export * from '../../application/ports/store.ts'" },
  ],
  ['the domain imports a package', 'domain-packages', { 'src/domain/ids.ts': "import { v7 } from 'uuid'" }],
  [
    'the domain imports a type of a package',
    'domain-packages',
    { 'src/domain/ids.ts': "import type { Locale } from 'date-fns'" },
  ],
  ['the domain imports a built-in', 'domain-packages', { 'src/domain/ids.ts': "import 'node:crypto'" }],
  ['an upcaster imports a package', 'domain-packages', { 'src/domain/upcasting.ts': "import 'valibot'" }],
  [
    'one aggregate imports a value of another',
    'domain-types-only',
    { 'src/domain/ticket/ticket.ts': "import { live } from '../channel/facts.ts'" },
  ],
  [
    'one aggregate imports another with inline types, which runs it',
    'domain-types-only',
    { 'src/domain/ticket/ticket.ts': "import { type Facts } from '../channel/facts.ts'" },
  ],
  [
    'the kernel imports a value of an aggregate',
    'domain-types-only',
    { 'src/domain/ids.ts': "export { live } from './channel/facts.ts'" },
  ],
  [
    'an aggregate imports the door of the domain',
    'domain-imports',
    { 'src/domain/channel/facts.ts': "import '../index.ts'", 'src/domain/index.ts': '' },
  ],
  [
    'a projection imports the application',
    'projections-imports',
    { 'src/projections/inbox.ts': "import type { Store } from '../application/ports/store.ts'" },
  ],
  ['a projection imports a package', 'projections-packages', { 'src/projections/inbox.ts': "import 'date-fns'" }],
  [
    'a port imports a command',
    'ports-imports',
    { 'src/application/ports/store.ts': "import type {} from '../desk/desk.ts'" },
  ],
  [
    'a port imports a value of a projection',
    'ports-types-only',
    { 'src/application/ports/store.ts': "import { inbox } from '../../projections/inbox.ts'" },
  ],
  ['a port imports a package', 'ports-packages', { 'src/application/ports/store.ts': "import 'uuid'" }],
  [
    'the application imports an adapter',
    'application-imports',
    { 'src/application/desk/desk.ts': "import '../../adapters/memory/store.ts'" },
  ],
  [
    'the application imports an adapter by a type query',
    'application-imports',
    { 'src/application/desk/desk.ts': "export type A = typeof import('../../adapters/memory/store.ts')" },
  ],
  [
    'the application loads an adapter later',
    'application-imports',
    { 'src/application/desk/desk.ts': "await import('../../adapters/memory/store.ts')" },
  ],
  [
    'the application imports the simulator',
    'application-imports',
    { 'src/application/desk/desk.ts': "import '../../simulator/world.ts'" },
  ],
  [
    'the application imports a built-in',
    'application-packages',
    { 'src/application/desk/desk.ts': "import { createHash } from 'node:crypto'" },
  ],
  [
    'the application imports a package that was not chosen',
    'application-packages',
    { 'src/application/desk/desk.ts': "import 'pg'" },
  ],
  [
    'the application takes a built-in by the back door',
    'application-packages',
    { 'src/application/desk/desk.ts': "process.getBuiltinModule('node:fs')" },
  ],
  ['the application requires', 'application-packages', { 'src/application/desk/desk.ts': "require('fs')" }],
  [
    'the application imports what it computes',
    'computed-import',
    { 'src/application/desk/desk.ts': 'await import(`../../adapters/${1}/store.ts`)' },
  ],
  ['one adapter imports another', 'adapter-imports', { 'src/adapters/sqlite/store.ts': "import '../memory/store.ts'" }],
  [
    'an adapter imports the inside of the application',
    'adapter-imports',
    { 'src/adapters/sqlite/store.ts': "import '../../application/desk/desk.ts'" },
  ],
  [
    'an adapter imports a projection',
    'adapter-imports',
    { 'src/adapters/memory/store.ts': "import type {} from '../../projections/inbox.ts'" },
  ],
  [
    'an adapter imports a rule of the domain',
    'adapter-types-only',
    { 'src/adapters/sqlite/store.ts': "import { noId } from '../../domain/ids.ts'" },
  ],
  [
    "an adapter imports another technology's driver",
    'adapter-packages',
    { 'src/adapters/memory/store.ts': "import 'node:sqlite'" },
  ],
  ['an adapter of an unknown technology', 'no-zone', { 'src/adapters/mongo/store.ts': '' }],
  [
    'the adapters’ kit imports an adapter',
    'adapter kit-imports',
    { 'src/adapters/index-key.ts': "import './memory/store.ts'", 'src/adapters/memory/store.ts': '' },
  ],
  [
    'the adapters’ kit imports a rule of the domain',
    'adapter kit-types-only',
    { 'src/adapters/index-key.ts': "import { noId } from '../domain/ids.ts'" },
  ],
  [
    'the adapters’ kit imports a driver',
    'adapter kit-packages',
    { 'src/adapters/index-key.ts': "import 'node:sqlite'" },
  ],
  [
    'the simulator imports a type of ours',
    'simulator-imports',
    { 'src/simulator/world.ts': "import type { Id } from '../domain/ids.ts'" },
  ],
  ['the simulator imports a package', 'simulator-packages', { 'src/simulator/world.ts': "import 'uuid'" }],
  [
    'the contract suites import an adapter',
    'testing-imports',
    { 'src/testing/given.ts': "import '../adapters/memory/store.ts'" },
  ],
  ['the contract suites import a test runner', 'testing-packages', { 'src/testing/given.ts': "import 'vitest'" }],
  ['the door opens on an adapter', 'door-imports', { 'src/index.ts': "export * from './adapters/memory/store.ts'" }],
  ['the door imports a package', 'door-packages', { 'src/index.ts': "export * from 'valibot'" }],
  [
    'a module imports the package by its own name',
    'own-public-name',
    { 'src/application/desk/desk.ts': "import 'madoguchi/domain'" },
  ],
  ['a module of no zone', 'no-zone', { 'src/helpers/misc.ts': '' }],
  ['an example looks inside', 'host-imports', { 'examples/desk/main.ts': "import '../../src/index.ts'" }],
  ['an example asks for a closed door', 'closed-door', { 'examples/desk/main.ts': "import 'madoguchi/application'" }],
  ['an example imports an unlisted package', 'host-packages', { 'examples/desk/page.ts': "import 'express'" }],
  ['the bench looks inside', 'host-imports', { 'bench/main.ts': "import '../src/index.ts'" }],
  [
    'a test of the oracle imports what the oracle judges',
    'simulator tests-imports',
    { 'test/simulator/world.test.ts': "import '../../src/domain/ids.ts'" },
  ],
  [
    'a test of the oracle imports the package',
    'own-public-name',
    { 'test/simulator/world.test.ts': "import 'madoguchi'" },
  ],
  [
    'a test of the oracle imports a package',
    'simulator tests-packages',
    { 'test/simulator/world.test.ts': "import 'uuid'" },
  ],
  [
    'a test imports by a closed name',
    'closed-door',
    { 'test/domain/channel.test.ts': "import 'madoguchi/application/desk'" },
  ],
  [
    'two modules import each other',
    'cycle',
    { 'src/projections/a.ts': "import './b.ts'", 'src/projections/b.ts': "import './a.ts'" },
  ],
  [
    'types of three folders refer to each other',
    'cycle',
    {
      'src/domain/c.ts': "export type A = import('./channel/a.ts').A",
      'src/domain/channel/a.ts': "import type {} from '../ticket/b.ts'",
      'src/domain/ticket/b.ts': "export type * from '../c.ts'",
    },
  ],
  ['a module imports itself', 'cycle', { 'src/projections/a.ts': "import './a.ts'" }],
  ['a module imports what is not there', 'not-found', { 'src/projections/a.ts': "import './gone.ts'" }],
  ['a module cannot be parsed', 'unreadable', { 'src/projections/a.ts': 'import {' }],
]

const shown = (found: readonly Violation[]): readonly string[] => found.map(({ path, rule }) => `${path} ${rule}`)

describe('the dependency fence', () => {
  it('finds nothing to say about a sound house', () => {
    expect(violations(tempTree(SOUND), NO_FLOOR)).toEqual([])
  })

  it.each(CRIMES)('catches: %s', (_crime, rule, plants) => {
    const [path] = Object.keys(plants)
    expect(shown(violations(tempTree({ ...SOUND, ...plants }), NO_FLOOR))).toContain(`${path} ${rule}`)
  })

  it('has a plant for every zone', () => {
    const rules = new Set(CRIMES.map(([, rule]) => rule))
    // Tests may import any package and any module, so only the door can be closed to them.
    const unplanted = ZONE_NAMES.filter(
      (name) => name !== 'tests' && !(rules.has(`${name}-imports`) && rules.has(`${name}-packages`)),
    )
    expect(unplanted).toEqual([])
  })

  it('fails when it sees too few modules', () => {
    expect(shown(violations(tempTree(SOUND), FLOOR))).toEqual(['src floor'])
  })

  it('catches a plant among the real sources, on the command line', async () => {
    const root = tempTree({ 'src/domain/planted.ts': "import { v7 } from 'uuid'\n" }, ['src'])
    const { code, output } = await run(ROOT, `node test/house/check-fences.ts ${root}`)
    expect(output).toContain('src/domain/planted.ts:1 domain-packages: uuid')
    expect(code).toBe(1)
  })
})
