import { describe, expect, it } from 'vitest'
import { systemRuntime } from 'madoguchi'
import type { Actor } from 'madoguchi'
import { commandKey, idOfRequest } from '../../src/application/commands/command-key.ts'

const aki: Actor = { kind: 'agent', id: 'aki', organizationId: 'acme' }
const ben: Actor = { kind: 'agent', id: 'ben', organizationId: 'acme' }

describe('an idempotency key', () => {
  it('is the same for the same command of the same person', () => {
    expect(commandKey(aki, 'PickUp', 'k')).toEqual(commandKey(aki, 'PickUp', 'k'))
    expect(commandKey(aki, 'PickUp', undefined)).toEqual({})
  })

  it('answers for no other command and for nobody else', () => {
    const keys = [
      commandKey(aki, 'PickUp', 'k'),
      commandKey(aki, 'QueueReply', 'k'),
      commandKey(ben, 'PickUp', 'k'),
      commandKey({ ...aki, organizationId: 'other' }, 'PickUp', 'k'),
      commandKey({ ...aki, kind: 'administrator' }, 'PickUp', 'k'),
    ]
    expect(new Set(keys.map(({ key }) => key)).size).toBe(5)
    expect(idOfRequest(systemRuntime, aki, 'reply', 'c', 'k')).not.toBe(
      idOfRequest(systemRuntime, ben, 'reply', 'c', 'k'),
    )
  })

  it('of 1 to 200 characters is taken, any other is refused', () => {
    expect(commandKey(aki, 'PickUp', 'k'.repeat(200)).key).toBeDefined()
    for (const key of ['', 'k'.repeat(201), 7 as unknown as string]) {
      expect(() => commandKey(aki, 'PickUp', key)).toThrow(
        expect.objectContaining({ code: 'invalid', facts: expect.objectContaining({ field: 'key' }) }),
      )
    }
  })
})
