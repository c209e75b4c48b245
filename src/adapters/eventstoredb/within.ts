/** No answer came within the deadline. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/**
 * The result of a call, or an error after so many milliseconds: the clients wait for a frozen server until their keepalive
 * gives up, and for some errors for ever.
 * @throws NoAnswer, or the reason of the signal as soon as it aborts
 */
export const within = async <T>(milliseconds: number, call: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
  signal?.throwIfAborted()
  const early = Promise.withResolvers<never>()
  const leave = (): void => early.reject(signal?.reason)
  const timer = setTimeout(() => early.reject(new NoAnswer(`no answer within ${milliseconds} ms`)), milliseconds)
  signal?.addEventListener('abort', leave)
  try {
    return await Promise.race([call(), early.promise])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', leave)
  }
}
