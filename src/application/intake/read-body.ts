/** Largest webhook body in bytes: Meta batches up to 1,000 events and escapes text sixfold. */
export const MAX_BODY_BYTES: number = 16 * 1024 * 1024

/** The bytes of a request as they were received, which is what the signature is over; undefined if they are more than the limit. */
export const readBody = async (request: Request, limit: number = MAX_BODY_BYTES): Promise<Uint8Array | undefined> => {
  if (request.bodyUsed) throw new TypeError('the body of the request was read by somebody else')
  if (Number(request.headers.get('content-length') ?? 0) > limit) {
    await request.body?.cancel()
    return undefined
  }
  return request.body === null ? new Uint8Array() : readChunks(request.body, limit)
}

const readChunks = async (body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array | undefined> => {
  // Asked for piece by piece: the iterator of a stream, and `bytes()`, take two to three times as long for a small body.
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > limit) {
      await reader.cancel()
      return undefined
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
