import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRuntime } from 'madoguchi'
import type { Actor } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { canonical } from '../../src/application/commands/canonical.ts'
import { commandKey, idOfRequest } from '../../src/application/commands/command-key.ts'
import { contentDigests } from '../../src/application/text-digest.ts'
import { holds, tells } from '../holds.ts'

const aki: Actor = { kind: 'agent', id: 'aki', organizationId: 'acme' }
const ben: Actor = { kind: 'agent', id: 'ben', organizationId: 'acme' }
const digest = contentDigests(memory().keys, systemRuntime)
const use = (actor: Actor, command: string, key: string | undefined, content: object = {}) =>
  commandKey(digest, actor, command, key, content)

describe('an idempotency key', () => {
  it('is the same for the same command of the same person', async () => {
    expect(await use(aki, 'PickUp', 'k')).toEqual(await use(aki, 'PickUp', 'k'))
    expect(await use(aki, 'PickUp', undefined)).toEqual({})
  })

  it('answers for no other command and for nobody else', async () => {
    const keys = await Promise.all([
      use(aki, 'PickUp', 'k'),
      use(aki, 'QueueReply', 'k'),
      use(ben, 'PickUp', 'k'),
      use({ ...aki, organizationId: 'other' }, 'PickUp', 'k'),
      use({ ...aki, kind: 'administrator' }, 'PickUp', 'k'),
    ])
    expect(new Set(keys.map(({ key }) => key)).size).toBe(5)
    const id = (actor: Actor) => idOfRequest(systemRuntime, actor, 'reply', 'c', 'k')
    expect(id(aki)).not.toBe(id(ben))
  })

  it('of 1 to 200 characters is taken, any other is refused', async () => {
    expect((await use(aki, 'PickUp', 'k'.repeat(200))).key).toBeDefined()
    for (const key of ['', 'k'.repeat(201), 7 as unknown as string]) {
      await expect(use(aki, 'PickUp', key)).rejects.toMatchObject({ code: 'invalid', facts: { field: 'key' } })
    }
  })
})

describe('what it was used for', () => {
  it('is kept as a digest that tells nothing: keyed, and of the idempotency key too', async () => {
    const asked = { text: 'Yes' }
    const [one, again, otherKey, otherDesk] = await Promise.all([
      use(aki, 'QueueReply', 'k', asked),
      use(aki, 'QueueReply', 'k', asked),
      use(aki, 'QueueReply', 'l', asked),
      commandKey(contentDigests(memory().keys, systemRuntime), aki, 'QueueReply', 'k', asked),
    ])
    expect(one.content).toMatch(/^[\w+/]{24}$/)
    expect(again.content).toBe(one.content)
    expect(otherKey.content).not.toBe(one.content)
    expect(otherDesk.content).not.toBe(one.content)
  })

  it('has one text for equal values, and another one for any other', () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled)
      if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
      const members = Object.entries(value).map(([name, member]): [string, unknown] => [name, shuffled(member)])
      return Object.fromEntries([...members.toReversed(), ['left out', undefined]])
    }
    const json = fc.jsonValue()
    holds(
      fc.property(json, (value) => {
        tells(JSON.stringify(shuffled(value)) !== JSON.stringify(value))
        expect(canonical(shuffled(value))).toBe(canonical(value))
      }),
      { floor: 0.05 },
    )
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
    const isSame = (one: unknown, other: unknown) => isDeepStrictEqual(plain(one), plain(other))
    holds(
      fc.property(json, fc.option(json, { freq: 3, nil: undefined }), (one, drawn) => {
        const other = drawn ?? shuffled(one)
        tells(!isSame(one, other))
        expect(canonical(one) === canonical(other)).toBe(isSame(one, other))
      }),
      { floor: 0.4 },
    )
    expect(canonical(new Uint8Array([1, 255]))).not.toBe(canonical('01ff'))
    expect(canonical({ a: [undefined] })).toBe(canonical({ a: [null] }))
    expect(canonical('\ud800')).not.toBe(canonical('\udfff'))
  })
})
