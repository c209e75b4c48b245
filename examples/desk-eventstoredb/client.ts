import type { EventStoreDbClient } from 'madoguchi/eventstoredb'
import { BadSetting } from '../desk/host/settings.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A server on this machine, as compose.yaml starts one. */
const HERE = 'esdb://127.0.0.1:2113?tls=false'

/** What the two packages call the same protocol. */
const SCHEMES: Readonly<Record<string, string>> = {
  '@eventstore/db-client': 'esdb',
  '@kurrent/kurrentdb-client': 'kurrentdb',
}
const SCHEME = /^(?:esdb|kurrentdb|kurrent|kdb)(\+discover)?:\/\//

/** The package and the connection string that the environment asks for: `KURRENTDB_CLIENT`, `KURRENTDB_URL`. */
export const clientSettings = (env: Environment): { readonly name: string; readonly url: string } => {
  const name = env['KURRENTDB_CLIENT'] || '@eventstore/db-client'
  const scheme = SCHEMES[name]
  if (scheme === undefined) {
    throw new BadSetting(
      `KURRENTDB_CLIENT: expected ${Object.keys(SCHEMES).join(' or ')}, given ${JSON.stringify(name)}`,
    )
  }
  const given = env['KURRENTDB_URL'] || HERE
  if (!SCHEME.test(given)) throw new BadSetting('KURRENTDB_URL: expected kurrentdb://user:password@host:2113?tls=true')
  return { name, url: given.replace(SCHEME, (_, discover: string = '') => `${scheme}${discover}://`) }
}

/** Hosts and ports of a connection string, without user, password and options. */
export const hostsOf = (url: string): string =>
  url
    .replace(SCHEME, '')
    .replace(/^.*@/, '')
    .replace(/[/?].*$/, '')

/** A client as the store takes it, and what is left for the host to do in the end. */
export interface ChosenClient {
  readonly client: EventStoreDbClient | (() => EventStoreDbClient)
  readonly dispose: () => Promise<void>
}

/** Loads one of the packages and never the other: two in one process break each other. */
export const connect = async ({
  name,
  url,
}: {
  readonly name: string
  readonly url: string
}): Promise<ChosenClient> => {
  // With it set, both clients print their connection string with its password.
  delete process.env['DEBUG']
  const made = <Client>(make: (url: string) => Client): Client => {
    try {
      return make(url)
    } catch {
      // The parser's message may quote what it could not read.
      throw new BadSetting('KURRENTDB_URL: cannot be read; expected kurrentdb://user:password@host:2113?tls=true')
    }
  }
  if (name === '@eventstore/db-client') {
    const { EventStoreDBClient } = await import('@eventstore/db-client')
    const client = made((text) => EventStoreDBClient.connectionString(text))
    return { client, dispose: () => client.dispose() }
  }
  const { KurrentDBClient } = await import('@kurrent/kurrentdb-client')
  const make = () => made((text) => KurrentDBClient.connectionString(text))
  await make().dispose()
  // The store makes and disposes of them: one that once found no server cannot be used any more.
  return { client: make, dispose: async () => undefined }
}
