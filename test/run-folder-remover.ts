/** Removes a folder when the parent of this process has ended, or lets it go. */
import { existsSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** How often, and in milliseconds how long apart: processes of a run that was killed may still be writing. */
const TRIES = 50
const APART = 200

const folder = process.argv[2] ?? ''
const remove = async (): Promise<void> => {
  for (let tried = 0; tried < TRIES; tried++) {
    if (tried > 0) await pause(APART)
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch {
      // Something was written into it meanwhile.
    }
    if (!existsSync(folder)) return
  }
}

process.once('disconnect', () => void remove())
