import * as v from 'valibot'

const usage = v.record(
  v.string(),
  v.array(v.object({ estimated_time_to_regain_access: v.optional(v.pipe(v.number(), v.finite())) })),
)

/**
 * Milliseconds until access is regained, as far as Meta says it: the longest `estimated_time_to_regain_access` (minutes) of
 * `X-Business-Use-Case-Usage`, or `Retry-After`.
 *
 * @see https://developers.facebook.com/docs/graph-api/overview/rate-limiting ("Rate Limits", read 2026-09)
 */
export const regainAfter = (headers: Headers): number | undefined => {
  const stated = [...usageMinutes(headers), ...retryAfterMs(headers)].filter((ms) => ms > 0)
  return stated.length === 0 ? undefined : Math.max(...stated)
}

const usageMinutes = (headers: Headers): readonly number[] => {
  try {
    const parsed = v.safeParse(usage, JSON.parse(headers.get('x-business-use-case-usage') ?? '{}'))
    const rows = parsed.success ? Object.values(parsed.output).flat() : []
    return rows.map((row) => (row.estimated_time_to_regain_access ?? 0) * 60_000)
  } catch {
    return []
  }
}

const retryAfterMs = (headers: Headers): readonly number[] => {
  const value = headers.get('retry-after') ?? ''
  if (/^\d{1,7}$/.test(value)) return [Number(value) * 1_000]
  // A date is compared with the date of the answer, which is of the same clock.
  const ms = Date.parse(value) - Date.parse(headers.get('date') ?? '')
  return Number.isNaN(ms) ? [] : [ms]
}
