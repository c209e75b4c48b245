import type { Json, JsonObject } from '../../../application/ports/json.ts'
import type { IgnoredReason } from '../../../application/ports/platform.ts'
import { readEvent } from './event.ts'
import { asObject, asText } from './readers.ts'
import { ignored, quarantined, unreadable, type Verdict } from './verdict.ts'

/** Fields whose values are events like those of `messaging`. The names differ from page to page, so all are known. */
const messagingFields: ReadonlySet<string> = new Set([
  'messages',
  'message_echoes',
  'message_edit',
  'message_edits',
  'message_reactions',
  'messaging_reactions',
  'messaging_postbacks',
  'messaging_seen',
  'messaging_referral',
  'messaging_referrals',
  'messaging_handover',
  'messaging_handovers',
  'messaging_optins',
  'messaging_policy_enforcement',
  'standby',
])

/** Fields that this product has no use for. */
const ignoredFields: ReadonlyMap<string, IgnoredReason> = new Map<string, IgnoredReason>([
  ['comments', 'comment'],
  ['live_comments', 'comment'],
  ['mentions', 'mention'],
  ['story_insights', 'insights'],
])

/**
 * One item of `changes[]`, or of the flat form that the examples page prints: `{"field":"…","value":…}`.
 *
 * @see https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram (v25.0)
 */
export const readChange = (change: JsonObject, accountId: string): Verdict => {
  const field = asText(change['field'])
  if (field === undefined) return unreadable('field is missing')
  const reason = ignoredFields.get(field)
  if (reason !== undefined) return ignored(reason)
  if (!messagingFields.has(field)) return quarantined('unknown-member', field)
  const value: Json | undefined = change['value']
  const event = asObject(value)
  return event === undefined
    ? unreadable(`${field} has no readable value`)
    : readEvent(event, { accountId, standby: field === 'standby' })
}
