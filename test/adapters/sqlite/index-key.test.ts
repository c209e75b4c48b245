import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeEntry, encodeEntry, originalText, storableText } from '../../../src/adapters/index-key.ts'
import type { IndexPart } from '../../../src/application/ports/views.ts'
import { holds, tells } from '../../holds.ts'

const text = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 5 }).map((units) => String.fromCharCode(...units)),
  fc
    .array(
      fc.constantFrom(
        '\u0000',
        '\u0001',
        '\u0002',
        '\u0003',
        '0',
        'a',
        '\ud800',
        '\udc00',
        '\ue000',
        '\ue001',
        '\uffff',
      ),
      {
        maxLength: 4,
      },
    )
    .map((characters) => characters.join('')),
)
const number = fc.double({ noNaN: true, noDefaultInfinity: true })
const part = fc.oneof(fc.constant(null), number, fc.integer(), text)
const tuple = fc.array(part, { maxLength: 3 })

const codePoints = (value: string): readonly number[] => Array.from(value, (character) => character.codePointAt(0) ?? 0)

/** The order by its definition. */
const compare = (one: IndexPart, other: IndexPart): number => {
  const kind = (value: IndexPart): number => (value === null ? 0 : typeof value === 'number' ? 1 : 2)
  if (kind(one) !== kind(other)) return kind(one) - kind(other)
  if (typeof one === 'number' && typeof other === 'number') return one - other
  if (typeof one !== 'string' || typeof other !== 'string') return 0
  const [a, b] = [codePoints(one), codePoints(other)]
  const at = a.findIndex((point, index) => point !== b[index])
  return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1)
}

const compareTuples = (one: readonly IndexPart[], other: readonly IndexPart[]): number => {
  for (const [at, value] of one.entries()) {
    if (at >= other.length) return 1
    const order = compare(value, other[at] ?? null)
    if (order !== 0) return order
  }
  return one.length - other.length
}

it('gives every entry back', () => {
  holds(
    fc.property(tuple, (parts) => {
      tells(parts.length > 0)
      expect(decodeEntry(encodeEntry(parts))).toEqual(parts.map((value) => (Object.is(value, -0) ? 0 : value)))
    }),
    { floor: 0.5, numRuns: 2_000 },
  )
})

it('sorts entries as tuples, by UTF-16 units and by UTF-8 bytes alike', () => {
  holds(
    fc.property(tuple, tuple, (one, other) => {
      const [a, b] = [encodeEntry(one), encodeEntry(other)]
      const order = Math.sign(compareTuples(one, other))
      tells(order !== 0 && one.length > 0 && other.length > 0)
      expect(a < b ? -1 : a > b ? 1 : 0).toBe(order)
      expect(Buffer.compare(Buffer.from(a), Buffer.from(b))).toBe(order)
    }),
    { floor: 0.35, numRuns: 3_000 },
  )
})

it('makes any text storable: well-formed and without NUL, and gives it back', () => {
  holds(
    fc.property(text, (value) => {
      const stored = storableText(value)
      tells(stored !== value)
      expect([stored.isWellFormed(), stored.includes('\u0000'), originalText(stored)]).toEqual([true, false, value])
    }),
    { floor: 0.1, numRuns: 2_000 },
  )
})
