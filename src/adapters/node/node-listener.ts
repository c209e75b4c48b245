import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Body, bodyOf } from './body.ts'
import { addressOf } from './target.ts'

/** A handler in the shape of the web platform, such as `desk.handle`. */
export type FetchHandler = (request: Request) => Promise<Response>

/** A listener for `createServer` of `node:http`, and a handler for Express: there `next` gets what cannot be answered. */
export type NodeListener = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  next?: (error: unknown) => void,
) => void

/** Methods that the web platform's `Request` cannot have. */
const NEVER = new Set(['CONNECT', 'TRACE', 'TRACK'])
const ALLOWED = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/**
 * Serves a handler of the web platform with Node's own HTTP server, or as a handler of Express.
 *
 * Bodies are streamed: limits are the handler's. When the caller hangs up, `request.signal` aborts and a response that is streamed is
 * cancelled; a slow reader makes it wait. What is no path (`//host/...`, `*`, a whole URL) is answered 400. Where a body parser came
 * first, the answer is 500 with what to change, and `BodyAlreadyRead` goes to `next`, or to `process.emitWarning` where there is none;
 * so does what the handler throws. For `Response.error()`, and for a body that fails, the connection is cut.
 *
 * @throws TypeError for what is no handler
 * @example createServer(nodeListener((request) => desk.handle(request))).listen(3000)
 * @example app.all('/instagram/webhook', nodeListener((request) => desk.handle(request))) // before express.json()
 */
export const nodeListener = (handler: FetchHandler): NodeListener => {
  if (typeof handler !== 'function')
    throw new TypeError('nodeListener needs a function from Request to Response: (request) => desk.handle(request)')
  return (incoming, outgoing, next) => void serve(handler, incoming, outgoing, next)
}

const refuse = (outgoing: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void => {
  outgoing.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close', ...headers })
  outgoing.end(`${text}\n`)
}

const serve = async (
  handler: FetchHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  next: ((error: unknown) => void) | undefined,
): Promise<void> => {
  const { method = 'GET' } = incoming
  if (NEVER.has(method)) return refuse(outgoing, 405, 'This method is not allowed.', { allow: ALLOWED })
  const address = addressOf(incoming)
  if (address === undefined) return refuse(outgoing, 400, 'The target of the request must be a path.')
  const hungUp = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) hungUp.abort()
  })
  let body: Body | undefined
  try {
    body = method === 'GET' || method === 'HEAD' ? undefined : bodyOf(incoming)
  } catch (error) {
    if (next !== undefined) return next(error)
    process.emitWarning(error as Error)
    return refuse(outgoing, 500, (error as Error).message)
  }
  let response: Response
  try {
    response = await handler(toRequest(incoming, method, address, hungUp.signal, body))
    if (!isResponse(response)) throw new TypeError('the handler returned no Response; is a return missing?')
  } catch (error) {
    // Nobody is left to be answered.
    if (hungUp.signal.aborted) return void incoming.socket.destroy()
    if (next !== undefined) return next(error)
    process.emitWarning(error instanceof Error ? error : new Error('the handler threw what is no error'))
    response = new Response(null, { status: 500 })
  }
  try {
    await answer(outgoing, response)
  } catch {
    // It broke half-way: the caller must see that it is not whole.
    incoming.socket.destroy()
  }
  // What a handler has not read is in the way of the next request on this connection.
  body?.discard()
}

/** Also of another copy of the class. */
const isResponse = (given: Partial<Response> | null | undefined): boolean =>
  typeof given?.status === 'number' && typeof given.headers?.get === 'function'

const answer = async (outgoing: ServerResponse, response: Response): Promise<void> => {
  if (response.type === 'error') return void outgoing.destroy()
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value)
  if (response.body === null) return void outgoing.end()
  await pipeline(Readable.fromWeb(response.body), outgoing)
}

const toRequest = (
  incoming: IncomingMessage,
  method: string,
  address: URL,
  signal: AbortSignal,
  body: Body | undefined,
): Request => {
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  return new Request(address, {
    method,
    headers,
    signal,
    ...(body && { body: body.content, duplex: 'half' as const }),
  })
}
