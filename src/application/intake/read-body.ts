import type { Runtime } from '../ports/runtime.ts'

/** Largest webhook body in bytes: Meta batches up to 1,000 events and escapes text sixfold. */
export const MAX_BODY_BYTES: number = 16 * 1024 * 1024

/** Milliseconds that a body may take to arrive. Meta gives up its own requests sooner. */
const READ_WITHIN = 10_000

/** Somebody read the body of the request before the desk got it. */
export class BodyAlreadyRead extends Error {
  override readonly name = 'BodyAlreadyRead'
}

/**
 * The bytes of a request as they were received, which is what the signature is over.
 *
 * @throws BodyAlreadyRead, and what the request fails with when its sender hangs up
 */
export const readBody = async (
  request: Request,
  runtime: Pick<Runtime, 'schedule'>,
  { limit = MAX_BODY_BYTES, within = READ_WITHIN }: { readonly limit?: number; readonly within?: number } = {},
): Promise<Uint8Array | 'too-large' | 'too-slow'> => {
  if (request.bodyUsed) throw new BodyAlreadyRead('the body of the request was already read')
  if (Number(request.headers.get('content-length') ?? 0) > limit) {
    leave(request)
    return 'too-large'
  }
  if (request.body === null) return new Uint8Array()
  // Read piece by piece: the iterator of a stream, and `bytes()`, take two to three times as long for a small body.
  const reader = request.body.getReader()
  let isLate = false
  const cancel = runtime.schedule(within, () => {
    isLate = true
    // What waits for the next piece gets the end.
    reader.cancel().catch(nothing)
  })
  try {
    const chunks = await readChunks(reader, limit)
    return isLate ? 'too-slow' : chunks
  } finally {
    cancel()
  }
}

/** Lets a body go unread. */
export const leave = ({ body, bodyUsed }: Request): void => {
  if (!bodyUsed) body?.cancel().catch(nothing)
}

const nothing = (): void => {}

const readChunks = async (
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
): Promise<Uint8Array | 'too-large'> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > limit) {
      reader.cancel().catch(nothing)
      return 'too-large'
    }
    chunks.push(value)
  }
  const [first] = chunks
  if (first !== undefined && chunks.length === 1) return first
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}
