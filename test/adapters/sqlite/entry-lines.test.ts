import fc from 'fast-check'
import { expect, it } from 'vitest'
import { entryLine, joinLines, linesOf, readLine } from '../../../src/adapters/sqlite/entry-lines.ts'
import { encodeEntry } from '../../../src/adapters/index-key.ts'
import { holds, tells } from '../../holds.ts'

const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a', 'ab', '\u0002;', ';', '0 ', '1 a', '', '\u0000', '\u0001'),
  fc.integer(),
  fc.constant(null),
)
const line = fc.tuple(fc.nat(40), fc.array(part, { maxLength: 4 })).map(([index, parts]) => ({
  index,
  entry: encodeEntry(parts),
}))

it('gives back the entries of a document, whatever they hold and share', () =>
  holds(
    fc.property(fc.array(line, { maxLength: 8 }), (entries) => {
      tells(entries.length > 1)
      const lines = entries.map(({ index, entry }) => entryLine(index, entry))
      expect(linesOf(joinLines(lines)).map(readLine)).toEqual(entries)
    }),
    { floor: 0.5 },
  ))

it('writes once what entries share', () => {
  const channel = 'c'.repeat(36)
  const lines = ['hello', 'help', 'world'].map((token) => entryLine(7, encodeEntry([channel, token, 1])))
  expect(joinLines(lines).split(channel)).toHaveLength(2)
})
