import type { Desk } from 'madoguchi'
import type { HostClock } from './clock.ts'
import type { Departments } from './departments.ts'
import type { News } from './live.ts'
import type { PlayedPlatform } from './platform.ts'

/** What the calls of the HTTP interface work on. */
export interface HostContext {
  readonly desk: Desk
  readonly platform: PlayedPlatform
  readonly clock: HostClock
  readonly departments: Departments
  /** `http://127.0.0.1:<port>` */
  readonly origin: string
  readonly appSecret: string
  readonly verifyToken: string
  /** Hears of everything that happens, content-free; returns what ends it. */
  readonly onNews: (listener: (news: News) => void) => () => void
}
