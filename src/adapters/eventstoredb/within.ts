/** No answer came within the deadline. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/**
 * The result of a call, or an error after so many milliseconds: the clients wait for a frozen server until their keepalive
 * gives up, and for some errors for ever.
 */
export const within = async <T>(milliseconds: number, call: () => Promise<T>): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer within ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([call(), late])
  } finally {
    clearTimeout(timer)
  }
}
