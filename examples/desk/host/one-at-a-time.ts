import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { BadSetting } from './settings.ts'

/** SQLite's code for a file that another process has locked. */
const BUSY = 5

const pidIn = (path: string): string => {
  try {
    return ` as process ${readFileSync(path, 'utf8')}`
  } catch {
    return ''
  }
}

/**
 * Keeps the folder for this process, because the simulated platform knows of no other: two would overwrite each other's phones.
 * The operating system holds the lock and lets it go when the process ends, however it ends; the number in `running.pid` only tells
 * people which process it is. Gives the function that lets the folder go. @throws BadSetting
 */
export const oneAtATime = (dataDir: string): (() => void) => {
  const path = join(dataDir, 'running.pid')
  const lock = new DatabaseSync(join(dataDir, 'running.lock'))
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if ((error as { readonly errcode?: number }).errcode !== BUSY) throw error
    throw new BadSetting(
      `DATA_DIR: ${dataDir} is used by a desk that runs${pidIn(path)}; stop it, or set DATA_DIR to another folder`,
    )
  }
  writeFileSync(path, String(process.pid))
  return () => {
    rmSync(path, { force: true })
    lock.close()
  }
}
