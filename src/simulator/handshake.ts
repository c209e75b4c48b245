import type { Answer } from './ledger.ts'
import { type SimulatorRuntime, within } from './runtime.ts'
import type { WebhookTarget } from './webhook-post.ts'

/** How the app took the handshake. */
export interface Handshake {
  /** 200, and the challenge as the whole body. */
  readonly verified: boolean
  readonly answer: Answer
}

/**
 * `GET <callback>?hub.mode=subscribe&hub.verify_token=...&hub.challenge=...`, as Meta does when a callback is saved.
 *
 * @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started ("Verification Requests")
 */
export const shakeHands = async (
  runtime: SimulatorRuntime,
  target: WebhookTarget | undefined,
  verifyToken: string,
  challenge: string,
  timeoutMs: number,
): Promise<Handshake> => {
  if (target === undefined) return { verified: false, answer: { kind: 'no-answer', reason: 'no webhook' } }
  const url = new URL(typeof target === 'string' ? target : 'http://app.invalid/')
  url.searchParams.set('hub.mode', 'subscribe')
  url.searchParams.set('hub.verify_token', verifyToken)
  url.searchParams.set('hub.challenge', challenge)
  try {
    return await within(runtime, timeoutMs, async (signal) => {
      const init: RequestInit = { redirect: 'manual', signal }
      const response = await (typeof target === 'string' ? fetch(url, init) : target(new Request(url, init)))
      const verified = response.status === 200 && (await response.text()) === challenge
      return { verified, answer: { kind: 'answered', status: response.status } }
    })
  } catch (error) {
    return { verified: false, answer: { kind: 'no-answer', reason: error instanceof Error ? error.name : 'unknown' } }
  }
}
