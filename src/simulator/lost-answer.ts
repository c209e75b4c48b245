const lost = new WeakSet<Response>()

/**
 * A response that must never reach its caller: whoever serves it cuts the connection before the first byte.
 *
 * A server that does not know this marker still breaks the connection, because the body fails as soon as it is read.
 */
export const lostAnswer = (): Response => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error('connection lost')) })
  const response = new Response(body)
  lost.add(response)
  return response
}

/** Whether the connection is to be cut instead of sending this response. */
export const isLostAnswer = (response: Response): boolean => lost.has(response)
