import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as Meta would see it. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly authorization: string | undefined
  readonly body: unknown
  readonly at: number
}
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly text?: string
}

/** A real HTTP server in Meta's place. `answer` may also take the response into its own hands and give nothing. */
export interface GraphServer extends AsyncDisposable {
  readonly url: string
  readonly received: readonly Received[]
  answer: (request: Received, response: ServerResponse) => Reply | undefined | Promise<Reply | undefined>
}

export const graphServer = async (): Promise<GraphServer> => {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void readRequest(request).then(async (it) => {
      received.push(it)
      const reply = await self.answer(it, response)
      if (reply === undefined) return
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
      response.end(reply.text ?? JSON.stringify(reply.body ?? {}))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const self: GraphServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: () => ({ body: { recipient_id: '900000000000001', message_id: 'mid-1' } }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return self
}

const readRequest = async (request: IncomingMessage): Promise<Received> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const url = new URL(request.url ?? '/', 'http://meta')
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    authorization: request.headers.authorization,
    body: text === '' ? undefined : JSON.parse(text),
    at: performance.now(),
  }
}
