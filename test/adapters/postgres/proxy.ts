import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

/** Stands between a store and its server, and does what networks do. */
export interface Proxy {
  /** The server's address by way of the proxy. */
  readonly url: string
  /** Cuts all connections. */
  cut(): void
  /** Forwards what is asked, and cuts the connection in place of the answer; once. */
  loseAnswer(): void
  /** Forwards nothing, and says nothing, until the returned function is called. */
  freeze(): () => void
  /** Says nothing more on the connections there are, which stay as they are; later ones work. */
  silence(): void
  close(): void
}

export const openProxy = async (server: string): Promise<Proxy> => {
  const target = new URL(server)
  const pairs = new Set<readonly [Socket, Socket]>()
  let frozen = false
  let losing = false
  const listening = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    const pair = [near, far] as const
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const socket of pair) socket.on('error', end).on('close', end)
    near.on('data', (data) => void far.write(data))
    far.on('data', (data) => {
      if (!losing) return void near.write(data)
      losing = false
      end()
    })
    if (frozen) for (const socket of pair) socket.pause()
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const url = new URL(server)
  url.hostname = '127.0.0.1'
  url.port = String((listening.address() as AddressInfo).port)
  const cut = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }
  return {
    url: url.href,
    cut,
    loseAnswer: () => {
      losing = true
    },
    freeze: () => {
      frozen = true
      for (const pair of pairs) for (const socket of pair) socket.pause()
      return () => {
        frozen = false
        for (const pair of pairs) for (const socket of pair) socket.resume()
      }
    },
    silence: () => {
      for (const pair of pairs) for (const socket of pair) socket.pause()
    },
    close: () => {
      listening.close()
      cut()
    },
  }
}
