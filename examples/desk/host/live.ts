/** One piece of news for a page: what kind of thing changed, and whatever helps to know where. */
export interface News {
  readonly event: string
  readonly data: unknown
}

/** Where news is told and heard. */
export interface NewsDesk {
  readonly tell: (news: News) => void
  /** Returns what ends it. */
  readonly onNews: (listener: (news: News) => void) => () => void
}

export const newsDesk = (): NewsDesk => {
  const listeners = new Set<(news: News) => void>()
  return {
    tell: (news) => {
      for (const listener of listeners) listener(news)
    },
    onNews: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

const PING_EVERY = 15_000
/** A page that reads this slowly is let go; it connects again and reads everything anew. */
const MAX_WAITING = 1_000

const frame = ({ event, data }: News): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

/** Server-Sent Events from an endless source; the source is ended when the reader goes. */
export const liveResponse = (start: (send: (news: News) => void, signal: AbortSignal) => void): Response => {
  const stopped = new AbortController()
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const write = (text: string): void => {
          if (stopped.signal.aborted) return
          controller.enqueue(encoder.encode(text))
          if ((controller.desiredSize ?? 0) > -MAX_WAITING) return
          stopped.abort()
          controller.close()
        }
        const pings = setInterval(() => write(': still here\n\n'), PING_EVERY)
        stopped.signal.addEventListener('abort', () => clearInterval(pings))
        write('retry: 1000\n\n')
        start((news) => write(frame(news)), stopped.signal)
      },
      cancel: () => stopped.abort(),
    },
    { highWaterMark: 1 },
  )
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  })
}
