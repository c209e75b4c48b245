/** What a store may tell anybody of its trouble: never content, names or credentials. */
export interface StoreTrouble {
  /** As the driver or the server names it (`ECONNREFUSED`, `57P01`, `SQLITE_FULL`), or a word of the adapter's own (`no-answer`). */
  readonly code?: string | undefined
  /** Where: host and port, or a file. */
  readonly at?: string | undefined
  /** What is kept there, if that makes a difference to the remedy. */
  readonly part?: StorePart | undefined
}

/** What is kept apart from the log: views can be thrown away, and keys have a backup of their own. */
export type StorePart = 'views' | 'keys'
const PARTS: readonly unknown[] = ['views', 'keys'] satisfies StorePart[]

/** Codes as drivers and servers give them. */
const CODE = /^[0-9A-Z][0-9A-Z_]{2,50}$/
/** Codes of adapters. */
const OWN_CODE = /^[a-z]{2,20}(?:-[a-z]{1,20}){0,4}$/
/** Without `@`, `?`, `=` and blanks, so that neither a connection string nor a sentence is one. */
const PLACE = /^[\w.,:[\]/\\~+-]{1,300}$/

/** What is safe to be told of a store: whatever has another shape than a code or a place is left out. */
export const safeTrouble = ({
  code,
  at,
  part,
}: {
  readonly code?: unknown
  readonly at?: unknown
  readonly part?: unknown
}): StoreTrouble => ({
  ...(typeof code === 'string' && (CODE.test(code) || OWN_CODE.test(code)) && { code }),
  ...(typeof at === 'string' && PLACE.test(at) && { at }),
  ...(PARTS.includes(part) && { part: part as StorePart }),
})

const REFUSES_CONNECTIONS = 'nothing listens there: start it, or correct host and port'
const NO_SUCH_HOST = 'the host name has no address: correct it, or look at the name service'
const NO_ANSWER = 'no answer came in time: look at the load of the server, at the network and at firewalls'
const CONNECTION_LOST = 'the connection was lost and is made anew: if this lasts, look at the server and the network'
const CREDENTIALS = 'the server does not accept user or password: correct them'
const CERTIFICATE = 'the certificate of the server is not accepted: correct it, or the authority in the settings of TLS'
const DISK_FULL = 'the disk is full: make room'
const PATH_OR_PERMISSION = 'the file cannot be opened: its folder must exist, and both must be writable by this process'
const DISK = 'the disk does not work as it should: look at it and at the system log'
const DAMAGED = 'the file is damaged: stop the process, keep a copy and restore a backup'
const REBUILT = 'views are built again from the log'
const THROW_AWAY = `the file holds views only: stop the process and delete it with its -wal and -shm, which is enough; ${REBUILT}`
const FILE_GONE =
  'the file was deleted, moved or replaced while it was open: stop the process, put the file back with its -wal, and start again'
const LOCK_HELD = 'another process holds the lock: look for one that hangs, or for a long transaction'
const NO_NODE = 'no node of the cluster could be reached: start them, or correct the addresses'

const REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: REFUSES_CONNECTIONS,
  ENOTFOUND: NO_SUCH_HOST,
  EAI_AGAIN: NO_SUCH_HOST,
  ETIMEDOUT: NO_ANSWER,
  EHOSTUNREACH: NO_ANSWER,
  ENETUNREACH: NO_ANSWER,
  'no-answer': NO_ANSWER,
  ECONNRESET: CONNECTION_LOST,
  EPIPE: CONNECTION_LOST,
  'connection-ended': CONNECTION_LOST,
  'no-node': NO_NODE,
  'not-leader': 'the cluster is choosing a leader: if this lasts, look at its nodes',
  unavailable: NO_NODE,
  'no-tls': 'the server has no TLS: turn it on there, or off in the settings',
  'no-password': 'the server asks for a password and the settings hold none',
  DEPTH_ZERO_SELF_SIGNED_CERT: CERTIFICATE,
  SELF_SIGNED_CERT_IN_CHAIN: CERTIFICATE,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CERTIFICATE,
  CERT_HAS_EXPIRED: CERTIFICATE,
  ERR_TLS_CERT_ALTNAME_INVALID: CERTIFICATE,
  // https://www.postgresql.org/docs/current/errcodes-appendix.html
  '25006': 'the server takes no writes: connect to the primary',
  '28000': CREDENTIALS,
  '28P01': CREDENTIALS,
  '3D000': 'there is no such database: create it, or correct its name',
  '42501': 'the role may not do this: grant it what the documentation names',
  '53100': DISK_FULL,
  '53300': 'the server has no connection left: raise max_connections, or lower `connections`',
  '55P03': LOCK_HELD,
  '57014': NO_ANSWER,
  '57P01': 'the server was shut down or ended this connection: start it',
  '57P02': 'the server crashed and recovers: look at its log',
  '57P03': 'the server is starting up or shutting down: wait, then look at its log',
  // https://www.sqlite.org/rescode.html
  SQLITE_BUSY: LOCK_HELD,
  SQLITE_LOCKED: LOCK_HELD,
  SQLITE_PERM: PATH_OR_PERMISSION,
  SQLITE_READONLY: PATH_OR_PERMISSION,
  SQLITE_CANTOPEN: PATH_OR_PERMISSION,
  SQLITE_FULL: DISK_FULL,
  SQLITE_IOERR: DISK,
  SQLITE_CORRUPT: DAMAGED,
  SQLITE_NOTADB: 'the file is no SQLite database: correct the path',
  EACCES: PATH_OR_PERMISSION,
  ENOENT: PATH_OR_PERMISSION,
  ENOTDIR: PATH_OR_PERMISSION,
  EISDIR: PATH_OR_PERMISSION,
  EROFS: PATH_OR_PERMISSION,
  ENOSPC: DISK_FULL,
  'file-gone': FILE_GONE,
  'file-cut': DAMAGED,
  'not-json': DAMAGED,
  XX001: 'the server found damaged data: look at its log, and restore a backup',
  XX002: 'the server found a damaged index: look at its log, and rebuild it with REINDEX',
  EMFILE: 'this process has too many open files: raise its limit',
}

/** What is done for a part of the store alone. */
const REMEDIES_OF: Readonly<Partial<Record<StorePart, Readonly<Record<string, string>>>>> = {
  views: {
    SQLITE_CORRUPT: THROW_AWAY,
    SQLITE_NOTADB: `the file is no SQLite database: correct the path, or delete the file if it held the views; ${REBUILT}`,
    'file-cut': THROW_AWAY,
    'not-json': THROW_AWAY,
    'row-not-json': `a row of the views is damaged: stop the processes, empty the tables builds, indexes, documents and entries, and start again; ${REBUILT}`,
    'file-gone': `the file was deleted, moved or replaced while it was open: start the process again; ${REBUILT}`,
  },
  keys: {
    SQLITE_CORRUPT:
      'the file of keys and tokens is damaged: stop the process, keep a copy and restore the backup of that file',
  },
}

const ownRemedy = (remedies: Readonly<Record<string, string>> | undefined, code: string): string | undefined =>
  remedies !== undefined && Object.hasOwn(remedies, code) ? remedies[code] : undefined

/** What a person does about it; undefined for a code that has no remedy of its own. */
export const remedyOf = ({ code, part }: Pick<StoreTrouble, 'code' | 'part'>): string | undefined =>
  code === undefined
    ? undefined
    : (ownRemedy(part === undefined ? undefined : REMEDIES_OF[part], code) ?? ownRemedy(REMEDIES, code))

/** The trouble and its remedy in a sentence, empty if nothing is known. */
export const troubleInWords = ({ code, at, part }: StoreTrouble): string => {
  const what = [code, at].filter((word) => word !== undefined).join(' ')
  const remedy = remedyOf({ code, part })
  return remedy === undefined ? what : `${what}; ${remedy}`
}

/** How deep causes are followed. */
const DEEPEST = 5

/**
 * What the errors of Node's network and files, or of a store, say of a trouble; else what their causes say.
 * Of several addresses that were tried the first one is told.
 */
export const troubleOf = (error: unknown, depth = 0): StoreTrouble => {
  if (typeof error !== 'object' || error === null || depth > DEEPEST) return {}
  const { name, code, at, part, address, hostname, port, cause, errors } = error as Readonly<Record<string, unknown>>
  if (name === 'StoreUnavailable' && code !== undefined) return safeTrouble({ code, at, part })
  const inner = troubleOf(Array.isArray(errors) ? errors[0] : cause, depth + 1)
  if (typeof code !== 'string' || !CODE.test(code)) return inner
  const server = address ?? hostname
  return { ...inner, ...safeTrouble({ code, at: typeof port === 'number' ? `${String(server)}:${port}` : server }) }
}
