import type { Runtime } from '../ports/runtime.ts'
import type { ReadingRoom } from './reading-room.ts'

/** Largest webhook body in bytes: Meta batches up to 1,000 events and escapes text sixfold. */
export const MAX_BODY_BYTES: number = 16 * 1024 * 1024

/** Milliseconds that a body may take to arrive. Meta gives up its own requests sooner, and delivers them again. */
export const READ_WITHIN = 10_000

/** Somebody read the body of the request before the desk got it. */
export class BodyAlreadyRead extends Error {
  override readonly name = 'BodyAlreadyRead'
}

/** Why a body was not read to its end. */
export type Unread = 'too-large' | 'too-slow' | 'no-room'

/**
 * The bytes of a request as they were received, which is what the signature is over. `no-room`: too many bodies were being read
 * at the same time, and this was the largest.
 *
 * @throws BodyAlreadyRead, and what the request fails with when its sender hangs up
 */
export const readBody = async (
  request: Request,
  { room, runtime }: { readonly room: ReadingRoom; readonly runtime: Pick<Runtime, 'schedule'> },
): Promise<Uint8Array | Unread> => {
  // Frameworks put what they made of it in its place.
  if (request.bodyUsed || (request.body !== null && !isUnread(request.body)))
    throw new BodyAlreadyRead('the body of the request was already read')
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) {
    leave(request)
    return 'too-large'
  }
  if (request.body === null) return new Uint8Array()
  // Read piece by piece: the iterator of a stream, and `bytes()`, take two to three times as long for a small body.
  const reader = request.body.getReader()
  let unread: Unread | undefined
  const giveUp = (why: Unread): void => {
    unread ??= why
    body.leave()
    // A read that waits for the next piece gets the end.
    reader.cancel().catch(nothing)
  }
  const body = room.enter(MAX_BODY_BYTES, () => giveUp('no-room'))
  const cancel = runtime.schedule(READ_WITHIN, () => giveUp('too-slow'))
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (unread !== undefined) return unread
      if (done) return body.bytes()
      if (!body.add(value)) giveUp('too-large')
    }
  } finally {
    cancel()
    body.leave()
  }
}

/** Lets a body go unread. */
export const leave = ({ body, bodyUsed }: Request): void => {
  if (!bodyUsed && body !== null && isUnread(body)) body.cancel().catch(nothing)
}

/** A stream, also of another copy of the class, that nobody reads. */
const isUnread = (body: Partial<ReadableStream>): boolean => typeof body.getReader === 'function' && !body.locked

const nothing = (): void => {}
