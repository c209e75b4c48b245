import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SavedPending } from './delivery.ts'
import type { SavedLedger } from './ledger.ts'
import type { SavedWorld } from './world.ts'

/** All that a simulator knows, as JSON. */
export interface SimulatorSnapshot {
  readonly version: 1
  readonly seed: number
  readonly world: SavedWorld
  readonly ledger: SavedLedger
  /** Events that were not yet answered 200; they are delivered again after a restore. */
  readonly pending: readonly SavedPending[]
}

/** Where a simulator keeps itself between two runs. */
export interface SimulatorStorage {
  load(): SimulatorSnapshot | undefined
  save(snapshot: SimulatorSnapshot): void
}

/** Keeps a simulator in one JSON file, which is replaced as a whole: a reader never sees half of it. */
export const fileStorage = (path: string): SimulatorStorage => ({
  load: () => {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as SimulatorSnapshot
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  },
  save: (snapshot) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(`${path}.new`, JSON.stringify(snapshot))
    renameSync(`${path}.new`, path)
  },
})
