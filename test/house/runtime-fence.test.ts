import { expect, it } from 'vitest'
import { ROOT } from './files.ts'
import { bypasses } from './runtime-fence.ts'
import { tempTree } from './temp-tree.ts'

/** What goes past a runtime, one way each. */
const CRIMES = [
  'export const at = Date.now()',
  'export const clock = { now: Date.now }',
  'export const at = new Date().toISOString()',
  'export const at = Date()',
  'const { now } = Date\nexport const at = now()',
  'export const at = performance.now()',
  'export const at = process.hrtime()',
  'process.nextTick(() => {})',
  'setTimeout(() => {}, 1)',
  'setInterval(() => {}, 1)',
  'setImmediate(() => {})',
  'globalThis.setTimeout(() => {}, 1)',
  "export const later = globalThis['setTimeout']",
  'const { port1 } = new MessageChannel()\nport1.start()',
  'export const signal = AbortSignal.timeout(1_000)',
  'export const chance = Math.random()',
  'const { random } = Math\nexport const chance = random()',
  'export const id = crypto.randomUUID()',
  'export const key = crypto.getRandomValues(new Uint8Array(8))',
  "export const digest = await crypto.subtle.digest('SHA-256', new Uint8Array())",
  'const { subtle } = crypto\nexport const digest = subtle',
  "import { setTimeout } from 'node:timers/promises'\nawait setTimeout(1)",
  "import { performance as clock } from 'node:perf_hooks'\nexport const at = clock.now()",
  "import { randomBytes } from 'node:crypto'\nexport const bytes = randomBytes(8)",
  "import * as all from 'node:crypto'\nexport const id = all.randomUUID()",
  "import { v7 } from 'uuid'\nexport const id = v7()",
  "export const timers = await import('node:timers')",
  "import { systemRuntime } from '../application/ports/system-runtime.ts'\nexport const at = systemRuntime.monotonic()",
]

const FOLDERS = ['src/application/leases', 'src/adapters/memory', 'src/adapters/meta/send', 'src/simulator']

it.each(FOLDERS)('catches each way past the runtime in %s', (folder) => {
  const root = tempTree(Object.fromEntries(CRIMES.map((crime, index) => [`${folder}/planted-${index}.ts`, crime])))
  const caught = new Set(bypasses(root).map(({ path }) => path))
  expect(CRIMES.filter((_, index) => !caught.has(`${folder}/planted-${index}.ts`))).toEqual([])
})

it('allows what depends on its arguments alone, and names of members and types', () => {
  const fine = `
    import { createHash } from 'node:crypto'
    import { v5 } from 'uuid'
    import type { Runtime } from '../ports/runtime.ts'
    interface Options { readonly performance: number; setTimeout(): void; readonly at: Date }
    export const digest = createHash('sha256')
    export const id = v5
    export const at = (runtime: Runtime, { performance: ratio }: Options): unknown =>
      [new Date(runtime.wallTime()), Date.parse('2026'), Math.max(1, ratio), AbortSignal.any([])]
    export const get: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init)
    queueMicrotask(() => {})
  `
  expect(bypasses(tempTree({ 'src/application/fine.ts': fine }))).toEqual([])
})

it('leaves the engines alone that play on no virtual time, and holds here', () => {
  expect(bypasses(tempTree({ 'src/adapters/postgres/a.ts': 'setTimeout(() => {}, 1)' }))).toEqual([])
  expect(bypasses(ROOT)).toEqual([])
})
