import type { Desk } from 'madoguchi'
import type { Accounts } from './accounts.ts'
import type { ClockState, HostClock } from './clock.ts'
import type { Departments } from './departments.ts'
import type { News } from './live.ts'
import type { PlayedPlatform } from './platform.ts'

/** What the calls about the desk work on. */
export interface DeskContext {
  readonly desk: Desk
  readonly accounts: Accounts
  readonly departments: Departments
  readonly clock: { now(): number; state(): ClockState }
  /** `http://127.0.0.1:<port>` */
  readonly origin: string
  /** Hears of everything that happens, content-free; returns what ends it. */
  readonly onNews: (listener: (news: News) => void) => () => void
}

/** What the calls about the simulated platform and its clock work on. */
export interface PlatformContext {
  readonly platform: PlayedPlatform
  readonly clock: HostClock
}

/** Both in one process. */
export type HostContext = DeskContext & PlatformContext
