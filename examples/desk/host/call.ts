import type { Actor } from 'madoguchi/domain'
import type { JsonObject } from './json.ts'

/** One call of the HTTP interface, as it is documented and as it is answered. */
export interface Call<Context> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `:name` stands for one segment. */
  readonly path: string
  /** One sentence. */
  readonly says: string
  /** A body that works, or a query. */
  readonly example?: JsonObject | string
  /** Bytes; default 64 KiB. */
  readonly bodyLimit?: number
  /** A `Response` is given as it is, anything else as JSON. */
  readonly answer: (asked: Asked, context: Context) => unknown
}

/** What was asked, read. */
export interface Asked {
  /** Who asks, by `x-actor` or `?actor=`; refuses if nobody is named. */
  readonly actor: Actor
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: JsonObject
  /** The idempotency key, by header. */
  readonly key: string | undefined
  readonly request: Request
}
