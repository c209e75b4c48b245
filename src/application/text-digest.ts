import type { Keys } from './ports/keys.ts'
import type { Runtime } from './ports/runtime.ts'

/** Keyed digests of texts: they join an echo with an attempt of equal text, and tell nothing to who has no key. */
export type TextDigest = (text: string) => Promise<string>

export const textDigests = (keys: Keys, runtime: Pick<Runtime, 'hmacSha256'>): TextDigest => {
  let key: Promise<Uint8Array> | undefined
  return async (text) => {
    key ??= keys.digestKey().catch((error: unknown) => {
      // What could not be read once may be there the next time.
      key = undefined
      throw error
    })
    // Meta trims what it takes; white space at the ends says nothing.
    const bytes = new TextEncoder().encode(text.trim().normalize('NFC'))
    const digest = runtime.hmacSha256(await key, bytes)
    return btoa(String.fromCharCode(...digest.subarray(0, 18)))
  }
}
