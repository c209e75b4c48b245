import type { Snapshot, Snapshots } from '../../application/ports/snapshots.ts'
import type { Notes } from './notes.ts'
import type { StreamNames } from './stream-names.ts'

/** How often a snapshot is offered again when others save one of the same stream; then it is dropped, as any may be. */
const TRIES = 5

/** A stream of one event per stream. */
export const eventStoreDbSnapshots = (parts: {
  readonly notes: Notes
  readonly names: StreamNames
  readonly assertOpen: () => void
}): Snapshots => {
  const { notes, names, assertOpen } = parts
  const toSnapshot = (value: unknown): Snapshot => value as Snapshot
  return {
    load: async (stream) => {
      assertOpen()
      const note = await notes.read(names.snapshot(stream))
      return note && toSnapshot(note.value)
    },
    save: async (stream, { revision, position, fold, state }) => {
      assertOpen()
      const name = names.snapshot(stream)
      for (let tries = 0; tries < TRIES; tries += 1) {
        const kept = await notes.read(name)
        if (kept && toSnapshot(kept.value).revision > revision) return
        if (await notes.write(name, kept?.revision, { revision, position, fold, state })) return
      }
    },
  }
}
