import { createHmac, timingSafeEqual } from 'node:crypto'

const WELL_FORMED = /^sha256=[0-9a-f]{64}$/i

/**
 * Whether one of the secrets signed exactly these bytes: `X-Hub-Signature-256` is `sha256=` and the hex HMAC-SHA256 of
 * the raw body. Any of several secrets may match: Meta's pages name the app secret, Instagram Login is seen to sign with
 * the Instagram app secret, and a secret may be on its way out. Anything malformed is false.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/webhooks (May 5, 2026)
 */
export const isSigned = (signature: string | null, body: Uint8Array, secrets: readonly string[]): boolean => {
  if (signature === null || !WELL_FORMED.test(signature)) return false
  const given = Buffer.from(signature.slice(7), 'hex')
  let signed = false
  // Every secret is tried, so that the time taken does not say which one matched.
  for (const secret of secrets) {
    if (timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given)) signed = true
  }
  return signed
}
