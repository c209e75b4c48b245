import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BadSetting } from './settings.ts'

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process is alive too.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Keeps the folder for this process, because the simulated platform knows of no other: two would overwrite each other's phones.
 * What a killed process has left behind is taken over. Gives the function that lets the folder go.
 */
export const oneAtATime = (dataDir: string): (() => void) => {
  const path = join(dataDir, 'running.pid')
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const pid = Number(readFileSync(path, 'utf8'))
      if (pid > 0 && pid !== process.pid && isAlive(pid)) {
        throw new BadSetting(
          `DATA_DIR: ${dataDir} is used by a desk that runs as process ${pid}; stop it, or set DATA_DIR to another folder`,
        )
      }
      rmSync(path, { force: true })
    }
  }
}
