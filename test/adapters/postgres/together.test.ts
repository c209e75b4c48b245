import { expect, it } from 'vitest'
import { together } from '../../../src/adapters/postgres/together.ts'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'

it('asks at once what is asked in one turn, at most 64 questions, and gives each its answer', async () => {
  const asked: number[] = []
  const double = together(async (numbers: readonly number[]) => {
    asked.push(numbers.length)
    return numbers.map((number) => number * 2)
  })
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => double(n)))
  expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => n * 2))
  expect(await double(7)).toBe(14)
  expect(asked).toEqual([64, 36, 1])
})

it('fails those that asked together, and nobody after them', async () => {
  let fails = true
  const same = together(async (numbers: readonly number[]) => {
    if (fails) throw new Error('gone')
    return numbers
  })
  const errors = await Promise.all([same(1), same(2)].map(rejectionOf))
  expect(errors.map(({ message }) => message)).toEqual(['gone', 'gone'])
  fails = false
  expect(await same(3)).toBe(3)
})
