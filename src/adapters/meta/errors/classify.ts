import * as v from 'valibot'

import type { SendFailure } from '../../../application/ports/messenger.ts'
import { graphErrors, type GraphErrorRow } from './graph-errors.ts'

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

/** Meta prints numbers and flags as such in places, and in others as texts. */
const number = v.pipe(v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,16}$/), v.toNumber())]), v.safeInteger())
const isOn = (value: unknown): boolean =>
  value === true || (typeof value === 'string' && value.toLowerCase() === 'true')

/** A subcode that no row lists and nobody can read. */
const UNREADABLE = -1
const isNone = (value: unknown): boolean => value === null || value === 0 || value === '' || value === '0'

/** What is unreadable beside the code must not cost the code: a dead token would go unnoticed. */
const envelope = v.object({
  error: v.object({
    code: number,
    message: v.optional(v.unknown()),
    error_subcode: v.optional(
      v.union([
        v.pipe(
          v.custom<unknown>(isNone),
          v.transform(() => undefined),
        ),
        v.fallback(number, UNREADABLE),
      ]),
    ),
    is_transient: v.pipe(v.optional(v.unknown()), v.transform(isOn)),
  }),
})

/** The row that says most: of a listed subcode, then of the tag, of the bare code or the other subcodes, of any. */
const rowOf = (
  of: number,
  subcode: number | undefined,
  { tagged = false, message }: { readonly tagged?: boolean | undefined; readonly message: unknown },
): GraphErrorRow | undefined => {
  const rows = graphErrors.filter(
    (row) =>
      row.code === of &&
      (row.tagged !== true || tagged) &&
      (row.says === undefined || (typeof message === 'string' && row.says.test(message))),
  )
  const which = subcode === undefined ? 'none' : 'others'
  const bare = rows.filter(({ subcodes }) => subcodes === which)
  return (
    rows.find(({ subcodes }) => typeof subcodes !== 'string' && subcode !== undefined && subcodes.includes(subcode)) ??
    bare.find((row) => row.tagged === true) ??
    bare[0] ??
    rows.find(({ subcodes }) => subcodes === 'any')
  )
}

/** Whether the body says that something failed. */
export const isErrorBody = (body: unknown): boolean => v.is(envelope, body)

/**
 * What an answer means that is not a success: by HTTP status, code and subcode. What the table does not list is about the one call.
 *
 * Only a limit's code is taken as proof that nothing was delivered whatever the status; 5xx, `is_transient`, codes 1 and 2
 * and everything that is not Meta's error envelope leave the outcome of a send unknown.
 */
export const classify = ({ status, body, retryAfter, tagged }: Answer): SendFailure => {
  const parsed = v.safeParse(envelope, body)
  if (!parsed.success) return { kind: 'outcome-unknown', code: `http-${status}` }
  const { code, error_subcode: subcode, is_transient: isTransient, message } = parsed.output.error
  const named = subcode === undefined ? String(code) : `${code}/${subcode}`
  const means = rowOf(code, subcode, { tagged, message })?.means
  if (means?.kind === 'throttled') {
    return { ...means, code: named, ...(retryAfter !== undefined && { retryAfter }) }
  }
  // 408 and 429 without a code of the table say nothing about what was done before.
  const unclear = status >= 500 || isTransient || status === 408 || status === 429
  if (unclear || means?.kind === 'outcome-unknown') return { kind: 'outcome-unknown', code: named }
  return { ...(means ?? { kind: 'give-up', why: 'message-refused' }), code: named }
}
