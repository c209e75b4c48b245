import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryViews } from '../../../src/adapters/memory/views.ts'
import type { IndexPlace } from '../../../src/application/ports/views.ts'
import { instantOf, newestPlaces, placesInCommon } from '../../../src/application/views/places-in-common.ts'

const VIEW = { name: 'texts', version: 1 }
const CHANNELS = ['one', 'two']
const WORDS = ['a', 'b', 'c']

interface Text {
  readonly key: string
  readonly channel: string
  readonly words: readonly string[]
  readonly at: number
}

/** Few instants, so that many documents have the same; keys that sort otherwise by UTF-16 units than by code points. */
const texts = fc.uniqueArray(
  fc.record({
    key: fc.string({ unit: fc.constantFrom('x', 'y', '\uff5e', '\u{1f469}'), minLength: 1, maxLength: 4 }),
    channel: fc.constantFrom(...CHANNELS),
    words: fc.subarray(WORDS),
    at: fc.nat(12),
  }),
  { selector: ({ key }) => key, maxLength: 60 },
)

const filled = async (given: readonly Text[]): Promise<ReturnType<typeof memoryViews>> => {
  const views = memoryViews()
  const puts = given.map(({ key, channel, words, at }) => ({
    key,
    document: null,
    entries: { search: words.map((word) => [channel, word, at]) },
  }))
  await views.commit([{ view: VIEW, from: undefined, to: { position: '1', eventId: 'e' }, puts, deletes: [] }])
  return views
}

const byCodePoints = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other))

const inCommon = async (
  given: readonly Text[],
  words: readonly string[],
  piece: number,
  most: number,
): Promise<readonly IndexPlace[]> => {
  const views = await filled(given)
  const reader = { places: (query: Parameters<typeof views.places>[1]) => views.places(VIEW, query) }
  const walks = CHANNELS.map((channel) =>
    placesInCommon(
      reader,
      words.map((word) => [channel, word]),
      { piece, most },
    ),
  )
  const found: IndexPlace[] = []
  for await (const place of newestPlaces(walks)) found.push(place)
  return found
}

describe('places in common', () => {
  const words = fc.subarray(WORDS, { minLength: 1 })
  const piece = fc.integer({ min: 1, max: 5 })

  it('are all documents that have all words, the newest first', async () => {
    await fc.assert(
      fc.asyncProperty(texts, words, piece, async (given, asked, size) => {
        const expected = given
          .filter((text) => asked.every((word) => text.words.includes(word)))
          .toSorted((one, other) => other.at - one.at || byCodePoints(other.key, one.key))
        const found = await inCommon(given, asked, size, Infinity)
        expect(found.map((place) => [place.key, instantOf(place)])).toEqual(expected.map(({ key, at }) => [key, at]))
      }),
    )
  })

  it('reads no more places than it may, and gives nothing that has not all words', async () => {
    await fc.assert(
      fc.asyncProperty(texts, words, piece, fc.nat(40), async (given, asked, size, most) => {
        const found = await inCommon(given, asked, size, most)
        expect(found.length * asked.length).toBeLessThanOrEqual(CHANNELS.length * most)
        for (const { key } of found)
          expect(given.find((text) => text.key === key)?.words).toEqual(expect.arrayContaining([...asked]))
      }),
    )
  })

  it('leaps over what only the more common word has', async () => {
    const seldom = 50
    const given = Array.from({ length: 20_000 }, (_, n): Text => {
      return { key: `k${n}`, channel: 'one', words: n % (20_000 / seldom) === 0 ? ['a', 'b'] : ['a'], at: n }
    })
    const found = await inCommon(given, ['a', 'b'], 50, 5_000)
    expect(found).toHaveLength(seldom)
  })

  it('of one channel take nothing from those of another', async () => {
    const busy = Array.from({ length: 2_000 }, (_, n): Text => {
      return { key: `busy ${n}`, channel: 'one', words: [n % 2 === 0 ? 'a' : 'b'], at: n }
    })
    const quiet = Array.from({ length: 100 }, (_, n): Text => {
      return { key: `quiet ${n}`, channel: 'two', words: ['a', 'b'], at: 3_000 + n }
    })
    expect(await inCommon([...busy, ...quiet], ['a', 'b'], 10, 300)).toHaveLength(100)
  })
})
