/** No answer came within the deadline, or nobody waits for it any more. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/**
 * The result of a call, or an error after so many milliseconds: drivers wait for a frozen server for minutes, and for some errors
 * for ever. An answer that arrived while this process was busy is read first.
 * @throws NoAnswer, or the reason of the signal as soon as it aborts
 */
export const within = async <T>(milliseconds: number, call: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
  signal?.throwIfAborted()
  const early = Promise.withResolvers<never>()
  const leave = (): void => early.reject(signal?.reason)
  const late = (): void => early.reject(new NoAnswer('no answer within the deadline'))
  const timer = setTimeout(() => setImmediate(late), Math.max(1, milliseconds))
  signal?.addEventListener('abort', leave)
  try {
    return await Promise.race([call(), early.promise])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', leave)
  }
}
