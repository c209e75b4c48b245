import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'

const WELL_FORMED = /^sha256=[0-9a-f]{64}$/i

/** Whether a header has the form of a signature. */
export const isSignature = (signature: string | null): signature is string =>
  signature !== null && WELL_FORMED.test(signature)

/**
 * Answers whether one of the secrets signed exactly these bytes: `X-Hub-Signature-256` is `sha256=` and the hex HMAC-SHA256
 * of the raw body. Any of several secrets may match: Meta's pages name the app secret, Instagram Login is seen to sign with
 * the Instagram app secret, and a secret may be on its way out. Anything malformed is false.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/webhooks (May 5, 2026)
 */
export const signedWith = (secrets: readonly string[]): ((signature: string | null, body: Uint8Array) => boolean) => {
  // From a text the key would be made again for every body, which takes about as long as the digest of a message.
  const keys = secrets.map((secret) => createSecretKey(secret, 'utf8'))
  return (signature, body) => {
    if (!isSignature(signature)) return false
    const given = Buffer.from(signature.slice(7), 'hex')
    let signed = false
    // Every secret is tried, so that the time taken does not say which one matched.
    for (const key of keys) {
      // As a text: a buffer of its own would take longer than the digest.
      const digest = createHmac('sha256', key).update(body).digest('hex')
      if (timingSafeEqual(Buffer.from(digest, 'hex'), given)) signed = true
    }
    return signed
  }
}
