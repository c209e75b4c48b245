/** Seeded chance: the same seed and place give the same choices, in every process. */
export class Chance {
  #state: number

  constructor(seed: number, place = 0) {
    this.#state = mix(mix(seed | 0) ^ (place | 0))
  }

  /** 32 random bits. */
  bits(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    return mix(this.#state) >>> 0
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor((this.bits() / 0x1_0000_0000) * bound)
  }

  /** True once in so many times. */
  once(inSoMany: number): boolean {
    return this.below(inSoMany) === 0
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!
  }
}

/** The finalizer of MurmurHash3 with constants of SplitMix: every input bit changes half of the output bits. */
const mix = (value: number): number => {
  let bits = Math.imul(value ^ (value >>> 16), 0x21f0aaad)
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
  return (bits ^ (bits >>> 15)) | 0
}
