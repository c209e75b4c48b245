import { threadControlBody } from './event-bodies.ts'
import { GraphRefusal } from './graph-error.ts'
import type { GraphRequest } from './graph-request.ts'
import { asObject, asString } from './json.ts'
import { changeThread, type Platform, tell, threadOf } from './platform.ts'
import { type Account, threadKey } from './world.ts'

/**
 * Conversation control of Facebook Login: pass, take, release and request a thread, and ask who owns it.
 *
 * A request is granted at once, as an obliging bot would.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/conversation-routing (June 21, 2026)
 */
export const threadControlApi = (platform: Platform, account: Account, call: GraphRequest): Response => {
  if (account.flavour !== 'facebook-login') throw new GraphRefusal('no-such-object')
  const { accountId } = account
  const { appId } = platform.app
  const recipient = call.params['recipient']
  const customerId = asString(recipient) ?? asString(asObject(recipient)?.['id']) ?? ''
  if (!platform.world.customers.has(threadKey(accountId, customerId))) throw new GraphRefusal('no-such-user')
  const between = { accountId, customerId }
  const { owner } = threadOf(platform, accountId, customerId)
  const give = (toThisApp: boolean): void =>
    changeThread(platform, between, (thread) => ({ ...thread, owner: toThisApp ? 'this-app' : 'another-app' }))

  switch (call.path[1]) {
    case 'thread_owner':
      return Response.json({ data: [{ thread_owner: { app_id: owner === 'this-app' ? appId : '1217981644879628' } }] })
    case 'pass_thread_control':
    case 'release_thread_control':
      if (owner !== 'this-app') throw new GraphRefusal('not-thread-owner')
      give(false)
      break
    case 'take_thread_control':
      give(true)
      break
    case 'request_thread_control': {
      give(true)
      const inner = { previous_owner_app_id: '1217981644879628', new_owner_app_id: appId, metadata: '' }
      tell(platform, {
        ...between,
        kind: 'thread-control',
        body: threadControlBody(between, 'pass', inner, platform.now()),
      })
      break
    }
    default:
      throw new GraphRefusal('no-such-object')
  }
  return Response.json({ success: true })
}
