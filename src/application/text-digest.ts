import type { Keys } from './ports/keys.ts'

/** Keyed digests of texts: they join an echo with an attempt of equal text, and tell nothing to who has no key. */
export type TextDigest = (text: string) => Promise<string>

export const textDigests = (keys: Keys): TextDigest => {
  let key: ReturnType<typeof crypto.subtle.importKey> | undefined
  const read = async (): ReturnType<typeof crypto.subtle.importKey> => {
    const bytes = (await keys.digestKey()) as Uint8Array<ArrayBuffer>
    return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  }
  return async (text) => {
    key ??= read().catch((error: unknown) => {
      // What could not be read once may be there the next time.
      key = undefined
      throw error
    })
    // Meta trims what it takes; white space at the ends says nothing.
    const bytes = new TextEncoder().encode(text.trim().normalize('NFC'))
    const digest = new Uint8Array(await crypto.subtle.sign('HMAC', await key, bytes))
    return btoa(String.fromCharCode(...digest.subarray(0, 18)))
  }
}
