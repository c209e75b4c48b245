import { createHmac } from 'node:crypto'
import type { Json } from './json.ts'

/**
 * A webhook body as Meta puts it on the wire: compact, every non-ASCII UTF-16 unit as lower-case `\uXXXX`, `/` as `\/`.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/webhooks ("Validate Payloads", page of May 5, 2026)
 */
export const toWire = (body: Json): string =>
  JSON.stringify(body)
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

/**
 * The `X-Hub-Signature-256` header for exactly these bytes: `sha256=` and the HMAC-SHA256 in lower-case hex.
 *
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started ("Event Notifications")
 */
export const signature256 = (rawBody: string | Uint8Array, appSecret: string): string =>
  `sha256=${createHmac('sha256', appSecret).update(rawBody).digest('hex')}`

/** The older `X-Hub-Signature` header (SHA-1), which Meta still sends beside the newer one. */
export const signature1 = (rawBody: string | Uint8Array, appSecret: string): string =>
  `sha1=${createHmac('sha1', appSecret).update(rawBody).digest('hex')}`

/**
 * A `signed_request` as Meta posts it to the deauthorize and data deletion callbacks:
 * base64url(HMAC-SHA256 of the encoded payload), a dot, base64url(JSON); no padding.
 *
 * @see https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
 */
export const signedRequest = (payload: Json, appSecret: string): string => {
  const encoded = Buffer.from(JSON.stringify(payload)).toString('base64url')
  return `${createHmac('sha256', appSecret).update(encoded).digest('base64url')}.${encoded}`
}
