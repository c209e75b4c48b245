import type { GraphRequest } from './graph-request.ts'
import { asString, type JsonObject } from './json.ts'

/** A list that was asked for inside of a record: its further pages are read from the edge itself. */
export interface NestedEdge {
  readonly edge: string
  readonly limit?: number
  /** The fields of each row, as they were asked for. */
  readonly text?: string
}

/**
 * One page of a list, by cursor: `limit` (default 25) and `after`. `paging.next` is there while more follows; a list that
 * fits on one page carries no paging at all.
 *
 * @see https://developers.facebook.com/docs/graph-api/results
 */
export const page = (call: GraphRequest, rows: readonly JsonObject[], nested?: NestedEdge): JsonObject => {
  const asked = nested?.limit ?? Number(asString(call.params['limit']) ?? 25)
  const limit = Number.isInteger(asked) && asked > 0 ? Math.min(asked, 100) : 25
  const after = asString(call.params['after'])
  const place = Number(Buffer.from((after ?? '').slice(1), 'base64url').toString())
  const start = Number.isInteger(place) && place > 0 ? place : 0
  const data = rows.slice(start, start + limit)
  if (start + limit >= rows.length) return { data }
  const cursor = `Z${Buffer.from(String(start + limit)).toString('base64url')}`
  const next = new URL(call.url)
  next.searchParams.set('after', cursor)
  next.searchParams.set('limit', String(limit))
  if (nested) {
    next.pathname += `/${nested.edge}`
    next.searchParams.delete('fields')
    if (nested.text !== undefined) next.searchParams.set('fields', nested.text)
  }
  return { data, paging: { cursors: { after: cursor }, next: next.href } }
}
