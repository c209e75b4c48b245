import type { Authorization } from '../../domain/channel/index.ts'
import type { SendFailure } from '../ports/messenger.ts'

/** What Meta's answer to one call says about the channel. */
export interface AuthorizationAfter {
  readonly authorization: Exclude<Authorization, 'connected'>
  /** Meta's code, such as `190/460`. */
  readonly reason: string
}

const AUTHORIZATIONS = {
  'authorization-suspended': 'suspended',
  'authorization-lost': 'lost',
  'authorization-restricted': 'restricted',
} as const

/** The calls that can be made for a channel. */
export type Call = 'send' | 'react' | 'signal' | 'profile' | 'history'

/**
 * Whether an answer of Meta's to any call changes the authorization of the channel, and to what.
 *
 * A missing permission counts only where a message was sent: other calls need others. What took the channel before because of
 * the same reply is about that reply, unless the token itself is refused.
 */
export const authorizationAfter = (
  answer: { readonly kind: string } | SendFailure,
  { call, tookBefore = false }: { readonly call: Call; readonly tookBefore?: boolean },
): AuthorizationAfter | undefined => {
  if (!isAboutChannel(answer)) return undefined
  const { kind, code, about = 'account' } = answer
  if (about !== 'token' && tookBefore) return undefined
  if (about === 'permission' && call !== 'send') return undefined
  return { authorization: AUTHORIZATIONS[kind], reason: code }
}

type AboutChannel = Extract<SendFailure, { readonly about?: unknown }>

const isAboutChannel = (answer: { readonly kind: string } | SendFailure): answer is AboutChannel =>
  Object.hasOwn(AUTHORIZATIONS, answer.kind)
