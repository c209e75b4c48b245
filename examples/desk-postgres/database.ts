import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { BadSetting } from '../desk/host/settings.ts'

/** Where the desk is kept. */
export interface Database {
  readonly url: string
  /** In words, without user and password. */
  readonly name: string
  /** Whether this host runs it. */
  readonly isOwn: boolean
  readonly stop: () => Promise<void>
}

const SHAPE = 'postgres://user:password@host:port/database'

/** The server that `DATABASE_URL` names. */
const given = (url: string): Database => {
  const parsed = URL.parse(url)
  if (parsed === null || !/^postgres(?:ql)?:$/.test(parsed.protocol)) {
    throw new BadSetting(
      `DATABASE_URL: expected ${SHAPE}; signs like @ : / ? # % in user and password are written %40 ...`,
    )
  }
  return { url, name: `${parsed.host}${parsed.pathname}`, isOwn: false, stop: async () => undefined }
}

/** A server of our own in the folder. */
const embedded = async (folder: string): Promise<Database> => {
  const child = fork(join(import.meta.dirname, 'embedded-server.ts'), [folder], { detached: true })
  const ended = once(child, 'exit')
  const [answer] = (await Promise.race([once(child, 'message'), ended.then(() => [{}])])) as [
    { readonly url?: string; readonly problem?: string },
  ]
  if (answer.url === undefined) {
    await ended
    throw new BadSetting(
      `The embedded PostgreSQL did not start in ${folder}:\n${answer.problem ?? ''}\nSet DATABASE_URL to use a server of yours.`,
    )
  }
  return {
    url: answer.url,
    name: `embedded PostgreSQL in ${folder}`,
    isOwn: true,
    stop: async () => {
      child.disconnect()
      await ended
    },
  }
}

/** The server of the environment, or else one of our own in the data folder. */
export const openDatabase = async (
  env: Readonly<Record<string, string | undefined>>,
  dataDir: string,
): Promise<Database> => {
  const url = env['DATABASE_URL']
  return url === undefined || url === '' ? embedded(join(dataDir, 'postgres')) : given(url)
}
