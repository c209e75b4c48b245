import { describe, expect, it } from 'vitest'
import { isRefusal, Refusal, refuse } from '../../src/domain/refusal.ts'

/** The same module once more, as a host has it whose dependencies brought a second copy of the package. */
const secondCopy = async (): Promise<{ readonly Refusal: typeof Refusal }> => {
  const path = '../../src/domain/refusal.ts?second-copy'
  return (await import(/* @vite-ignore */ path)) as { readonly Refusal: typeof Refusal }
}

describe('a refusal', () => {
  it('names its reason as a code with facts, which its message repeats', () => {
    const error = new Refusal('channel-limit', { limit: 2, live: 2 })
    expect(error).toMatchObject({ name: 'Refusal', code: 'channel-limit', facts: { limit: 2, live: 2 } })
    expect(error.message).toBe('channel-limit {"limit":2,"live":2}')
    expect(() => refuse('blocked', {})).toThrow(expect.objectContaining({ code: 'blocked' }))
  })

  it('is recognised across two copies of the package, by its code too', async () => {
    const { Refusal: Other } = await secondCopy()
    expect(Other).not.toBe(Refusal)
    const error: unknown = new Other('already-converted', { ticketId: 't' })
    expect(error instanceof Refusal).toBe(false)
    expect([isRefusal(error), isRefusal(error, 'already-converted'), isRefusal(error, 'blocked')]).toEqual([
      true,
      true,
      false,
    ])
  })

  it('is nothing that only looks like one', () => {
    for (const thing of [
      new Error('blocked'),
      { code: 'blocked' },
      { isMadoguchiRefusal: 'yes' },
      null,
      undefined,
      'x',
    ])
      expect(isRefusal(thing)).toBe(false)
  })
})
