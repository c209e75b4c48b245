import { v5 } from 'uuid'

/** Longest name, in UTF-16 code units, that is digested here. */
const LONGEST = 1_024
const BLOCK = 64
const MOST_BYTES_PER_UNIT = 3

const encoder = new TextEncoder()
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * Makes ids from names in one namespace: UUID version 5 (RFC 9562), the same as `v5` of `uuid`.
 *
 * An id is a SHA-1, which a rule cannot wait for as Web Crypto would have it, and `uuid` spends most of its time around the digest
 * and not in it. Names of usual length are digested here, in memory that is used again; others are left to `uuid`, as are
 * names without UTF-8, which it refuses.
 */
export const namedUuids = (namespace: Uint8Array): ((name: string) => string) => {
  const prefix = namespace.byteLength
  const bytes = new Uint8Array(Math.ceil((prefix + LONGEST * MOST_BYTES_PER_UNIT + 9) / BLOCK) * BLOCK)
  bytes.set(namespace)
  const input = new DataView(bytes.buffer)
  const place = bytes.subarray(prefix)
  return (name) => {
    if (!name.isWellFormed()) return v5(name, namespace)
    if (name.length > LONGEST) return v5(encoder.encode(name), namespace)
    const length = prefix + encoder.encodeInto(name, place).written
    const end = Math.ceil((length + 9) / BLOCK) * BLOCK
    bytes[length] = 0x80
    bytes.fill(0, length + 1, end)
    input.setUint32(end - 4, length * 8)
    digest(input, end)
    return uuidOf()
  }
}

const sum = new Int32Array(5)
const words = new Int32Array(80)

/** SHA-1 of padded blocks, into `sum`. @see https://www.rfc-editor.org/rfc/rfc3174 (method 1) */
const digest = (input: DataView, end: number): void => {
  let h0 = 0x67452301
  let h1 = 0xefcdab89 | 0
  let h2 = 0x98badcfe | 0
  let h3 = 0x10325476
  let h4 = 0xc3d2e1f0 | 0
  for (let block = 0; block < end; block += BLOCK) {
    for (let at = 0; at < 16; at++) words[at] = input.getInt32(block + at * 4)
    for (let at = 16; at < 80; at++) {
      const mixed = words[at - 3]! ^ words[at - 8]! ^ words[at - 14]! ^ words[at - 16]!
      words[at] = (mixed << 1) | (mixed >>> 31)
    }
    let a = h0
    let b = h1
    let c = h2
    let d = h3
    let e = h4
    for (let at = 0; at < 80; at++) {
      const f =
        at < 20
          ? ((b & c) | (~b & d)) + 0x5a827999
          : at < 40
            ? (b ^ c ^ d) + 0x6ed9eba1
            : at < 60
              ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
              : (b ^ c ^ d) + 0xca62c1d6
      const next = (((a << 5) | (a >>> 27)) + f + e + words[at]!) | 0
      e = d
      d = c
      c = (b << 30) | (b >>> 2)
      b = a
      a = next
    }
    h0 = (h0 + a) | 0
    h1 = (h1 + b) | 0
    h2 = (h2 + c) | 0
    h3 = (h3 + d) | 0
    h4 = (h4 + e) | 0
  }
  sum[0] = h0
  sum[1] = h1
  sum[2] = h2
  sum[3] = h3
  sum[4] = h4
}

const VERSION = 0x5000
const VARIANT = 0x80000000

/** The first 16 of the 20 bytes, with the bits of a UUID of version 5. */
const uuidOf = (): string => {
  const time = (sum[1]! & 0xffff0fff) | VERSION
  const sequence = (sum[2]! & 0x3fffffff) | VARIANT
  return `${pair(sum[0]! >>> 16)}${pair(sum[0]!)}-${pair(time >>> 16)}-${pair(time)}-${pair(sequence >>> 16)}-${pair(sequence)}${pair(sum[3]! >>> 16)}${pair(sum[3]!)}`
}

const pair = (word: number): string => hex[(word >>> 8) & 0xff]! + hex[word & 0xff]!
