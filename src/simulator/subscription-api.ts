import { GraphRefusal } from './graph-error.ts'
import type { GraphRequest } from './graph-request.ts'
import { asList, asString } from './json.ts'
import type { Platform } from './platform.ts'
import { type Account, change } from './world.ts'

/** Fields that only the Instagram product knows; a Page's edge refuses them. */
const instagramOnly = new Set([
  'messaging_seen',
  'messaging_referral',
  'message_edit',
  'messaging_handover',
  'comments',
])

/**
 * `subscribed_apps`: installs the app on an account (POST), says whether it is (GET), or removes it (DELETE).
 *
 * Without it no webhook comes. Which fields are named does not matter beyond being named: an account gets all fields the
 * app is subscribed to.
 *
 * @see https://developers.facebook.com/docs/instagram-platform/webhooks
 */
export const subscriptionApi = ({ app, world }: Platform, account: Account, call: GraphRequest): Response => {
  const set = (subscribed: boolean): Response => {
    change(world.accounts, account.accountId, (it) => ({ ...it, subscribed }))
    return Response.json({ success: true })
  }
  switch (call.method) {
    case 'POST': {
      const given = call.params['subscribed_fields']
      const fields = asList(given)?.map(String) ?? (asString(given) ?? '').split(',').filter((field) => field !== '')
      if (fields.length === 0) throw new GraphRefusal('bad-parameter', 'subscribed_fields')
      const page = account.flavour === 'facebook-login'
      const wrong = fields.find((field) => page && instagramOnly.has(field))
      if (wrong !== undefined) throw new GraphRefusal('bad-parameter', `subscribed_fields: ${wrong}`)
      return set(true)
    }
    case 'DELETE':
      return set(false)
    default:
      return Response.json({
        data: account.subscribed ? [{ id: app.appId, name: 'Helpdesk', subscribed_fields: ['messages'] }] : [],
      })
  }
}
