import { createRequire } from 'node:module'
import type pg from 'pg'
import { DriverMissing } from '../../application/ports/store-errors.ts'

let loaded: typeof pg | undefined

/** `pg`, which is the host's own dependency: loaded at the first use. @throws DriverMissing */
export const driver = (): typeof pg => {
  if (loaded !== undefined) return loaded
  try {
    return (loaded = createRequire(import.meta.url)('pg') as typeof pg)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'MODULE_NOT_FOUND' || !message.includes("'pg'")) throw error
    throw new DriverMissing('pg', { cause: error })
  }
}
