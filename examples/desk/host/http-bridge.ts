import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isLostAnswer } from 'madoguchi/simulator'

/** A handler in the shape of the web platform. */
export type Handler = (request: Request) => Promise<Response>

/**
 * The bridge from `node:http` to a handler: a listener for `createServer`.
 *
 * Bodies flow, nothing is gathered here, so limits are the handler's. When the caller hangs up, `request.signal` aborts
 * and a response that streams is cancelled.
 */
export const nodeListener =
  (handler: Handler) =>
  (incoming: IncomingMessage, outgoing: ServerResponse): void =>
    void answer(handler, incoming, outgoing)

const answer = async (handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  const hungUp = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) hungUp.abort()
  })
  try {
    const response = await handler(toRequest(incoming, hungUp.signal))
    // The simulator plays a platform whose answers get lost.
    if (isLostAnswer(response)) return void incoming.socket.destroy()
    outgoing.statusCode = response.status
    for (const [name, value] of response.headers) outgoing.appendHeader(name, value)
    if (response.body === null) return void outgoing.end()
    await pipeline(Readable.fromWeb(response.body), outgoing)
  } catch {
    // Nobody is left to be answered, or the answer broke half-way: the caller must see that it is not whole.
    if (outgoing.headersSent || hungUp.signal.aborted) return void incoming.socket.destroy()
    outgoing.statusCode = 500
    outgoing.end()
  }
}

const toRequest = (incoming: IncomingMessage, signal: AbortSignal): Request => {
  const { method = 'GET', headersDistinct, headers } = incoming
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(new URL(incoming.url ?? '/', `http://${headers.host ?? 'localhost'}`), {
    method,
    headers: Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
    signal,
    ...(hasBody && { body: bodyOf(incoming), duplex: 'half' as const }),
  })
}

/** The body as it comes. Cancelled, the rest is thrown away and the connection stays, so that the answer arrives. */
const bodyOf = (incoming: IncomingMessage): ReadableStream<Uint8Array> => {
  let done = false
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const end = (settle: () => void): void => {
          if (done) return
          done = true
          settle()
        }
        incoming.on('data', (chunk: Buffer) => {
          if (done) return
          controller.enqueue(new Uint8Array(chunk))
          if ((controller.desiredSize ?? 0) <= 0) incoming.pause()
        })
        incoming.once('end', () => end(() => controller.close()))
        incoming.once('error', (error) => end(() => controller.error(error)))
        incoming.once('close', () => end(() => controller.error(new Error('the caller hung up'))))
        incoming.pause()
      },
      pull: () => void incoming.resume(),
      cancel: () => {
        done = true
        incoming.resume()
      },
    },
    { highWaterMark: 65_536, size: (chunk) => chunk?.byteLength ?? 0 },
  )
}
