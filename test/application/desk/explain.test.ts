import { describe, expect, it } from 'vitest'
import { explain } from 'madoguchi'

const HOUR = 3_600_000
const noon = 1_788_858_000_000

describe('a refusal in words', () => {
  it('says when the window ended and what opens it again', () => {
    const facts = { anchor: noon, expiredAt: noon + 168 * HOUR, attemptedAt: noon + 170 * HOUR }
    expect(explain({ code: 'window-expired', facts }, noon + 170 * HOUR)).toBe(
      'The customer last wrote 7 days ago, and the 7 days to answer ended 2 hours ago. Writing is possible again as soon as the customer writes.',
    )
  })

  it('names the field, the limit and what was given', () => {
    const facts = { field: 'text', limit: 1_600, actual: 1_601, unit: 'code points' } as const
    expect(explain({ code: 'too-long', facts }, noon)).toBe('text has 1601 code points; at most 1600 are allowed.')
  })

  it('tells nothing else to who is not associated', () => {
    expect(explain({ code: 'not-associated', facts: {} }, noon)).toBe('Only agents of the channel may do this.')
  })
})
