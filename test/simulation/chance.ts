/** Seeded randomness: the same seed gives the same numbers, and a fork by name gives numbers that others do not shift. */
export interface Chance {
  /** From 0 (inclusive) to 1 (exclusive). */
  unit(): number
  /** A whole number in [low, high]. */
  between(low: number, high: number): number
  happens(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
  /** By weight; the weights need not sum to 1. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name
  bytes(size: number): Uint8Array<ArrayBuffer>
  fork(name: string): Chance
}

/** FNV-1a, to make a seed from a seed and a name. */
const hash = (text: string, seed: number): number => {
  let value = (0x811c9dc5 ^ seed) >>> 0
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0
  return value
}

/** sfc32 by Chris Doty-Humphrey (public domain): fast, with a long period. */
export const chanceOf = (seed: number): Chance => {
  let a = seed | 0
  let b = (seed / 2 ** 32) | 0
  let c = 0x9e3779b9 | 0
  let d = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return sum >>> 0
  }
  for (let warm = 0; warm < 12; warm++) next()
  const unit = (): number => next() / 2 ** 32
  const between = (low: number, high: number): number => low + Math.floor(unit() * (high - low + 1))
  return {
    unit,
    between,
    happens: (probability) => unit() < probability,
    pick: (items) => items[between(0, items.length - 1)]!,
    weighted: (weights) => {
      const all = Object.entries(weights) as [keyof typeof weights, number][]
      let left = unit() * all.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [name, weight] of all) if ((left -= weight) < 0) return name
      return all.at(-1)![0]
    },
    bytes: (size) => Uint8Array.from({ length: size }, () => next() & 0xff),
    fork: (name) => chanceOf(hash(name, seed)),
  }
}
