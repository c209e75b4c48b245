import type { LeaseNote, Leases } from '../../application/ports/leases.ts'
import type { OpenGate } from './open-gate.ts'

export const memoryLeases = ({ assertOpen }: OpenGate): Leases => {
  const notes = new Map<string, { readonly revision: number; readonly text: string }>()
  return {
    read: async (name) => {
      assertOpen()
      const note = notes.get(name)
      return note && { revision: note.revision, value: JSON.parse(note.text) as LeaseNote['value'] }
    },
    write: async (name, from, value) => {
      assertOpen()
      if (notes.get(name)?.revision !== from) return false
      notes.set(name, { revision: from === undefined ? 0 : from + 1, text: JSON.stringify(value) })
      return true
    },
  }
}
