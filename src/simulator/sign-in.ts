import { flavourOf } from './access.ts'
import { GraphRefusal, graphErrorResponse } from './graph-error.ts'
import type { GraphRequest } from './graph-request.ts'
import type { Platform } from './platform.ts'
import { authorize } from './sign-in-authorize.ts'
import { debugToken, facebookToken } from './sign-in-facebook.ts'
import { instagramCode, instagramExchange, instagramRefresh } from './sign-in-instagram.ts'

/**
 * The sign-in pages and token calls of both flavours; `undefined` for a call that is none of these.
 *
 * Host names need not be in the path: `/dialog/oauth` is Facebook's page, `/oauth/authorize` Instagram's; a POST to
 * `/oauth/access_token` is Instagram's code exchange, a GET is Facebook's.
 */
export const signIn = async (platform: Platform, call: GraphRequest): Promise<Response | undefined> => {
  const answer = route(platform, call)
  try {
    return answer?.()
  } catch (error) {
    if (!(error instanceof GraphRefusal)) throw error
    const { reason, detail } = error
    return graphErrorResponse(reason, flavourOf(platform, call), { traceId: 'AsignIn', detail })
  } finally {
    if (answer !== undefined) platform.changed()
  }
}

const route = (platform: Platform, call: GraphRequest): (() => Response) | undefined => {
  const instagram = call.host === 'api.instagram.com' || (call.host === undefined && call.method === 'POST')
  switch (call.path.join('/')) {
    case 'dialog/oauth':
      return () => authorize(platform, 'facebook-login', call)
    case 'oauth/authorize':
      return () => authorize(platform, 'instagram-login', call)
    case 'oauth/access_token':
      return () => (instagram ? instagramCode(platform, call) : facebookToken(platform, call))
    case 'access_token':
      return () => instagramExchange(platform, call)
    case 'refresh_access_token':
      return () => instagramRefresh(platform, call)
    case 'debug_token':
      return () => debugToken(platform, call)
    default:
      return undefined
  }
}
