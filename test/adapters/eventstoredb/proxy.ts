import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

/** A wire between clients and a server that can be cut or blocked, whatever server it is. */
export interface Proxy {
  readonly port: number
  /** Cuts every connection; new ones are taken. */
  cut(): void
  /** Cuts the connection on which the byte after so many more reaches the server, once; what comes before that reaches it. */
  cutAfter(bytes: number): void
  /** Lets nothing through, either way, until the returned function is called. */
  block(): () => void
  /** Refuses connections until the returned function is called. */
  refuse(): () => void
  close(): Promise<void>
}

export const startProxy = async (host: string, port: () => number): Promise<Proxy> => {
  const pairs = new Set<readonly [Socket, Socket]>()
  let blocked = false
  let refusing = false
  let left = Infinity
  const server = createServer((near) => {
    if (refusing) return void near.destroy()
    const far = connect(port(), host)
    const pair = [near, far] as const
    pairs.add(pair)
    for (const socket of pair) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
    near.on('data', (bytes) => {
      left -= bytes.length
      if (left >= 0) return void far.write(bytes)
      far.end(bytes.subarray(0, left), () => near.destroy())
      near.removeAllListeners('data')
      left = Infinity
    })
    far.on('data', (bytes) => void near.write(bytes))
    if (blocked) for (const socket of pair) socket.pause()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const [near, far] of pairs) {
      near.destroy()
      far.destroy()
    }
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    cutAfter: (bytes) => {
      left = bytes
    },
    block: () => {
      blocked = true
      for (const pair of pairs) for (const socket of pair) socket.pause()
      return () => {
        blocked = false
        for (const pair of pairs) for (const socket of pair) socket.resume()
      }
    },
    refuse: () => {
      refusing = true
      cut()
      return () => {
        refusing = false
      }
    },
    close: async () => {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
