import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { createSimulator, fileStorage, type Simulator } from 'madoguchi/simulator'
import type { HostClock } from './clock.ts'

export interface PlatformOptions {
  readonly dataDir: string
  readonly clock: HostClock
  readonly appSecret: string
  readonly verifyToken: string
}

/** How the Graph API is down: HTML pages with 502, cut connections, or not at all. */
export type Outage = 'errors' | 'refuse' | 'none'

/** Meta, played on this machine. */
export interface PlayedPlatform {
  readonly simulator: Simulator
  /** The Graph API and the sign-in pages. */
  readonly handle: (request: Request) => Promise<Response>
  readonly outage: () => Outage
  readonly setOutage: (kind: Outage) => void
  /** Saves everything now. Whoever was told of something finds it again after a crash. */
  readonly keep: () => void
}

/** The simulator on the host's clock, kept in the data folder. */
export const playPlatform = ({ dataDir, clock, appSecret, verifyToken }: PlatformOptions): PlayedPlatform => {
  const storage = fileStorage(join(dataDir, 'simulator.json'))
  // A folder that is begun anew must not make the ids of a former one again, which a log elsewhere may remember.
  const simulator = createSimulator({ clock, appSecret, verifyToken, storage, seed: randomInt(2 ** 32) })
  const keep = (): void => storage.save(simulator.save())
  let outage: Outage = 'none'
  return {
    simulator,
    keep,
    outage: () => outage,
    setOutage: (kind) => {
      outage = kind
      simulator.outage(kind === 'none' ? false : kind)
    },
    handle: async (request) => {
      const response = await simulator.handle(request)
      keep()
      return response
    },
  }
}
