import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { isLostAnswer } from './lost-answer.ts'

/** A handler in the shape of the web platform. */
export type Handler = (request: Request) => Promise<Response> | Response

/** A server that listens. */
export interface Listening {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string
  readonly port: number
  readonly server: Server
  /** Stops listening and cuts what is open. */
  close(): Promise<void>
}

/**
 * The bridge from `node:http` to a handler: a listener for `createServer`.
 *
 * A handler that throws gives 500 and a process warning. A response marked as lost cuts the connection before the first byte.
 */
export const nodeListener =
  (handler: Handler) =>
  (incoming: IncomingMessage, outgoing: ServerResponse): void =>
    void answer(handler, incoming, outgoing)

/** Serves a handler over real HTTP. @param port 0 (default) takes a free one */
export const serve = async (handler: Handler, port = 0, hostname = '127.0.0.1'): Promise<Listening> => {
  const server = createServer(nodeListener(handler))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, hostname, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://${hostname}:${bound}`,
    port: bound,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const answer = async (handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  try {
    const response = await handler(toRequest(incoming))
    if (isLostAnswer(response)) return void incoming.socket.destroy()
    outgoing.statusCode = response.status
    for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value)
    const cookies = response.headers.getSetCookie()
    if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies)
    if (response.body === null) return void outgoing.end()
    const body = Readable.fromWeb(response.body)
    body.once('error', () => incoming.socket.destroy())
    body.pipe(outgoing)
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error))
    if (!outgoing.headersSent) outgoing.statusCode = 500
    outgoing.end()
  }
}

const toRequest = (incoming: IncomingMessage): Request => {
  const method = incoming.method ?? 'GET'
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(new URL(incoming.url ?? '/', `http://${incoming.headers.host ?? 'localhost'}`), {
    method,
    headers,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' as const }),
  })
}
