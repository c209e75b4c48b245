import type { Leases } from '../../application/ports/leases.ts'
import type { Notes } from './notes.ts'
import type { StreamNames } from './stream-names.ts'

/** A stream per name: its revision is the count of writes, and appending at an exact one is the compare-and-set. */
export const eventStoreDbLeases = (parts: {
  readonly notes: Notes
  readonly names: StreamNames
  readonly assertOpen: () => void
}): Leases => {
  const { notes, names, assertOpen } = parts
  return {
    read: async (name) => {
      assertOpen()
      return notes.read(names.lease(name))
    },
    write: async (name, from, value) => {
      assertOpen()
      return notes.write(names.lease(name), from, value)
    },
  }
}
