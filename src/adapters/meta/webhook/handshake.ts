import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * Meta's handshake: the challenge, if this is a subscription with our verify token. Answer it as `text/plain`, else 403.
 *
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started (read 2026-09)
 */
export const readHandshake = (url: URL, verifyToken: string): string | undefined => {
  const query = url.searchParams
  if (query.get('hub.mode') !== 'subscribe') return undefined
  const challenge = query.get('hub.challenge')
  if (!challenge || !sameText(query.get('hub.verify_token') ?? '', verifyToken)) return undefined
  return challenge
}

// Digests have one length, so that the comparison tells nothing about the length of the token either.
const sameText = (given: string, expected: string): boolean => timingSafeEqual(digest(given), digest(expected))
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
