import type { Json } from '../../../application/ports/json.ts'
import type { Button } from '../../../domain/conversation/content.ts'
import { asList, asObject, asText } from './readers.ts'

/** More than Meta allows of either: 3 buttons of an element, 13 quick replies. */
const MOST = 20

/**
 * What the customer was offered to tap: buttons of a template, or quick replies. They come in echoes only.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/generic-template (Apr 1, 2026), quick-replies
 *   (Jun 24, 2026) and button-template (Jun 30, 2026)
 */
export const readButtons = (value: Json | undefined): readonly Button[] =>
  (asList(value) ?? []).slice(0, MOST).flatMap((item) => {
    const it = asObject(item) ?? {}
    // A quick reply that asks for a phone number or an e-mail address has no title of its own.
    const title = asText(it['title']) ?? asText(it['content_type']) ?? asText(it['type'])
    if (title === undefined) return []
    const url = asText(it['url'])
    const payload = asText(it['payload'])
    return [{ title, ...(url !== undefined && { url }), ...(payload !== undefined && { payload }) }]
  })

/** As a member that is left out where there are none. */
export const withButtons = (value: Json | undefined): { readonly buttons?: readonly Button[] } => {
  const buttons = readButtons(value)
  return buttons.length === 0 ? {} : { buttons }
}
