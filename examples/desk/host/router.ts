import type { Actor } from 'madoguchi/domain'
import type { Asked, Call } from './call.ts'
import { actorFrom } from './people.ts'
import { answerJson, answerProblem, HttpProblem, noSuchMethod } from './problem.ts'
import { readJsonBody } from './read-json.ts'

const BODY_LIMIT = 65_536

const segments = (path: string): readonly string[] => path.split('/').filter((segment) => segment !== '')

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new HttpProblem(400, 'invalid', {
      field: 'path',
      expected: 'percent-encoded UTF-8',
      given: segment.slice(0, 80),
    })
  }
}

/** The named segments of the path if the pattern fits. */
const match = (pattern: readonly string[], path: readonly string[]): Readonly<Record<string, string>> | undefined => {
  if (pattern.length !== path.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = path[index] ?? ''
    if (part.startsWith(':')) params[part.slice(1)] = decode(segment)
    else if (part !== segment) return undefined
  }
  return params
}

const actorOf = (request: Request, query: URLSearchParams): Actor => {
  const text = request.headers.get('x-actor') ?? query.get('actor')
  const actor = text === null ? undefined : actorFrom(text)
  if (actor !== undefined) return actor
  throw new HttpProblem(401, 'no-actor', {
    field: 'x-actor',
    expected: 'agent:<id>, administrator:<id> or automation:<id>',
    given: text === null ? 'nothing' : text.slice(0, 80),
  })
}

/** Finds the call and answers it, problems included. `acted` hears of every call that may have changed something. */
export const router = <Context extends { readonly clock: { now(): number } }>(
  calls: readonly Call<Context>[],
  context: Context,
  acted: (call: Call<Context>) => void,
): ((request: Request) => Promise<Response>) => {
  const table = calls.map((call) => ({ call, pattern: segments(call.path) }))
  return async (request) => {
    const url = new URL(request.url)
    let name = `${request.method} (no such call)`
    try {
      const path = segments(url.pathname)
      const fitting = table.flatMap(({ call, pattern }) => {
        const params = match(pattern, path)
        return params === undefined ? [] : [{ call, params }]
      })
      const found = fitting.find(({ call }) => call.method === request.method)
      if (found === undefined) {
        const methods = fitting.map(({ call }) => call.method)
        if (methods.length === 0) throw new HttpProblem(404, 'no-such-call', { see: '/api' })
        throw noSuchMethod(request.method, methods)
      }
      const { call, params } = found
      name = `${call.method} ${call.path}`
      const asked: Asked = {
        get actor() {
          return actorOf(request, url.searchParams)
        },
        params,
        query: url.searchParams,
        body: call.method === 'GET' ? {} : await readJsonBody(request, call.bodyLimit ?? BODY_LIMIT),
        key: request.headers.get('idempotency-key') ?? undefined,
        request,
      }
      const answer = await call.answer(asked, context)
      if (call.method !== 'GET') acted(call)
      return answer instanceof Response ? answer : answerJson(answer ?? {})
    } catch (error) {
      return answerProblem(error, name, () => context.clock.now())
    }
  }
}
