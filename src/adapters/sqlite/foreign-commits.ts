import type { Database } from './database.ts'

const INTERVAL = 50

/** Looks for commits of other connections, of this or another process, while somebody waits for them. */
export interface ForeignCommits {
  readonly watch: (someone: boolean) => void
}

export const watchForeignCommits = (database: Database, found: () => void): ForeignCommits => {
  let timer: NodeJS.Timeout | undefined
  let version: number | undefined
  const look = (): void => {
    try {
      const current = database.foreignVersion()
      if (current === version) return
      version = current
      found()
    } catch {
      // Busy or closed: the next look tells.
    }
  }
  return {
    watch: (someone) => {
      clearInterval(timer)
      // A reader that begins to wait may have missed a commit since the last look: `version` is kept for that.
      timer = someone ? setInterval(look, INTERVAL).unref() : undefined
    },
  }
}
