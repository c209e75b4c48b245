import * as v from 'valibot'

import type { SendFailure } from '../../../application/ports/messenger.ts'
import { graphErrors, type Meaning } from './graph-errors.ts'

/** An answer of Meta's as far as it tells about failure. */
export interface Answer {
  readonly status: number
  /** The body as JSON; undefined if it is none. */
  readonly body: unknown
  /** Milliseconds until access is regained, as far as Meta said. */
  readonly retryAfter?: number
  /** The send carried the HUMAN_AGENT tag. */
  readonly tagged?: boolean
}

const code = v.pipe(v.number(), v.safeInteger())
const envelope = v.object({
  error: v.object({
    code,
    error_subcode: v.optional(v.nullable(code)),
    is_transient: v.optional(v.nullable(v.boolean())),
  }),
})

const meanings: ReadonlyMap<string, Meaning> = new Map(
  graphErrors.flatMap(({ code, subcodes, tagged, means }): readonly (readonly [string, Meaning])[] => {
    if (tagged) return [[`${code} tagged`, means]]
    return subcodes?.map((subcode) => [`${code}/${subcode}`, means] as const) ?? [[String(code), means]]
  }),
)

/** Whether the body says that something failed. */
export const isErrorBody = (body: unknown): boolean => v.is(envelope, body)

/**
 * What an answer means that is not a success: by HTTP status, code and subcode, never by a text.
 *
 * Only a limit's code is taken as proof that nothing was delivered whatever the status; 5xx, `is_transient`, codes 1 and 2
 * and everything that is not Meta's error envelope leave the outcome of a send unknown.
 */
export const classify = ({ status, body, retryAfter, tagged }: Answer): SendFailure => {
  const parsed = v.safeParse(envelope, body)
  if (!parsed.success) return { kind: 'outcome-unknown', code: `http-${status}` }
  const { code, error_subcode: subcode, is_transient: transient } = parsed.output.error
  const named = subcode === undefined || subcode === null ? String(code) : `${code}/${subcode}`
  const means =
    (named === String(code) ? undefined : meanings.get(named)) ??
    (tagged ? meanings.get(`${code} tagged`) : undefined) ??
    meanings.get(String(code))
  if (means?.kind === 'throttled') {
    return { ...means, code: named, ...(retryAfter !== undefined && { retryAfter }) }
  }
  // 408 and 429 without a code of the table say nothing about what was done before.
  const unclear = status >= 500 || transient === true || status === 408 || status === 429
  if (unclear || means?.kind === 'outcome-unknown') return { kind: 'outcome-unknown', code: named }
  return { ...(means ?? { kind: 'give-up', why: 'message-refused' }), code: named }
}
