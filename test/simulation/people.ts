import type { Actor } from 'madoguchi'
import type { CustomerHandle } from 'madoguchi/simulator'

export const ORGANIZATION = 'acme'
export const NOON = 1_788_858_000_000
export const DAY = 86_400_000
export const system: Actor = { kind: 'system' }
export const administrator = { kind: 'administrator', id: 'sato', organizationId: ORGANIZATION } as const
export const AGENTS = ['aki', 'ben'] as const
export const agent = (id: string): Actor => ({ kind: 'agent', id, organizationId: ORGANIZATION })
export const automation: Actor = { kind: 'automation', id: 'bot', organizationId: ORGANIZATION }

/** Somebody who writes, and what a naive observer knows of it. */
export interface Person {
  readonly handle: CustomerHandle
  readonly channel: number
  /** When each act that opens the window was, by Meta, in order. */
  readonly opened: number[]
  /** The newest of those whose webhook was answered 200. */
  acknowledgedAt: number | undefined
  readonly mids: string[]
  /** Something was done that the naive rule of conversion does not know. */
  isUnusual: boolean
}
