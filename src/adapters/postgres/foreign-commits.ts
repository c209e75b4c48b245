import type { Database } from './database.ts'
import type { Listener } from './listener.ts'

/** Finds the commits of other processes while somebody waits for them. */
export interface ForeignCommits {
  readonly watch: (someone: boolean) => void
  readonly close: () => void
}

/** Looks in a row that found what the listener had not been told of, after which its connection is taken for dead. */
const SILENT_LOOKS = 2

/**
 * By listening, if there is a listener, and by looking every `interval` milliseconds in any case. A listener that is told of nothing
 * that is found connects anew.
 */
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
  let heard = 0
  let silent = 0
  /** Being told a moment later than a look finds it is no silence: then the next look sees that something was heard. */
  const watchListener = (isNew: boolean): void => {
    if (listener === undefined) return
    if (listener.heard() !== heard) silent = 0
    else if (isNew) silent += 1
    heard = listener.heard()
    if (silent < SILENT_LOOKS) return
    silent = 0
    listener.renew()
  }
  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    try {
      const [row] = await database.read(`select max(position) as last from ${database.schema}.events`, [])
      const isNew = row?.['last'] !== last
      last = row?.['last']
      watchListener(isNew)
      if (isNew) found()
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
