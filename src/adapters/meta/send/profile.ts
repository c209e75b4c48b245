import * as v from 'valibot'

import type { Messenger } from '../../../application/ports/messenger.ts'
import { graphPath } from './graph-path.ts'
import type { Graph } from './graph.ts'

/** "User consent is required to access user profile": given by a message or a tap. */
const NO_CONSENT = '230'

/** A member that is no text, or longer than any of Meta's, is left out, and costs no other one. */
const text = (mostBytes: number) => v.fallback(v.nullish(v.pipe(v.string(), v.maxBytes(mostBytes))), undefined)
const profileAnswer = v.object({ name: text(1_024), username: text(1_024), profile_pic: text(8_192) })

/**
 * The customer's profile. Name and picture may be missing or null; somebody who never wrote, has gone or has blocked the
 * account is `unavailable`.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/user-profile (Apr 1, 2026)
 */
export const profile =
  (graph: Graph): Messenger['profile'] =>
  async (sender, customerId) => {
    const query = { fields: 'name,username,profile_pic' }
    const answer = await graph(sender, { method: 'GET', path: graphPath(customerId), query, lane: 'other' })
    // Whatever is refused about this one person, a message never waits for a name.
    if (answer.kind === 'give-up') {
      return { kind: 'unavailable', ...(answer.code.split('/')[0] === NO_CONSENT && { why: 'consent-missing' }) }
    }
    if (answer.kind !== 'answered') return answer
    const parsed = v.safeParse(profileAnswer, answer.body)
    if (!parsed.success) return { kind: 'outcome-unknown', code: 'unreadable-answer' }
    const { name, username, profile_pic: pictureUrl } = parsed.output
    return {
      kind: 'found',
      ...(name && { name }),
      ...(username && { username }),
      ...(pictureUrl && { pictureUrl }),
    }
  }
