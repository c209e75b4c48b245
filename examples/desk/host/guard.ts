import { HttpProblem } from './problem.ts'

const READING = new Set(['GET', 'HEAD'])

/** Who may ask on this port, and how. */
export interface Guard {
  /** @throws HttpProblem 400 for an address that cannot be read, 403 for another host, origin or page */
  (request: Request): void
}

/**
 * What keeps pages of other places from acting here: the host is one of this machine's own names (a name of somebody else may lead here
 * too, which is DNS rebinding), the origin is the one that serves the page, and every call that may change something names in the
 * header `x-actor` who acts, which a page of another origin can do only with a permission that is never given.
 *
 * @param port where this host listens, once it does
 * @param proven paths whose requests prove by themselves where they come from: a webhook by its signature, the Graph API by its token
 */
export const guard = (port: () => number, proven: readonly string[] = []): Guard => {
  const names = (): readonly string[] => ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port()}`)
  return (request) => {
    const url = new URL(request.url)
    const address = `${url.pathname}${url.search}`
    if (/%(?![0-9a-f]{2})/i.test(address) || !isReadable(url.pathname)) {
      throw new HttpProblem(400, 'invalid', { field: 'path', expected: 'percent-encoded UTF-8' })
    }
    const host = request.headers.get('host')
    if (host === null || !names().includes(host.toLowerCase())) {
      throw new HttpProblem(403, 'foreign-host', { field: 'host', expected: names().join(', ') })
    }
    const origin = request.headers.get('origin')
    if (origin !== null && !names().some((name) => origin === `http://${name}`)) {
      throw new HttpProblem(403, 'foreign-origin', { field: 'origin' })
    }
    if (READING.has(request.method) || proven.some((path) => url.pathname.startsWith(path))) return
    if (request.headers.get('sec-fetch-site') === 'cross-site') {
      throw new HttpProblem(403, 'foreign-origin', { field: 'sec-fetch-site' })
    }
    if (request.headers.get('x-actor') === null) {
      throw new HttpProblem(403, 'no-actor', {
        field: 'x-actor',
        expected:
          'agent:<id>, administrator:<id> or automation:<id>, as a header, with every call that changes something',
      })
    }
  }
}

const isReadable = (pathname: string): boolean => {
  try {
    decodeURIComponent(pathname)
    return true
  } catch {
    return false
  }
}
