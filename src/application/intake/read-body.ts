/** Largest webhook body in bytes: Meta batches up to 1,000 events and escapes text sixfold. */
export const MAX_BODY_BYTES: number = 16 * 1024 * 1024

/** The bytes of a request as they were received, which is what the signature is over; undefined if they are more than the limit. */
export const readBody = async (request: Request, limit: number = MAX_BODY_BYTES): Promise<Uint8Array | undefined> => {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > limit) {
    await request.body?.cancel()
    return undefined
  }
  if (declared > 0) {
    const bytes = await request.bytes()
    return bytes.byteLength > limit ? undefined : bytes
  }
  return request.body === null ? new Uint8Array() : readChunks(request.body, limit)
}

const readChunks = async (body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array | undefined> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > limit) return undefined
    chunks.push(chunk)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}
