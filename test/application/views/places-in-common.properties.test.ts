import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryViews } from '../../../src/adapters/memory/views.ts'
import type { IndexPlace } from '../../../src/application/ports/views.ts'
import { instantOf, newestPlaces, placesInCommon, type Stand } from '../../../src/application/views/places-in-common.ts'
import { holds, tells } from '../../holds.ts'

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

interface Page {
  readonly places: readonly IndexPlace[]
  readonly stand: Stand | undefined
  /** How many places were read for it. */
  readonly read: number
}

/** What one walk after the other finds, each from where the former one stood, to the end. */
const pagesInCommon = async (
  given: readonly Text[],
  words: readonly string[],
  piece: number,
  most: number,
): Promise<readonly Page[]> => {
  const views = await filled(given)
  const pages: Page[] = []
  do {
    let read = 0
    const reader = {
      places: async (query: Parameters<typeof views.places>[1]) => {
        const places = await views.places(VIEW, query)
        read += places.length
        return places
      },
    }
    const from = pages.at(-1)?.stand
    const walk = newestPlaces(
      CHANNELS.map((channel) => {
        const lists = words.map((word) => [channel, word])
        return placesInCommon(reader, lists, { from, piece, most })
      }),
    )
    const places: IndexPlace[] = []
    let step = await walk.next()
    for (; step.done !== true; step = await walk.next()) places.push(step.value)
    pages.push({ places, stand: step.value, read })
  } while (pages.at(-1)?.stand !== undefined && pages.length < 1_000)
  return pages
}

const inCommon = async (...asked: Parameters<typeof pagesInCommon>): Promise<readonly IndexPlace[]> =>
  (await pagesInCommon(...asked)).flatMap(({ places }) => places)

describe('places in common', () => {
  const words = fc.subarray(WORDS, { minLength: 1 })
  const piece = fc.integer({ min: 1, max: 5 })

  it('are all documents that have all words, the newest first', async () => {
    await holds(
      fc.asyncProperty(texts, words, piece, async (given, asked, size) => {
        const expected = given
          .filter((text) => asked.every((word) => text.words.includes(word)))
          .toSorted((one, other) => other.at - one.at || byCodePoints(other.key, one.key))
        const found = await inCommon(given, asked, size, Infinity)
        tells(found.length > 0)
        expect(found.map((place) => [place.key, instantOf(place)])).toEqual(expected.map(({ key, at }) => [key, at]))
      }),
      { floor: 0.2 },
    )
  })

  it('are the same on pages of any size, and each page comes further', async () => {
    await holds(
      fc.asyncProperty(texts, words, piece, fc.nat(12), async (given, asked, size, most) => {
        const pages = await pagesInCommon(given, asked, size, most)
        expect(pages.length).toBeLessThan(200)
        tells(pages.length > 1)
        const paged = pages.flatMap(({ places }) => places.map(({ key }) => key))
        expect(paged).toEqual((await inCommon(given, asked, size, Infinity)).map(({ key }) => key))
        const stands = pages.map(({ stand }) => JSON.stringify(stand))
        expect(new Set(stands).size).toBe(stands.length)
      }),
      { floor: 0.08 },
    )
  })

  it('are looked for in no more places than a page may read', async () => {
    const apart = Array.from({ length: 4_000 }, (_, n): Text => {
      return { key: `k${n}`, channel: 'one', words: [n % 2 === 0 ? 'a' : 'b'], at: n }
    })
    const pages = await pagesInCommon(
      [...apart, { key: 'old', channel: 'one', words: ['a', 'b'], at: -1 }],
      ['a', 'b'],
      10,
      300,
    )
    expect(pages.flatMap(({ places }) => places.map(({ key }) => key))).toEqual(['old'])
    expect(pages.length).toBeGreaterThan(10)
    for (const { read } of pages) expect(read).toBeLessThanOrEqual(300)
  })

  it('leaps over what only the more common word has', async () => {
    const seldom = 50
    const given = Array.from({ length: 20_000 }, (_, n): Text => {
      return { key: `k${n}`, channel: 'one', words: n % (20_000 / seldom) === 0 ? ['a', 'b'] : ['a'], at: n }
    })
    const [page] = await pagesInCommon(given, ['a', 'b'], 50, 5_000)
    expect(page).toMatchObject({ stand: undefined, places: { length: seldom } })
  })

  it('of one channel take nothing from those of another', async () => {
    const busy = Array.from({ length: 2_000 }, (_, n): Text => {
      return { key: `busy ${n}`, channel: 'one', words: [n % 2 === 0 ? 'a' : 'b'], at: n }
    })
    const quiet = Array.from({ length: 100 }, (_, n): Text => {
      return { key: `quiet ${n}`, channel: 'two', words: ['a', 'b'], at: 3_000 + n }
    })
    const [page] = await pagesInCommon([...busy, ...quiet], ['a', 'b'], 10, 300)
    expect(page?.places).toHaveLength(100)
  })
})
