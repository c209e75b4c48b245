import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'

const FOLDER = join(import.meta.dirname, '..', 'page')
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Only what this page itself serves: no foreign script, no inline one, no frame around it. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

/** A file of the page; undefined if there is none of that name. */
export const staticFile = async (pathname: string): Promise<Response | undefined> => {
  const name = pathname === '/' ? 'index.html' : pathname.slice(1)
  const type = TYPES[extname(name)]
  if (type === undefined || !/^(?:[a-z0-9-]+\/)*[a-z0-9-]+\.[a-z]+$/.test(name)) return undefined
  try {
    return new Response(await readFile(join(FOLDER, name)), { headers: { ...HEADERS, 'content-type': type } })
  } catch {
    return undefined
  }
}
