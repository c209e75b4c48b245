import type { AccountHandle } from 'madoguchi/simulator'
import type { Step } from '../../src/application/steps.ts'

/** Where a desk is kept, as one process tells another. */
export type EngineSettings =
  | { readonly engine: 'sqlite'; readonly path: string }
  | { readonly engine: 'postgres'; readonly url: string; readonly schema: string }
  | {
      readonly engine: 'eventstoredb'
      readonly connectionString: string
      readonly client: 'db-client' | 'kurrentdb-client'
      /** Where everything but the log is. */
      readonly state: EngineSettings
      /** Leases and snapshots are in the cluster too, and each process has views of its own in memory; only secrets are in `state`. */
      readonly alone?: true
    }

/**
 * When the process comes to this step for the n-th time from now on it kills itself; or it says so and goes no further there
 * until it was stopped and resumed.
 */
export interface Order {
  readonly step: Step
  readonly nth: number
  readonly signal: 'SIGKILL' | 'SIGSTOP'
}

/** What a host process is told when it is started. */
export interface HostSettings {
  readonly engine: EngineSettings
  /** Base address of the Graph API, another one for each process, so that the platform's door sees who calls. */
  readonly graph: string
  readonly appSecret: string
  readonly verifyToken: string
  /** File in which business time is told. */
  readonly clock: string
  /** Milliseconds of real time after which the outcome of a call is unknown. */
  readonly callTimeout: number
  /** Milliseconds of real time without a sign of life after which others take over. */
  readonly goneAfter: number
  readonly order?: Order
}

/** From the parent. */
export type HostNotice =
  /** Business time has been moved. */
  | { readonly kind: 'moved' }
  /** Instead of the one before; none: that one is taken back. */
  | { readonly kind: 'order'; readonly order?: Order }
  /** It has slept, and may go on from the step at which it was told to. */
  | { readonly kind: 'resumed' }

/** How one attempt is called, given its data in the log. */
export const attemptName = (data: Readonly<Record<string, unknown>>): string =>
  [data['replyId'], data['part'], data['attempt']].join('/')

/** To the parent. */
export type HostMessage =
  /** First: where the log ended before this process wrote anything; null while it is empty. */
  | { readonly kind: 'opened'; readonly head: string | null }
  /** Then: the host listens. */
  | { readonly kind: 'ready'; readonly url: string }
  /** Before its first attempt: its name among the processes of the desk. */
  | { readonly kind: 'worker'; readonly worker: string }
  /** It knows since then, in real time, that this attempt of its own is written down. */
  | { readonly kind: 'attempted'; readonly name: string; readonly at: number }
  | { readonly kind: 'step'; readonly step: Step }
  /** It has come to the step at which it is to be stopped. */
  | { readonly kind: 'stopping' }
  | ({ readonly kind: 'loop' } & LoopDelay)
  /** What an operator would read. */
  | { readonly kind: 'said'; readonly at: number; readonly line: string }

/** How long the event loop stood still at most, between two instants of real time. */
export interface LoopDelay {
  readonly from: number
  readonly to: number
  /** Milliseconds. */
  readonly longest: number
  /** Milliseconds for which the process was ready to run and had no processor, where the system tells. */
  readonly starved: number
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
/** Header in which a call to Meta says at which instant of real time it left its process. */
export const LEFT_AT = 'x-left-at'
