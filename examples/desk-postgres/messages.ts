import type { ProcessShare } from 'madoguchi'
import type { ClockSetting } from '../desk/host/clock.ts'
import type { News } from '../desk/host/live.ts'

/** What a worker needs to begin. It comes by a message and not in the environment, where other programs could read it. */
export interface Begin {
  readonly kind: 'begin'
  /** 1, 2 ... */
  readonly number: number
  readonly port: number
  readonly databaseUrl: string
  /** Where the platform is. */
  readonly platform: string
  readonly appSecret: string
  readonly verifyToken: string
  readonly clock: ClockSetting
  /** Whether it sees to what a new desk has. */
  readonly first: boolean
}

/** What the parent tells its workers. */
export type ToWorker =
  | Begin
  | { readonly kind: 'clock'; readonly setting: ClockSetting; readonly change: number }
  | { readonly kind: 'news'; readonly news: News }
  | { readonly kind: 'stop' }

/** What a worker tells its parent. */
export type FromWorker =
  /** It listens to its parent. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'no-store'; readonly reason: string }
  | { readonly kind: 'clock-set'; readonly change: number }
  | { readonly kind: 'news'; readonly news: News }
  | { readonly kind: 'share'; readonly share: ProcessShare }
