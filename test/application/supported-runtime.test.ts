import { expect, it } from 'vitest'
import { RuntimeTooOld } from 'madoguchi'
import { assertRuntime, type GlobalObject } from '../../src/application/supported-runtime.ts'

const WITHOUT = { Promise: {}, Map: {} }

const errorOn = (runtime: GlobalObject): unknown => {
  try {
    assertRuntime(runtime)
  } catch (error) {
    return error
  }
  return undefined
}

it('takes a runtime that has what the code needs, whatever it is called', () => {
  expect(errorOn(globalThis)).toBeUndefined()
  expect(errorOn({ Promise, Map })).toBeUndefined()
})

it.each([
  ['node 20.20.2', { ...WITHOUT, process: { versions: { node: '20.20.2', v8: '11.3' } } }],
  ['bun 1.0.0', { ...WITHOUT, process: { versions: { node: '20.8.0', bun: '1.0.0' } } }],
  ['this runtime', WITHOUT],
] as const)('refuses %s, and says what it lacks and what is needed', (running, runtime) => {
  const error = errorOn(runtime)
  expect(error).toBeInstanceOf(RuntimeTooOld)
  expect(error).toMatchObject({ name: 'RuntimeTooOld', running, lacks: ['Promise.withResolvers', 'Map.groupBy'] })
  expect(String(error)).toBe(
    `RuntimeTooOld: ${running} lacks Promise.withResolvers, Map.groupBy: Node 22.13 or newer is needed, or another runtime with ES2024`,
  )
})

it('names only what is lacking', () => {
  expect(errorOn({ Promise: {}, Map, process: { versions: { node: '21.7.3' } } })).toMatchObject({
    lacks: ['Promise.withResolvers'],
  })
})
