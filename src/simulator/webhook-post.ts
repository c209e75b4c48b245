import { type SimulatorRuntime, within } from './runtime.ts'
import { signature1, signature256 } from './wire.ts'
import type { Answer } from './ledger.ts'

/** Where webhooks go: a URL, or a handler in the same process. */
export type WebhookTarget = string | ((request: Request) => Promise<Response>)

/** How one request is posted. */
export interface PostOptions {
  readonly runtime: SimulatorRuntime
  readonly appSecret: string
  /** Real milliseconds until Meta stops waiting. */
  readonly timeoutMs: number
  readonly apiVersion: string
  /** Replaces or removes headers; tests of bad signatures use it. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

/**
 * Posts exactly these bytes, signed, and waits for the status.
 *
 * A redirect is not followed and counts as the status it is. Never throws: what went wrong is the answer.
 */
export const postWebhook = async (
  target: WebhookTarget,
  rawBody: Uint8Array<ArrayBuffer>,
  options: PostOptions,
): Promise<Answer> => {
  const headers = Object.entries({
    'content-type': 'application/json',
    'user-agent': 'Webhooks/1.0 (https://fb.me/webhooks)',
    'facebook-api-version': options.apiVersion,
    'x-hub-signature': signature1(rawBody, options.appSecret),
    'x-hub-signature-256': signature256(rawBody, options.appSecret),
    ...options.headers,
  }).filter((header): header is [string, string] => header[1] !== undefined)
  const init: RequestInit = {
    method: 'POST',
    headers,
    body: rawBody,
    redirect: 'manual',
  }
  try {
    return await within(options.runtime, options.timeoutMs, async (signal) => {
      const response = await (typeof target === 'string'
        ? fetch(target, { ...init, signal })
        : target(new Request('http://app.invalid/', { ...init, signal })))
      await response.body?.cancel()
      return { kind: 'answered', status: response.status }
    })
  } catch (error) {
    return { kind: 'no-answer', reason: reasonOf(error) }
  }
}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause as { readonly code?: unknown } | undefined) : undefined
  if (typeof cause?.code === 'string') return cause.code
  return error instanceof Error ? error.name : 'unknown'
}
