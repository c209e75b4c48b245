import type { Client } from 'pg'
import type { ConnectionSettings } from './settings.ts'
import { driver } from './driver.ts'

/** Milliseconds that the asking may take: meanwhile the connection is kept, and nobody else gets its place. */
const PATIENCE = 1_000

/** What `pg` has and its types do not tell of. */
interface Keys {
  readonly processID?: number | null
  readonly secretKey?: number | null
}
interface Driver {
  readonly sslNegotiation?: string
  readonly connection: Client['connection'] & {
    connect(portOrSocket: number | string, host?: string): void
    requestSsl(): void
    cancel(process: number, secret: number): void
  }
}

/**
 * Asks the server to give up what it does for a connection. Resolves when it was asked, or when it could not be.
 *
 * A backend that waits for a lock does not notice that nobody waits for its answer. It is asked as the protocol has it, not by a
 * statement: a pooler has numbers of its own for its connections, and knows whom to ask as long as the one in question is there.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export const cancel = (settings: ConnectionSettings, running: Client): Promise<void> => {
  const { processID, secretKey } = running as Keys
  if (typeof processID !== 'number' || typeof secretKey !== 'number') return Promise.resolve()
  return new Promise((resolve) => {
    const asking = new (driver().Client)(settings)
    const { connection, sslNegotiation } = asking as unknown as Driver
    const ask = (): void => connection.cancel(processID, secretKey)
    const late = setTimeout(() => connection.stream.destroy(), PATIENCE)
    connection.on('error', () => connection.stream.destroy())
    connection.on('connect', () => {
      if (!asking.ssl) ask()
      else if (sslNegotiation !== 'direct') connection.requestSsl()
    })
    connection.on('sslconnect', ask)
    // The server says nothing and closes the connection.
    connection.on('end', () => {
      clearTimeout(late)
      resolve()
    })
    if (asking.host.startsWith('/')) connection.connect(`${asking.host}/.s.PGSQL.${asking.port}`)
    else connection.connect(asking.port, asking.host)
  })
}
