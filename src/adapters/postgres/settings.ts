import type { Client } from 'pg'
import { InvalidStoreOption } from '../../application/ports/store-errors.ts'
import { driver } from './driver.ts'

/** What `pg` needs to reach the server: its own settings, as its documentation names them. */
export type ConnectionSettings = Readonly<Record<string, unknown>>

const SCHEMES = /^(?:postgres|postgresql|socket):/
const PORT_RANGE = 'the port must be a number from 1 to 65535'
const ENCODING = 'in user and password, / ? # @ : and % must be percent-encoded'

const isPort = (port: unknown): boolean => /^\d{1,5}$/.test(String(port)) && Number(port) >= 1 && Number(port) <= 65_535

/** Without user and password before it, an `@` further on says that one of them was cut there. */
const isCutInPassword = ({ username, pathname, search, hash }: URL): boolean =>
  username === '' && (pathname.includes('@') || hash.includes('@') || /^\?[^=&]*@/.test(search))

/** What is wrong with a connection string that `pg` would take all the same, or of which it does not say what is wrong. */
const problemWith = (connectionString: string): string | undefined => {
  if (connectionString === '') return 'it is empty; is the variable set?'
  // A socket: its folder, a blank and the database.
  if (connectionString.startsWith('/')) return undefined
  if (!SCHEMES.test(connectionString)) return 'it must begin with postgres:// or postgresql://'
  // `pg` takes user and password without a host, which is no URL: it then is what comes after them that counts.
  const url = URL.parse(connectionString) ?? URL.parse(connectionString.replace('@/', '@host/'))
  if (url === null) return `it cannot be read: ${PORT_RANGE}, and ${ENCODING}`
  if (isCutInPassword(url)) return `there is an @ in it after its host: ${ENCODING}`
  const port = url.searchParams.get('port') ?? url.port
  return port === '' || isPort(port) ? undefined : PORT_RANGE
}

/** Where `pg` will look for the server: host and port, or a socket. */
const placeOf = ({ host, port }: Client): string => (host.startsWith('/') ? host : `${host}:${port}`)

/**
 * Says where the server is, and refuses what would fail at each call without saying why.
 * @throws InvalidStoreOption, which holds nothing of the settings but the name of a file
 */
export const checkSettings = (settings: ConnectionSettings): string => {
  const { connectionString, port } = settings
  const option = 'connectionString' in settings ? 'connectionString' : 'connection'
  if ('connectionString' in settings) {
    if (typeof connectionString !== 'string')
      throw new InvalidStoreOption(option, 'it is missing; is the variable set?')
    const problem = problemWith(connectionString)
    if (problem !== undefined) throw new InvalidStoreOption(option, problem)
  } else if (port !== undefined && !isPort(port)) throw new InvalidStoreOption(option, PORT_RANGE)
  const client = readByDriver(settings, option)
  if (!client.host.startsWith('/') && !isPort(client.port)) throw new InvalidStoreOption('PGPORT', PORT_RANGE)
  return placeOf(client)
}

/** A client that is never connected: making one reads the settings, files and environment included. */
const readByDriver = (settings: ConnectionSettings, option: string): Client => {
  try {
    return new (driver().Client)(settings)
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    // The driver's own error may quote what it could not read.
    throw new InvalidStoreOption(
      option,
      code !== undefined && path !== undefined
        ? `a file that it names cannot be read: ${path} (${code})`
        : `pg cannot read it: ${ENCODING}`,
    )
  }
}
