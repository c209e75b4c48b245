import { StoreClosed } from '../../application/ports/store-errors.ts'

/** Whether the store is open; asked by its small ports, which have no close of their own. */
export interface OpenGate {
  /** @throws StoreClosed */
  readonly assertOpen: () => void
  readonly shut: () => void
}

export const createOpenGate = (): OpenGate => {
  let open = true
  return {
    assertOpen: () => {
      if (!open) throw new StoreClosed()
    },
    shut: () => {
      open = false
    },
  }
}
