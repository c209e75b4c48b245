import { eventStoreContract } from './event-store.ts'
import { leasesContract } from './leases.ts'
import { blobsContract, keysContract, tokensContract } from './secrets-and-blobs.ts'
import { snapshotsContract } from './snapshots.ts'
import type { Engine, TestRunner } from './suite.ts'
import { viewsContract } from './views.ts'

export { OLDER_EVENTS, OLDER_STREAM } from './sample-events.ts'
export type { Engine, Matchers, ServerFaults, TestRunner, WriterTask } from './suite.ts'
export { writeAlone } from './writer-process.ts'
export {
  blobsContract,
  eventStoreContract,
  keysContract,
  leasesContract,
  snapshotsContract,
  tokensContract,
  viewsContract,
}

/** Every contract of the storage ports against one engine. */
export const storeContract = (runner: TestRunner, engine: Engine): void => {
  eventStoreContract(runner, engine)
  viewsContract(runner, engine)
  snapshotsContract(runner, engine)
  leasesContract(runner, engine)
  keysContract(runner, engine)
  tokensContract(runner, engine)
  blobsContract(runner, engine)
}
