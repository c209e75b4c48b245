import type { Desk } from 'madoguchi'
import type { FetchHandler } from 'madoguchi/node'
import type { News } from './live.ts'

/**
 * The desk's webhook. Pages are notified once the views show what was delivered, which changes more than inboxes: counts, the
 * quarantine, receipts of a disabled channel.
 */
export const webhookWithNews = (desk: Desk, tell: (news: News) => void): FetchHandler => {
  let waits = false
  let more = false
  const notify = async (): Promise<void> => {
    if (waits) {
      more = true
      return
    }
    waits = true
    try {
      do {
        more = false
        await desk.waitFor(undefined)
        tell({ event: 'delivered', data: {} })
      } while (more)
    } catch {
      // The views are behind or the desk stops: pages read everything again with the next news, or when they connect again.
    } finally {
      waits = false
    }
  }
  return async (request) => {
    const response = await desk.handle(request)
    if (request.method === 'POST' && response.ok) void notify()
    return response
  }
}
