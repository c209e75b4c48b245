import type { Json, JsonObject } from './json.ts'
import { HttpProblem } from './problem.ts'

/** The body as text, or a problem once it is over the limit (in bytes). */
const readText = async (request: Request, limit: number): Promise<string> => {
  const tooLarge = (): never => {
    throw new HttpProblem(413, 'body-too-large', { field: 'body', limit, unit: 'bytes' })
  }
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > limit) {
    await request.body?.cancel()
    tooLarge()
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength
    if (size > limit) tooLarge()
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw new HttpProblem(400, 'not-json', { field: 'body', expected: 'UTF-8' })
  }
}

/** The JSON object in the body; an empty body is an empty object. */
export const readJsonBody = async (request: Request, limit: number): Promise<JsonObject> => {
  const text = await readText(request, limit)
  if (text.trim() === '') return {}
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/json\b/i.test(type)) {
    // Also keeps other pages in the same browser from posting here without being asked for permission first.
    throw new HttpProblem(415, 'not-json', {
      field: 'content-type',
      expected: 'application/json',
      given: type.slice(0, 80),
    })
  }
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    throw new HttpProblem(400, 'not-json', { field: 'body', expected: 'JSON' })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw new HttpProblem(400, 'not-json', { field: 'body', expected: 'a JSON object' })
}
