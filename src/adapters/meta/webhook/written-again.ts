import type { Platform } from '../../../application/ports/platform.ts'

/** Bytes above which nobody looks: every variant is a digest of the whole body. */
const LARGEST = 262_144

const slashes = (text: string): string => text.replaceAll('/', '\\/')
const escapes = (text: string): string =>
  text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** How Meta may have written what a JSON parser has read: with `\/` and lower-case escapes, and for good measure without one of them. */
const variants: readonly ((text: string) => string)[] = [
  (text) => escapes(slashes(text)),
  escapes,
  slashes,
  (text) => text,
]

/**
 * Whether a signature is right for the body as Meta would have written it: then a body parser read it and wrote it again.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/webhooks ("Validate Payloads", May 5, 2026)
 */
export const isWrittenAgain =
  (verify: Platform['verify']): Platform['isWrittenAgain'] =>
  (signature, body) => {
    if (body.byteLength > LARGEST) return false
    try {
      const text = JSON.stringify(JSON.parse(new TextDecoder().decode(body)))
      return variants.some((variant) => verify(signature, new TextEncoder().encode(variant(text))))
    } catch {
      return false
    }
  }
