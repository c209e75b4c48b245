import { expect, it } from 'vitest'
import { systemRuntime } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { textDigests } from '../../src/application/text-digest.ts'

it('reads its key once, and again if it could not be read', async () => {
  const { keys } = memory()
  let reads = 0
  const digest = textDigests(
    {
      ...keys,
      digestKey: async () => {
        reads += 1
        if (reads <= 2) throw new Error('gone')
        return keys.digestKey()
      },
    },
    systemRuntime,
  )
  await expect(digest('Hello')).rejects.toThrow('gone')
  await expect(Promise.all([digest('Hello'), digest('Hello')])).rejects.toThrow('gone')
  const same = await Promise.all([digest('Hello'), digest(' Hello '), digest('Hello')])
  expect(new Set(same).size).toBe(1)
  expect(await digest('Other')).not.toBe(same[0])
  expect(reads).toBe(3)
})
