import type { Random } from './random.ts'

const SYLLABLES = 'ka to mi ne sol ver ran del pu shi gra mo len ti bor wes qua fin jo ly'.split(' ')
const WORDS: readonly string[] = Array.from({ length: 4_000 }, (_, at) => {
  let word = ''
  for (let rest = at + 20; rest > 0; rest = Math.floor(rest / SYLLABLES.length)) {
    word += SYLLABLES[rest % SYLLABLES.length]!
  }
  return word
})
const KANA: readonly string[] = Array.from(
  'あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん商品注文届予約店返色',
)

/** Few words often, many seldom, as people write. */
const word = (random: Random): string => WORDS[Math.floor(WORDS.length * random.next() ** 3)]!

/** What a customer writes: mostly one short sentence, now and then a paragraph; every fifth without spaces. */
export const customerText = (random: Random): string => {
  const long = random.chance(0.1)
  const length = long ? 20 + random.below(40) : 2 + random.below(14)
  if (random.chance(0.2)) return Array.from({ length: length * 2 }, () => random.of(KANA)).join('')
  return Array.from({ length }, () => word(random)).join(' ')
}

/** What an agent writes: somewhat longer. */
export const agentText = (random: Random): string =>
  Array.from({ length: 6 + random.below(24) }, () => word(random)).join(' ')

/** A word so common that even the smallest desk has a page of it. */
export const commonWord = (random: Random): string => WORDS[random.below(4)]!

/** A word that few have written. */
export const seldomWord = (random: Random): string => WORDS[WORDS.length - 1 - random.below(400)]!
