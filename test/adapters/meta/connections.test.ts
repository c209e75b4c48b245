import { describe, expect, it } from 'vitest'

import { classifyFetchError } from '../../../src/adapters/meta/errors/connection.ts'

const NEVER = { kind: 'no-connection' }
const UNKNOWN = { kind: 'outcome-unknown' }
const failed = (facts: object, cause?: unknown): Error =>
  Object.assign(new Error('failed', cause === undefined ? {} : { cause }), facts)
/** As `fetch` gives it. */
const fetchFailed = (cause: unknown): Error => new TypeError('fetch failed', { cause })

describe('A call that failed in the network', () => {
  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EAI_FAIL',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'CERT_REVOKED',
    'CERT_UNTRUSTED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ])('with %s never left', (code) => {
    expect(classifyFetchError(fetchFailed(failed({ code })))).toEqual(NEVER)
  })

  it.each(['connect', 'getaddrinfo'])('in %s never left, whatever its code', (syscall) => {
    expect(classifyFetchError(fetchFailed(failed({ code: 'ESTRANGE', syscall })))).toEqual(NEVER)
  })

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'ETIMEDOUT', 'AbortError', undefined])(
    'with %s may have left',
    (code) => {
      expect(classifyFetchError(fetchFailed(failed({ code, syscall: 'read' })))).toEqual(UNKNOWN)
    },
  )

  it('on several addresses never left only if it left to none of them', () => {
    const refused = failed({ code: 'ECONNREFUSED' })
    const reset = failed({ code: 'ECONNRESET' })
    const all = (...errors: readonly Error[]) => classifyFetchError(fetchFailed(new AggregateError(errors)))
    expect(all(refused, refused)).toEqual(NEVER)
    expect(all(refused, reset)).toEqual(UNKNOWN)
    expect(all(reset, refused)).toEqual(UNKNOWN)
    expect(all(refused, failed({}, refused), failed({}, reset))).toEqual(UNKNOWN)
  })

  it('by something that is no error tells nothing', () => {
    for (const thrown of [undefined, null, 'ECONNREFUSED', { code: 'ECONNREFUSED' }, 7]) {
      expect(classifyFetchError(thrown)).toEqual(UNKNOWN)
      expect(classifyFetchError(fetchFailed(thrown))).toEqual(UNKNOWN)
    }
  })

  it('is looked into as deep as it is wrapped, and no deeper than it must be', () => {
    const wrapped = (depth: number): unknown =>
      depth === 0 ? failed({ code: 'ENOTFOUND' }) : failed({}, wrapped(depth - 1))
    expect(classifyFetchError(wrapped(4))).toEqual(NEVER)
    expect(classifyFetchError(wrapped(50))).toEqual(UNKNOWN)
  })
})
