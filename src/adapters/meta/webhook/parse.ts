import type { ParsedEvent } from '../../../application/ports/platform.ts'
import { deliveredEvents } from './envelope.ts'
import { bodyAsIs, bodyText, jsonText, parseJson, structuresOf } from './json.ts'
import { LIMITS } from './limits.ts'
import { Rest } from './rest.ts'
import { overLimit, quarantined, type Verdict } from './verdict.ts'

/**
 * Every delivered event of a webhook body, in its order, each with what became of it. Never throws: what cannot be read
 * is an outcome too. Counted are the items of `messaging`, `standby` and `changes`, an entry without any, an entry of the
 * flat form, an entry of another object, and a body that holds none of these. Events beyond the first 2,000 are one item together.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/webhook (Jun 26, 2026)
 */
export const parseWebhook = (body: Uint8Array): readonly ParsedEvent[] => {
  const whole = (verdict: Verdict): readonly ParsedEvent[] => [conclude('', verdict, () => bodyAsIs(body))]
  const tooMuch = body.byteLength > LIMITS.structures ? overLimits(body) : undefined
  if (tooMuch !== undefined) return whole(tooMuch)
  const events: ParsedEvent[] = []
  const rest = new Rest()
  try {
    const room = (): number => LIMITS.events - events.length
    for (const run of deliveredEvents(parseJson(bodyText(body)), room)) {
      if ('count' in run) {
        rest.add(run, run.count)
        continue
      }
      const items = run.items.length > room() ? run.items.slice(0, room()) : run.items
      const beyond = run.items.slice(items.length)
      for (const item of items) {
        events.push(conclude(run.accountOf(item), run.read(item), () => jsonText(run.enclose([item]))))
      }
      if (beyond.length > 0) rest.add({ ...run, items: beyond }, beyond.length)
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return whole(quarantined('not-json', `${body.byteLength} bytes`))
  }
  if (rest.count === 0) return events
  const detail = `the events of the body: ${LIMITS.events + rest.count}, at most ${LIMITS.events}`
  return [
    ...events,
    {
      outcome: 'quarantined',
      accountId: rest.accountId,
      reason: 'over-limit',
      detail,
      raw: () => rest.text(),
      rest: true,
    },
  ]
}

/** What becomes of a body that would take too long to read. */
const overLimits = (body: Uint8Array): Verdict | undefined => {
  const structures = structuresOf(body)
  if (structures <= LIMITS.structures) return undefined
  return overLimit('the body', structures, LIMITS.structures, 'objects and lists')
}

const conclude = (accountId: string, verdict: Verdict, raw: () => string): ParsedEvent => {
  switch (verdict.outcome) {
    case 'read':
      return { outcome: 'read', accountId, incoming: verdict.incoming, raw }
    case 'ignored':
      return { outcome: 'ignored', accountId, reason: verdict.reason }
    case 'quarantined':
      return { outcome: 'quarantined', accountId, reason: verdict.reason, detail: verdict.detail, raw }
  }
}
