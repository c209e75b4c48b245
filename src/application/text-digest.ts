import { normalized } from '../domain/text.ts'
import type { Keys } from './ports/keys.ts'
import type { Runtime } from './ports/runtime.ts'

/** Keyed digests of texts: they join an echo with an attempt of equal text, and tell nothing to who has no key. */
export type TextDigest = (text: string) => Promise<string>

const keyedDigests = (keys: Keys, runtime: Pick<Runtime, 'hmacSha256'>): TextDigest => {
  let key: Promise<Uint8Array> | undefined
  return async (text) => {
    key ??= keys.digestKey().catch((error: unknown) => {
      // What could not be read once may be there the next time.
      key = undefined
      throw error
    })
    const digest = runtime.hmacSha256(await key, new TextEncoder().encode(text))
    return btoa(String.fromCharCode(...digest.subarray(0, 18)))
  }
}

export const textDigests = (keys: Keys, runtime: Pick<Runtime, 'hmacSha256'>): TextDigest => {
  const digest = keyedDigests(keys, runtime)
  // Meta trims what it takes; white space at the ends says nothing.
  return (text) => digest(normalized(text.trim(), 'NFC'))
}

/**
 * Keyed digests of what a command asked for. The idempotency key is part of what is digested, so equal contents of two commands cannot
 * be told from different ones.
 */
export type ContentDigest = (commandKey: string, canonicalContent: string) => Promise<string>

export const contentDigests = (keys: Keys, runtime: Pick<Runtime, 'hmacSha256'>): ContentDigest => {
  const digest = keyedDigests(keys, runtime)
  return (commandKey, canonicalContent) => digest(`command ${commandKey} ${canonicalContent}`)
}
