import type { Episode, Revision } from '../ids.ts'
import type { TicketOpened } from './events.ts'

/** How a ticket names its messages. */
export type TicketRange = Pick<TicketOpened['data'], 'episode' | 'firstRevision' | 'lastRevision' | 'takes'>

/**
 * Whether a ticket holds a message of its conversation. A message is in one ticket at most: that of its episode, if there is one, or
 * else the first one made by hand after it.
 *
 * @param message what the message carries: the revision at which it was recorded, and its episode unless it is in none
 * @param isTicket whether an episode of this conversation became a ticket of its own
 */
export const isInTicket = (
  { episode, firstRevision, lastRevision, takes }: TicketRange,
  message: { readonly revision: Revision; readonly episode?: Episode },
  isTicket: (episode: Episode) => boolean,
): boolean => {
  // What the business wrote may have been recorded before its episode began, and may carry it only since an older message came late.
  if (message.episode === episode) return message.revision <= lastRevision
  if (takes === undefined || message.revision < firstRevision || message.revision > takes.to) return false
  return message.episode === undefined || !isTicket(message.episode)
}
