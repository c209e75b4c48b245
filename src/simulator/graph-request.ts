import { asObject, asString, type Json, type JsonObject } from './json.ts'

/** A Graph API call, taken apart. */
export interface GraphRequest {
  readonly method: string
  /** The host flavour that the path names, if it names one. */
  readonly host?: GraphHost
  /** The path without host, version and leading slash, in parts. */
  readonly path: readonly string[]
  /** Query and body together; the body wins. */
  readonly params: JsonObject
  readonly token?: string
  readonly url: URL
  readonly request: Request
}

const hosts = [
  'graph.facebook.com',
  'graph.instagram.com',
  'api.instagram.com',
  'www.facebook.com',
  'www.instagram.com',
] as const

/** The hosts of Meta that the simulator stands in for, as the first part of a path. */
export type GraphHost = (typeof hosts)[number]

/**
 * Reads a request: `/<anything>/graph.facebook.com/v25.0/me/messages`, `/v25.0/me/messages` and `/me/messages` are the
 * same call. JSON and form bodies are both fine, as at Meta.
 */
export const readGraphRequest = async (request: Request): Promise<GraphRequest> => {
  const url = new URL(request.url)
  const segments = url.pathname.split('/').filter((part) => part !== '')
  const hostAt = segments.findIndex((part) => hosts.includes(part as GraphHost))
  const versionAt = segments.findIndex((part) => /^v\d+\.\d+$/.test(part))
  const path = segments.slice(Math.max(hostAt, versionAt) + 1).map(decoded)
  const params: JsonObject = { ...Object.fromEntries(url.searchParams), ...(await readBody(request)) }
  const bearer = /^Bearer\s+(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  const token = bearer ?? asString(params['access_token'])
  const host = hosts.find((name) => name === segments[hostAt]) ?? hosts.find((name) => name === url.hostname)
  return {
    method: request.method,
    ...(host !== undefined && { host }),
    path,
    params,
    ...(token !== undefined && { token }),
    url,
    request,
  }
}

const readBody = async (request: Request): Promise<JsonObject> => {
  const text = await request.text()
  if (text === '') return {}
  if (request.headers.get('content-type')?.includes('application/x-www-form-urlencoded')) {
    const form = new URLSearchParams(text)
    return Object.fromEntries(
      [...new Set(form.keys())].map((name): [string, Json] => {
        const [value = '', ...more] = form.getAll(name).map(parsed)
        return [name, more.length === 0 ? value : [value, ...more]]
      }),
    )
  }
  return asObject(parsed(text)) ?? {}
}

/** In forms, objects travel as JSON text. */
const parsed = (text: string): Json => {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
