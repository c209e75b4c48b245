import type { JsonObject } from '../../../application/ports/json.ts'
import { derivedKey } from './derived-key.ts'
import { asId, asText } from './readers.ts'
import type { Addressed } from './thread.ts'
import { read, type Verdict } from './verdict.ts'

/**
 * Who may write in the thread has changed, or another app asks for it. From an idle thread the previous owner is null.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/conversation-control (Jun 21, 2026)
 */
export const readThreadControl =
  (change: 'passed' | 'taken' | 'requested') =>
  (member: JsonObject, { thread }: Addressed): Verdict => {
    const owner = change === 'requested' ? 'requested_owner_app_id' : 'new_owner_app_id'
    const ownerAppId = asId(member[owner], owner) ?? null
    const previousAppId = asId(member['previous_owner_app_id'], 'previous_owner_app_id') ?? null
    const metadata = asText(member['metadata'])
    const content = [ownerAppId, previousAppId, metadata ?? null]
    const key = derivedKey(change, thread.customerId, thread.metaAt, content)
    return read({
      ...thread,
      kind: 'thread-control',
      key,
      change,
      ownerAppId,
      previousAppId,
      ...(metadata !== undefined && { metadata }),
    })
  }
