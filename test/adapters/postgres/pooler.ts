import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Client } from 'pg'

/** A pooler in transaction mode: each transaction of a client gets the next of a few connections to the server. */
export interface Pooler {
  readonly url: string
  /** What one of the connections to the server has kept of those who used it. */
  leftovers(): Promise<readonly string[]>
  close(): Promise<void>
}

interface Backend {
  readonly client: Client
  readonly socket: Socket
}

const READY = 'Z'.charCodeAt(0)
const IDLE = 'I'.charCodeAt(0)
const TERMINATE = 'X'.charCodeAt(0)
const SYNC = 'S'.charCodeAt(0)
const QUERY = 'Q'.charCodeAt(0)

/** What a connection begins with that asks to cancel what another one waits for. */
const CANCEL = 80_877_102

/** Authentication granted, the number by which this client is known (and a secret, 0), ready. */
const welcome = (number: number): Buffer => {
  const bytes = Buffer.from([
    0x52,
    0,
    0,
    0,
    8,
    0,
    0,
    0,
    0,
    0x4b,
    0,
    0,
    0,
    12,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    READY,
    0,
    0,
    0,
    5,
    IDLE,
  ])
  bytes.writeInt32BE(number, 14)
  return bytes
}

/** The whole messages at the beginning of the bytes, and the rest. */
const split = (bytes: Buffer): { readonly messages: readonly Buffer[]; readonly rest: Buffer } => {
  const messages: Buffer[] = []
  let at = 0
  while (bytes.length - at >= 5 && bytes.length - at >= bytes.readUInt32BE(at + 1) + 1) {
    const end = at + bytes.readUInt32BE(at + 1) + 1
    messages.push(bytes.subarray(at, end))
    at = end
  }
  return { messages, rest: bytes.subarray(at) }
}

const openBackend = async (url: string): Promise<Backend> => {
  const client = new Client(url)
  client.on('error', () => undefined)
  await client.connect()
  return { client, socket: client.connection.stream as Socket }
}

export const openPooler = async (server: string, backends: number): Promise<Pooler> => {
  const all = await Promise.all(Array.from({ length: backends }, () => openBackend(server)))
  const free = [...all]
  let waiting: ((backend: Backend) => void)[] = []
  const take = (): Promise<Backend> => {
    // The one that has rested longest: hardly ever the one that the client had before.
    const backend = free.shift()
    return backend ? Promise.resolve(backend) : new Promise((resolve) => waiting.push(resolve))
  }
  const give = (backend: Backend): void => {
    const next = waiting[0]
    waiting = waiting.slice(1)
    if (next) next(backend)
    else free.push(backend)
  }

  /** Who uses which connection to the server, by the numbers of the clients. */
  const inUse = new Map<number, Backend>()
  const cancel = async (number: number): Promise<void> => {
    const { processID, secretKey } = (inUse.get(number)?.client ?? {}) as { processID?: number; secretKey?: number }
    if (processID === undefined || secretKey === undefined) return
    const { port, hostname } = new URL(server)
    const far = connect(Number(port), hostname)
    const bytes = Buffer.alloc(16)
    for (const [at, value] of [16, CANCEL, processID, secretKey].entries()) bytes.writeInt32BE(value, at * 4)
    far.write(bytes)
    await once(far, 'close')
  }

  /** Sends whole messages up to the end of a transaction, and what is answered back. */
  const transact = async (
    near: Socket,
    number: number,
    next: () => Promise<Buffer | undefined>,
    first: Buffer,
  ): Promise<void> => {
    const backend = await take()
    inUse.set(number, backend)
    const driver = backend.socket.listeners('data')
    backend.socket.removeAllListeners('data')
    let answer = Buffer.alloc(0)
    let answered: (idle: boolean) => void = () => undefined
    backend.socket.on('data', (data: Buffer) => {
      near.write(data)
      const { messages, rest } = split(Buffer.concat([answer, data]))
      answer = Buffer.from(rest)
      const ready = messages.findLast((message) => message[0] === READY)
      if (ready) answered(ready[5] === IDLE)
    })
    let message: Buffer | undefined = first
    while (message) {
      const isEnd = message[0] === SYNC || message[0] === QUERY
      const idle = isEnd ? new Promise<boolean>((resolve) => (answered = resolve)) : undefined
      backend.socket.write(message)
      if (await idle) break
      message = await next()
    }
    backend.socket.removeAllListeners('data')
    inUse.delete(number)
    for (const listener of driver) backend.socket.on('data', listener as (data: Buffer) => void)
    give(backend)
  }

  let clients = 0
  const serve = async (near: Socket): Promise<void> => {
    clients += 1
    const number = clients
    let bytes = Buffer.alloc(0)
    let ended = false
    let wake: () => void = () => undefined
    near.on('error', () => undefined)
    near.on('close', () => {
      ended = true
      // It is not known any more: nothing of it can be cancelled.
      inUse.delete(number)
      wake()
    })
    near.on('data', (data: Buffer) => {
      bytes = Buffer.concat([bytes, data])
      wake()
    })
    const more = (): Promise<void> => new Promise((resolve) => (wake = resolve))
    while (bytes.length < 4 || bytes.length < bytes.readUInt32BE(0)) await more()
    if (bytes.readUInt32BE(4) === CANCEL) {
      await cancel(bytes.readInt32BE(8))
      return void near.destroy()
    }
    bytes = bytes.subarray(bytes.readUInt32BE(0))
    near.write(welcome(number))
    const next = async (): Promise<Buffer | undefined> => {
      for (;;) {
        const [message] = split(bytes).messages
        if (message) {
          bytes = bytes.subarray(message.length)
          return message[0] === TERMINATE ? undefined : message
        }
        if (ended) return undefined
        await more()
      }
    }
    for (let message = await next(); message; message = await next()) await transact(near, number, next, message)
    near.destroy()
  }

  const listening = createServer((near) => void serve(near))
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const url = new URL(server)
  url.port = String((listening.address() as AddressInfo).port)
  return {
    url: url.href,
    leftovers: async () => {
      const found: string[] = []
      for (const { client } of all) {
        const { rows } = await client.query<{ what: string }>(`
          select 'statement ' || name as what from pg_prepared_statements
          union all select 'listens to ' || pg_listening_channels()
          union all select 'advisory lock' from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()
          union all select 'setting ' || name from pg_settings where source = 'session' and name <> 'client_encoding'`)
        found.push(...rows.map(({ what }) => what))
      }
      return found
    },
    close: async () => {
      listening.close()
      await Promise.all(all.map(({ client }) => client.end()))
    },
  }
}
