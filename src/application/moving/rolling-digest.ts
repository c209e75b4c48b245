import { systemRuntime } from '../ports/system-runtime.ts'

/** Lines that are digested together: whatever the pages were, the digest of the same lines is the same. */
const BLOCK = 1_000

const encoder = new TextEncoder()

/**
 * A digest of lines that goes on as they come: SHA-256 over the digest so far and the next 1,000 lines, each ended by U+000A;
 * it begins with 32 zero bytes, and the last block may be shorter.
 */
export class RollingDigest {
  #digest: Uint8Array<ArrayBuffer>
  #lines: string[] = []

  /** Goes on from a digest of whole blocks, as hexadecimal digits. */
  constructor(digest?: string) {
    this.#digest = digest === undefined ? new Uint8Array(32) : bytesOf(digest)
  }

  /** Answers with the digest so far whenever a block is full. */
  async add(line: string): Promise<string | undefined> {
    this.#lines.push(line)
    if (this.#lines.length < BLOCK) return undefined
    this.#digest = await this.#next()
    this.#lines = []
    return hexOf(this.#digest)
  }

  /** Of all lines until now, as 64 hexadecimal digits. */
  async value(): Promise<string> {
    return hexOf(this.#lines.length === 0 ? this.#digest : await this.#next())
  }

  async #next(): Promise<Uint8Array<ArrayBuffer>> {
    const lines = encoder.encode(`${this.#lines.join('\n')}\n`)
    const bytes = new Uint8Array(this.#digest.length + lines.length)
    bytes.set(this.#digest)
    bytes.set(lines, this.#digest.length)
    return systemRuntime.sha256(bytes)
  }
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const bytesOf = (hex: string): Uint8Array<ArrayBuffer> => {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new TypeError('not a digest of a log')
  return Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16))
}
