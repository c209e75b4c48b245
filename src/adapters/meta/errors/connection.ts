import type { SendFailure } from '../../../application/ports/messenger.ts'

/**
 * Error codes of Node, undici and OpenSSL that are certain: the connection was never made, so not one byte of the request
 * was sent. A reset or a closed socket is not among them: the request may have been on it.
 */
const neverConnected: ReadonlySet<string> = new Set([
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
])

/** What a failed `fetch` means. Takes nothing over from the error but its code: its texts may hold the address and the token. */
export const classifyFetchError = (error: unknown): SendFailure => {
  const causes = causesOf(error)
  const certain = causes.length > 0 && causes.every(isNeverConnected)
  return certain ? { kind: 'no-connection' } : { kind: 'outcome-unknown' }
}

interface Cause extends Error {
  readonly code?: unknown
  readonly syscall?: unknown
}

/** The innermost errors: `fetch` wraps, and several addresses of a host give an `AggregateError`. */
const causesOf = (error: unknown, depth = 0): readonly Cause[] => {
  if (!(error instanceof Error) || depth > 4) return []
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.flatMap((it) => causesOf(it, depth + 1))
  }
  return error.cause === undefined ? [error] : causesOf(error.cause, depth + 1)
}

const isNeverConnected = ({ code, syscall }: Cause): boolean =>
  (typeof code === 'string' && neverConnected.has(code)) || syscall === 'connect' || syscall === 'getaddrinfo'
