/** Bits of the filter: 4 MB. With 2 million keys 2 in 100 of those that are not there are looked for all the same, with 10 million 24. */
const BITS = 2 ** 25
const HASHES = 4

/**
 * Which keys builds may have that were begun here: most keys that a build asks for are new, and need not be looked for in the
 * file. A Bloom filter: it forgets none, and takes some for known that are not. It counts as long as nobody else writes to the file.
 */
export class KnownKeys {
  readonly #foreignVersion: () => number
  readonly #builds = new Set<number>()
  #bits: Uint32Array | undefined
  #version: number | undefined
  #first = 0
  #step = 0

  /** @param foreignVersion changes whenever somebody else has written */
  constructor(foreignVersion: () => number) {
    this.#foreignVersion = foreignVersion
  }

  /** From now on the keys of this build, which has none yet, are known. */
  begin(build: number): void {
    this.refresh()
    this.#version ??= this.#foreignVersion()
    this.#bits ??= new Uint32Array(BITS / 32)
    this.#builds.add(build)
  }

  add(build: number, key: string): void {
    const bits = this.#bits
    if (bits === undefined) return
    this.#hash(build, key)
    for (let n = 0, at = this.#first; n < HASHES; n += 1, at = (at + this.#step) % BITS)
      bits[at >>> 5]! |= 1 << (at & 31)
  }

  /** False: the build was begun here, and nothing was added under this key. */
  mayHave(build: number, key: string): boolean {
    const bits = this.#bits
    if (bits === undefined || !this.#builds.has(build)) return true
    this.#hash(build, key)
    for (let n = 0, at = this.#first; n < HASHES; n += 1, at = (at + this.#step) % BITS)
      if ((bits[at >>> 5]! & (1 << (at & 31))) === 0) return false
    return true
  }

  /** Forgets everything if somebody else has written. */
  refresh(): void {
    if (this.#version !== undefined && this.#foreignVersion() !== this.#version) this.forget()
  }

  forget(): void {
    this.#builds.clear()
    this.#bits = undefined
    this.#version = undefined
  }

  /** Two independent numbers of a key (FNV-1a, and the same with another prime). */
  #hash(build: number, key: string): void {
    let one = 0x811c9dc5 ^ build
    let other = 0x9e3779b9 ^ build
    for (let at = 0; at < key.length; at += 1) {
      const unit = key.charCodeAt(at)
      one = Math.imul(one ^ unit, 0x01000193)
      other = Math.imul(other ^ unit, 0x85ebca6b)
    }
    this.#first = (one ^ (one >>> 15)) >>> 7
    this.#step = ((other ^ (other >>> 15)) >>> 7) | 1
  }
}
