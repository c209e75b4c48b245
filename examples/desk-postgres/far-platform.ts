import type { Accounts, ListedAccount } from '../desk/host/accounts.ts'
import type { Departments } from '../desk/host/departments.ts'
import type { JsonObject } from '../desk/host/json.ts'
import { answerProblem, HttpProblem } from '../desk/host/problem.ts'

/** Calls that the parent answers, which plays the platform and moves the clock. */
const FAR = ['/api/phone', '/api/platform', '/api/clock', '/api/processes']

/** What the parent has, as its workers reach it: over HTTP. */
export interface FarPlatform {
  readonly accounts: Accounts
  readonly departments: Departments
  readonly isFar: (pathname: string) => boolean
  /** Asks the parent what a worker was asked. */
  readonly forward: (request: Request) => Promise<Response>
}

export const farPlatform = (origin: string): FarPlatform => {
  const ask = async <Answer>(method: string, path: string, body?: JsonObject): Promise<Answer> => {
    const response = await fetch(`${origin}/parent${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json', 'x-actor': 'automation:worker' },
        body: JSON.stringify(body),
      }),
    })
    const answer: unknown = await response.json()
    if (response.ok) return answer as Answer
    const { error } = answer as { readonly error: { readonly code: string; readonly facts: JsonObject } }
    throw new HttpProblem(response.status, error.code, error.facts)
  }
  const segment = encodeURIComponent
  return {
    accounts: {
      list: async () => (await ask<{ accounts: readonly ListedAccount[] }>('GET', '/accounts')).accounts,
      connect: (accountId, flavour) => ask('POST', `/accounts/${segment(accountId)}`, { flavour }),
      open: (account) => ask('POST', '/accounts', { ...account }),
      issueToken: async (accountId) =>
        (await ask<{ token: string }>('POST', `/accounts/${segment(accountId)}/tokens`, {})).token,
    },
    departments: {
      of: async (organizationId) =>
        (await ask<{ departments: readonly string[] }>('GET', `/departments/${segment(organizationId)}`)).departments,
      set: (organizationId, departments) => ask('PUT', `/departments/${segment(organizationId)}`, { departments }),
    },
    isFar: (pathname) => FAR.some((path) => pathname === path || pathname.startsWith(`${path}/`)),
    forward: async (request) => {
      const url = new URL(request.url)
      try {
        const { status, headers, body } = await fetch(`${origin}${url.pathname}${url.search}`, {
          method: request.method,
          headers: {
            'content-type': request.headers.get('content-type') ?? '',
            'x-actor': request.headers.get('x-actor') ?? 'automation:worker',
          },
          body: request.body,
          duplex: 'half',
          signal: request.signal,
        })
        const kept = ['content-type', 'cache-control', 'allow'].flatMap((name): [string, string][] => {
          const value = headers.get(name)
          return value === null ? [] : [[name, value]]
        })
        return new Response(body, { status, headers: kept })
      } catch (error) {
        return answerProblem(error, `${request.method} ${url.pathname}`, () => Date.now())
      }
    },
  }
}
