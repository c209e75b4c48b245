import type { AccountHandle } from 'madoguchi/simulator'
import type { Step } from '../../src/application/steps.ts'

/** What a host process is told when it is started. */
export interface HostSettings {
  readonly database: string
  /** Base address of the Graph API. */
  readonly graph: string
  readonly appSecret: string
  readonly verifyToken: string
  /** Business time at the start. */
  readonly now: number
  /** Milliseconds of real time after which the outcome of a call is unknown. */
  readonly callTimeout: number
  /** The process kills itself when it comes to this step for the n-th time. */
  readonly crashAt?: { readonly step: Step; readonly nth: number }
}

/** From the parent: business time has moved. */
export interface ClockMoved {
  readonly now: number
}

/** To the parent, first: where the log ended before this process wrote anything; null while it is empty. */
export interface HostOpened {
  readonly head: string | null
}

/** To the parent, then: the host listens. */
export interface HostReady {
  readonly url: string
}

/** What an agent, an administrator or the parent itself asks of the host. Everything but `status` has an idempotency key. */
export type HostCommand =
  | {
      readonly command: 'create-channel'
      readonly key: string
      readonly departmentId: string
      readonly account: Pick<AccountHandle, 'accountId' | 'flavour' | 'username' | 'pageId'>
      readonly token: string
    }
  | {
      readonly command: 'reply'
      readonly key: string
      readonly agent: string
      readonly channelId: string
      readonly customerId: string
      readonly text?: string
      readonly picture?: string
    }
  | {
      readonly command: 'convert'
      readonly key: string
      readonly agent: string
      readonly channelId: string
      readonly customerId: string
    }
  | { readonly command: 'status'; readonly channelIds: readonly string[] }

/** What is still to be done. */
export interface HostStatus {
  /** Replies that are neither sent, rejected nor unconfirmed. */
  readonly open: number
  /** Some of them, with every attempt. */
  readonly examples: readonly unknown[]
  readonly pendingConversions: number
  readonly head: string | undefined
}

export const ORGANIZATION = 'acme'
export const AGENTS = ['aki', 'ren'] as const
