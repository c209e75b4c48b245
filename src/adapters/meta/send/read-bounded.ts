/** More than any answer of Meta's that this adapter asks for. */
const MAX_BYTES = 4 * 1_048_576

/** The body of an answer as text. @throws RangeError if it is longer than any answer can be; the rest is not read */
export const readBounded = async (response: Response): Promise<string> => {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > MAX_BYTES) throw new RangeError('answer too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
