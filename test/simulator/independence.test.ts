import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const folder = new URL('../../src/simulator/', import.meta.url)

it('imports nothing but itself and Node: the oracle owes nothing to what it judges', () => {
  const imported = readdirSync(folder).flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, from]) => from),
  )
  expect(imported.length).toBeGreaterThan(50)
  expect(imported.filter((from) => !/^(?:\.\/[a-z-]+\.ts|node:[a-z/_]+)$/.test(from ?? ''))).toEqual([])
})
