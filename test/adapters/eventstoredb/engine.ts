import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type EventStoreDbClient, eventstoredb } from '../../../src/adapters/eventstoredb/index.ts'
import { memory } from '../../../src/adapters/memory/index.ts'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import type { Engine } from '../../../src/testing/contracts/index.ts'
import { tempFolder } from '../../temp-folder.ts'
import type { Flavour } from './flavour.ts'
import type { Proxy } from './proxy.ts'

/** Milliseconds: long enough for a busy machine, short enough to wait for in a test. */
const DEADLINE = 5_000
const POLL_INTERVAL = 500

const folder = tempFolder('eventstoredb-state')

/** A prefix for each place, so that places share a server. */
export const prefixOf = (place: string): string => `${place}.`

export const stateFile = (place: string): string => join(folder, `${place}.db`)

/** The server that an engine is run on. */
export interface Ground {
  readonly name: string
  readonly flavour: Flavour
  readonly client: () => EventStoreDbClient | (() => EventStoreDbClient)
  readonly connectionString: () => string
  readonly proxy: () => Proxy
  /** Without it the cases share the node with each other, and with what was in it. */
  readonly forget?: () => Promise<void>
}

const WRITER = fileURLToPath(new URL('writer-process.ts', import.meta.url))

/** The log in a server; the rest in SQLite, or what can be in the cluster too. */
export const engineOn = (ground: Ground, rest: 'sqlite' | 'cluster'): Engine => ({
  name: `${ground.name}, the rest in ${rest}`,
  persistent: true,
  ...(ground.forget === undefined && { isShared: true }),
  open: async (place) => {
    const beside = sqlite(stateFile(place))
    const { keys, tokens, blobs } = beside
    const { views } = memory()
    const close = async (): Promise<void> => {
      await Promise.all([beside.close(), views.close()])
    }
    return eventstoredb({
      client: ground.client(),
      state: rest === 'sqlite' ? beside : { views, keys, tokens, blobs, close },
      prefix: prefixOf(place),
      deadline: DEADLINE,
      pollInterval: POLL_INTERVAL,
    })
  },
  discard: async (place) => {
    for (const name of [`${place}.db`, `${place}.views.db`, `${place}.keys.db`])
      for (const ending of ['', '-wal', '-shm']) rmSync(join(folder, name + ending), { force: true })
    await ground.forget?.()
  },
  write: async (place, task) => {
    const argv = [ground.flavour, ground.connectionString(), prefixOf(place), JSON.stringify(task)]
    await promisify(execFile)(process.execPath, ['--conditions=madoguchi-source', WRITER, ...argv])
  },
  faults: {
    cut: async () => ground.proxy().cut(),
    freeze: async () => {
      const unblock = ground.proxy().block()
      return async () => unblock()
    },
  },
})
