import type { JsonObject } from '../../../application/ports/json.ts'
import type { Messenger } from '../../../application/ports/messenger.ts'
import { asId, asList, asObject } from '../webhook/readers.ts'
import { graphPath } from './graph-path.ts'
import type { Graph } from './graph.ts'

/**
 * Whether the token gives access to the professional account: Instagram Login answers `me` with the account (`user_id` is the id of
 * webhooks), Facebook Login with the Page, which names the account that is linked to it.
 *
 * @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/get-started (2026) and
 *   https://developers.facebook.com/docs/messenger-platform/instagram/get-started (Apr 1, 2026)
 */
export const showsAccount =
  (graph: Graph): NonNullable<Messenger['showsAccount']> =>
  async (sender) => {
    const { accountId, flavour } = sender.account
    const fields = flavour === 'facebook-login' ? 'instagram_business_account{id}' : 'user_id'
    const answer = await graph(sender, { method: 'GET', path: graphPath('me'), query: { fields }, lane: 'other' })
    if (answer.kind !== 'answered') return answer
    try {
      const me = asObject(answer.body as JsonObject)
      // Meta's own sample wraps it in a list.
      const self = asObject(asList(me?.['data'])?.[0]) ?? me
      const id =
        flavour === 'facebook-login'
          ? asId(asObject(self?.['instagram_business_account'])?.['id'], 'id')
          : asId(self?.['user_id'], 'user_id')
      if (id === accountId) return { kind: 'shown' }
      // The id beside it is the app-scoped one, or that of the Page.
      const isAnotherId = id !== undefined && self?.['id'] === accountId
      return isAnotherId ? { kind: 'another', accountId: id } : { kind: 'another' }
    } catch {
      return { kind: 'another' }
    }
  }
