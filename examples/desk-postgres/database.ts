import { join } from 'node:path'
import { BadSetting } from '../desk/host/settings.ts'
import { startEmbedded } from './embedded.ts'

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
  try {
    const { url, stop } = await startEmbedded({ folder })
    return { url, name: `embedded PostgreSQL in ${folder}`, isOwn: true, stop }
  } catch (error) {
    throw new BadSetting(
      `The embedded PostgreSQL did not start in ${folder}:\n${(error as Error).message}\nSet DATABASE_URL to use a server of yours.`,
    )
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
