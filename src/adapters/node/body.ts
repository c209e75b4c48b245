import type { IncomingMessage } from 'node:http'

/**
 * Something before the handler read the body of a request, such as `express.json()`. The signature of a webhook is over the raw
 * bytes, which are gone then: mount the webhook before body parsers, or give it a raw parser (`express.raw()`).
 */
export class BodyAlreadyRead extends Error {
  override readonly name = 'BodyAlreadyRead'
  constructor() {
    super(
      'The body of the request was read before it came here, so its raw bytes are gone, and Meta signs the raw bytes. ' +
        'Mount the webhook before express.json() and other body parsers.',
    )
  }
}

/** Bytes that wait in memory before the sender is made to wait. */
const HIGH_WATER_MARK = 65_536

/** A body, and what throws the rest of it away, so that the next request on the connection can be read. */
export interface Body {
  readonly content: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>
  readonly discard: () => void
}

/**
 * The body as it comes, or the bytes that a raw parser (`express.raw()`) has put into `request.body`.
 * @throws BodyAlreadyRead
 */
export const bodyOf = (incoming: IncomingMessage): Body => {
  const { body } = incoming as { readonly body?: unknown }
  if (body instanceof Uint8Array) return { content: new Uint8Array(body), discard: () => {} }
  if (incoming.readableDidRead || incoming.readableEnded || incoming.destroyed) throw new BodyAlreadyRead()
  return streamed(incoming)
}

/** Nothing is gathered here. Cancelled, the rest is thrown away and the connection stays, so that the answer arrives. */
const streamed = (incoming: IncomingMessage): Body => {
  let done = false
  const discard = (): void => {
    done = true
    incoming.resume()
  }
  const content = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const end = (settle: () => void): void => {
          if (done) return
          done = true
          settle()
        }
        incoming.on('data', (chunk: Uint8Array) => {
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
      cancel: discard,
    },
    { highWaterMark: HIGH_WATER_MARK, size: (chunk) => chunk?.byteLength ?? 0 },
  )
  return { content, discard }
}
