import type { IncomingMessage } from 'node:http'

/** What Node's own router has taken off the path, in Express. */
interface Mounted {
  readonly originalUrl?: string
}

/** A path with its query. `//host/path`, `http://host/path` and `*` are none: they could name another host than the request's. */
const PATH = /^\/(?![/\\])[^\\#\s]*$/

/** The address that was asked for; undefined if it is none that a handler should see. */
export const addressOf = (incoming: IncomingMessage): URL | undefined => {
  const { originalUrl, url = '' } = incoming as IncomingMessage & Mounted
  const target = originalUrl ?? url
  const [host = 'localhost', ...others] = incoming.headersDistinct['host'] ?? []
  if (!PATH.test(target) || others.length > 0) return undefined
  const base = URL.parse(`http://${host}`)
  // A name of a host and perhaps a port, and nothing else that a URL can hold.
  if (base === null || base.pathname !== '/' || /[/?#@\\]/.test(host)) return undefined
  return URL.parse(`${base.origin}${target}`) ?? undefined
}
