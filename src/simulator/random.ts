/**
 * Chance that depends on what it is asked about, not on when.
 *
 * Every choice is a pure function of the seed and a key ("does the echo of this mid get lost?"), so two runs with one
 * seed agree even if their requests arrive in another order. A running generator could not promise that over real HTTP.
 */
export interface Chance {
  /** A number in [0, 1) for this key. */
  unit(...key: readonly unknown[]): number
  /** True with the given probability (0 never, 1 always). */
  happens(probability: number, ...key: readonly unknown[]): boolean
  /** A whole number in [low, high]. */
  between(low: number, high: number, ...key: readonly unknown[]): number
  /** One element of a list that is not empty. */
  pick<T>(list: readonly [T, ...T[]], ...key: readonly unknown[]): T
  /** `length` characters out of `alphabet`. */
  text(length: number, alphabet: string, ...key: readonly unknown[]): string
}

/** Chances that follow from `seed` (any finite number; its 32 low bits count). */
export const seededChance = (seed: number): Chance => {
  const unit = (...key: readonly unknown[]): number => hash53(key.join('\u001f'), seed) / 2 ** 53
  const between = (low: number, high: number, ...key: readonly unknown[]): number =>
    low + Math.floor(unit(...key) * (high - low + 1))
  return {
    unit,
    between,
    happens: (probability, ...key) => unit(...key) < probability,
    pick: (list, ...key) => list[between(0, list.length - 1, ...key)] ?? list[0],
    text: (length, alphabet, ...key) =>
      Array.from({ length }, (_, place) => alphabet[between(0, alphabet.length - 1, ...key, place)]).join(''),
  }
}

/** cyrb53, a public-domain 53-bit string hash: two multiply-xor lanes, mixed at the end. Not for secrets. */
const hash53 = (text: string, seed: number): number => {
  let a = 0xdeadbeef ^ seed
  let b = 0x41c6ce57 ^ seed
  for (let place = 0; place < text.length; place++) {
    const unit = text.charCodeAt(place)
    a = Math.imul(a ^ unit, 2654435761)
    b = Math.imul(b ^ unit, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return 2 ** 32 * (2097151 & b) + (a >>> 0)
}
