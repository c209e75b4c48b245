import { describe, expect, it, vi } from 'vitest'
import {
  eventStoreContract,
  leasesContract,
  snapshotsContract,
  storeContract,
  viewsContract,
} from '../../../src/testing/contracts/index.ts'
import { differentialOn } from './differential-on.ts'
import { engineOn, type Ground } from './engine.ts'
import { halfwayOn } from './halfway-on.ts'

// Four processes that each load a gRPC client and write: on a busy machine that alone takes most of half a minute.
vi.setConfig({ testTimeout: 120_000 })

/** What is kept in the node: the log, leases and snapshots. */
export const nodeContractOn = (ground: Ground): void => {
  const runner = { describe, expect, it }
  eventStoreContract(runner, engineOn(ground, 'sqlite'))
  const alone = engineOn(ground, 'cluster')
  leasesContract(runner, alone)
  snapshotsContract(runner, alone)
  differentialOn(ground)
  halfwayOn(ground)
}

/** Every contract, with the rest of the store in SQLite; then again what can also be elsewhere. */
export const contractOn = (ground: Ground): void => {
  const runner = { describe, expect, it }
  storeContract(runner, engineOn(ground, 'sqlite'))
  const alone = engineOn(ground, 'cluster')
  leasesContract(runner, alone)
  snapshotsContract(runner, alone)
  // Views in memory: each store has its own.
  viewsContract(runner, { ...alone, persistent: false })
  differentialOn(ground)
  halfwayOn(ground)
}
