/** What a call was refused with: a code, facts and a sentence, as the desk gives them. */
export class CallError extends Error {
  constructor(status, { code, facts, message }) {
    super(code)
    this.status = status
    this.code = code
    this.facts = facts ?? {}
    this.sentence = message
  }
}

const ACTOR = 'madoguchi.actor'

/** Who is acting; kept by the browser. */
export const acting = {
  get: () => localStorage.getItem(ACTOR) ?? 'agent:aki',
  set: (actor) => localStorage.setItem(ACTOR, actor),
}

/** The id of who is acting, without its kind. */
export const me = () => acting.get().split(':')[1]

const request = async (method, path, body, actor = acting.get()) => {
  const response = await fetch(path, {
    method,
    headers: { 'x-actor': actor, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const value = await response.json().catch(() => ({}))
  if (response.ok) return value
  throw new CallError(response.status, value.error ?? { code: `http-${response.status}` })
}

export const get = (path, query = {}) => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const search = new URLSearchParams(given).toString()
  return request('GET', search === '' ? path : `${path}?${search}`)
}
export const post = (path, body = {}) => request('POST', path, body)
export const put = (path, body = {}) => request('PUT', path, body)
export const del = (path, body = {}) => request('DELETE', path, body)
