/** So many milliseconds of real time. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })

/** Asks again and again until there is an answer. @throws Error naming what did not come within `limit` milliseconds */
export const until = async <Value>(
  what: string,
  limit: number,
  ask: () => Promise<Value | undefined> | Value | undefined,
): Promise<Value> => {
  for (const end = performance.now() + limit; performance.now() < end;) {
    const value = await ask()
    if (value !== undefined) return value
    await pause(50)
  }
  throw new Error(`${what}: not within ${limit} ms`)
}
