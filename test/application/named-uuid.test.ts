import fc from 'fast-check'
import { parse, v5 } from 'uuid'
import { expect, it } from 'vitest'
import { namedUuids } from '../../src/application/named-uuid.ts'
import { holds, tells } from '../holds.ts'

const NAMESPACE = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
const idOf = namedUuids(parse(NAMESPACE))

it('is the id of RFC 9562 for its example', () => {
  expect(idOf('www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2')
})

it('is the id that the library gives, for any name', () => {
  holds(
    fc.property(fc.string({ unit: 'binary', maxLength: 300, size: 'max' }), (name) => {
      tells(name.length > 1)
      expect(idOf(name)).toBe(v5(name, NAMESPACE))
    }),
    { floor: 0.7 },
  )
})

it.each(['a', 'é', 'あ', '😀'])('is the id that the library gives, for every length of %s', (unit) => {
  for (let length = 0; length <= 1_200; length++)
    expect(idOf(unit.repeat(length))).toBe(v5(unit.repeat(length), NAMESPACE))
})

it('holds nothing of the name before', () => {
  const short = idOf('short')
  idOf('x'.repeat(1_000))
  expect(idOf('short')).toBe(short)
})

it('refuses half of a surrogate pair as the library does', () => {
  expect(() => idOf('\ud800')).toThrow(URIError)
})
