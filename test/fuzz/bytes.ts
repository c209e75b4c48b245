import type { Chance } from './chance.ts'

type Change = (chance: Chance, bytes: Buffer) => Buffer

const CHANGES: readonly Change[] = [
  // Truncated.
  (chance, bytes) => bytes.subarray(0, chance.below(bytes.length + 1)),
  (chance, bytes) => bytes.subarray(chance.below(bytes.length + 1)),
  // Flipped, inserted, doubled, taken out.
  (chance, bytes) => {
    const changed = Buffer.from(bytes)
    for (let times = 1 + chance.below(4); times > 0 && changed.length > 0; times--) {
      const at = chance.below(changed.length)
      changed[at] = changed[at]! ^ (1 << chance.below(8))
    }
    return changed
  },
  (chance, bytes) => {
    const at = chance.below(bytes.length + 1)
    const odd = Buffer.from(
      chance.pick([[0], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5], [0x2c], [0x5c], [0x22], [0x7b], [0x5d]]),
    )
    return Buffer.concat([bytes.subarray(0, at), odd, bytes.subarray(at)])
  },
  (chance, bytes) => {
    const from = chance.below(bytes.length + 1)
    const to = Math.min(bytes.length, from + chance.below(200))
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)])
  },
  (chance, bytes) => {
    const from = chance.below(bytes.length + 1)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + chance.below(40))])
  },
  // Other encodings.
  (_chance, bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le'),
  (_chance, bytes) => Buffer.from(bytes.toString('utf8'), 'latin1'),
  (_chance, bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
  (_chance, bytes) => Buffer.from(bytes.toString('base64'), 'utf8'),
  // More than one.
  (_chance, bytes) => Buffer.concat([bytes, bytes]),
  (_chance, bytes) => Buffer.concat([bytes, Buffer.from('\n')]),
  (chance) => Buffer.from(Array.from({ length: chance.below(64) }, () => chance.below(256))),
]

/** The bytes of a body, changed: some are no text, some no JSON, some JSON that says something else. */
export const changedBytes = (chance: Chance, bytes: Buffer): Buffer => chance.pick(CHANGES)(chance, bytes)
