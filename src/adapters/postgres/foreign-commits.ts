import type { Database } from './database.ts'
import type { Listener } from './listener.ts'

/** Finds the commits of other processes while somebody waits for them. */
export interface ForeignCommits {
  readonly watch: (someone: boolean) => void
  readonly close: () => void
}

/** By listening, if there is a listener, and by looking every `interval` milliseconds in any case. */
export const watchForeignCommits = (parts: {
  readonly database: Database
  readonly interval: number
  readonly listener?: Listener
  readonly found: () => void
}): ForeignCommits => {
  const { database, interval, listener, found } = parts
  let timer: NodeJS.Timeout | undefined
  let last: unknown
  let looking = false
  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    try {
      const [row] = await database.read(`select max(position) as last from ${database.schema}.events`, [])
      if (row?.['last'] !== last) found()
      last = row?.['last']
    } catch {
      // Not there or closed: the next look tells.
    } finally {
      looking = false
    }
  }
  return {
    watch: (someone) => {
      clearInterval(timer)
      // A reader that begins to wait may have missed a commit since the last look: `last` is kept for that.
      timer = someone ? setInterval(() => void look(), interval).unref() : undefined
      if (someone) listener?.start()
    },
    close: () => {
      clearInterval(timer)
      listener?.close()
    },
  }
}
