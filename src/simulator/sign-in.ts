import type { GraphRequest } from './graph-request.ts'
import type { Platform } from './platform.ts'

/** The sign-in pages and token calls of both flavours; `undefined` for a call that is none of these. */
export const signIn = async (_platform: Platform, _call: GraphRequest): Promise<Response | undefined> => undefined
