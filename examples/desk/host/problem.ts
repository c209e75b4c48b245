import { explain } from 'madoguchi'
import { isRefusal, type RefusalCode } from 'madoguchi/domain'
import type { Json, JsonObject } from './json.ts'

/** What is wrong with a call before the desk is even asked. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly status: number
  readonly code: string
  readonly facts: JsonObject
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, facts: JsonObject = {}, headers: Readonly<Record<string, string>> = {}) {
    super(`${code} ${JSON.stringify(facts)}`)
    this.status = status
    this.code = code
    this.facts = facts
    this.headers = headers
  }
}

/** An answer as JSON, never kept by caches. */
export const answerJson = (value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(`${JSON.stringify(value)}\n`, {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  })

/** A method that this path does not have. */
export const noSuchMethod = (given: string, allowed: readonly string[]): HttpProblem => {
  const allow = allowed.join(', ')
  return new HttpProblem(405, 'no-such-method', { field: 'method', expected: allow, given }, { allow })
}

const WHO: ReadonlySet<RefusalCode> = new Set(['not-associated', 'not-administrator', 'not-the-assignee'])
const WHAT: ReadonlySet<RefusalCode> = new Set(['invalid', 'empty', 'too-long', 'lone-surrogate', 'icon-type'])

/** 403 who may not, 404 what is not there, 422 what was given, 409 for everything that depends on how things stand. */
const statusOf = (code: RefusalCode): number => {
  if (WHO.has(code)) return 403
  if (code.endsWith('-not-found')) return 404
  return WHAT.has(code) ? 422 : 409
}

/** What the library throws besides refusals, and what it means to a caller. */
const NAMED: Readonly<Record<string, { readonly status: number; readonly code: string }>> = {
  NotInQuarantine: { status: 404, code: 'not-in-quarantine' },
  InvalidCursor: { status: 422, code: 'invalid' },
  StoreUnavailable: { status: 503, code: 'store-unavailable' },
  StoreClosed: { status: 503, code: 'stopping' },
  ViewBuilding: { status: 503, code: 'view-building' },
  ViewsStopped: { status: 503, code: 'views-stopped' },
}

/** The host's own problems in a sentence. */
const inWords = (code: string, { field, expected }: JsonObject = {}): string => {
  const what = `${code.charAt(0).toUpperCase()}${code.slice(1).replaceAll('-', ' ')}`
  return typeof field === 'string' && typeof expected === 'string'
    ? `${what}: ${field} must be ${expected}.`
    : `${what}.`
}

const problem = (
  status: number,
  code: string,
  facts: Json | object,
  message: string,
  headers?: Readonly<Record<string, string>>,
): Response => answerJson({ error: { code, facts, message } }, status, headers)

/**
 * The answer to something thrown. Refusals become their status with code, facts and a sentence as of
 * business time; anything else is a bare 500, of which the console hears the name and nothing that could hold content.
 */
export const answerProblem = (error: unknown, call: string, now: () => number): Response => {
  if (isRefusal(error)) return problem(statusOf(error.code), error.code, error.facts, explain(error, now()))
  if (error instanceof HttpProblem)
    return problem(error.status, error.code, error.facts, inWords(error.code, error.facts), error.headers)
  const name = error instanceof Error ? error.name : 'Error'
  const known = NAMED[name]
  if (known !== undefined) return problem(known.status, known.code, {}, inWords(known.code))
  console.error(JSON.stringify({ level: 'error', message: 'a call failed', call, problem: name }))
  if (process.env['DESK_DEBUG'] !== undefined) console.error(error)
  return problem(500, 'internal', {}, inWords('internal'))
}
