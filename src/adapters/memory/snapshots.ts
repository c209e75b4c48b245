import type { Snapshot, Snapshots } from '../../application/ports/snapshots.ts'
import type { OpenGate } from './open-gate.ts'

export const memorySnapshots = ({ assertOpen }: OpenGate): Snapshots => {
  const snapshots = new Map<string, Snapshot>()
  return {
    load: async (stream) => {
      assertOpen()
      const kept = snapshots.get(stream)
      return kept && { ...kept }
    },
    save: async (stream, snapshot) => {
      assertOpen()
      const { revision, position, fold, state } = snapshot
      if ((snapshots.get(stream)?.revision ?? -1) <= revision)
        snapshots.set(stream, { revision, position, fold, state })
    },
  }
}
