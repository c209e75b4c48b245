import type { Instant } from '../instant.ts'
import type { MessageEchoed, MessageReceived, MessageWithheld, ThreadControlChanged } from './events.ts'
import type { ConversationState, ThreadHolder } from './state.ts'

/** Whether another app holds the thread (Meta's conversation routing): automations do not answer then. */
export const otherAppInControl = (state: ConversationState): boolean =>
  state.status === 'started' && state.thread?.otherApp === true

/** One thing that Meta said about who holds the thread. */
export interface ThreadWord {
  readonly otherApp: boolean
  readonly ownerAppId: string | null
  readonly metaAt: Instant
}

/** Of two words the newer one, by Meta's time; of one instant by an order that is no accident. */
const newer = (one: ThreadWord | null, other: ThreadWord): ThreadWord => {
  if (one === null || other.metaAt !== one.metaAt) return one === null || other.metaAt > one.metaAt ? other : one
  if (other.otherApp !== one.otherApp) return other.otherApp ? other : one
  return (other.ownerAppId ?? '') > (one.ownerAppId ?? '') ? other : one
}

/** What follows from the newest word of each kind, whichever came first: a notice names the app, a message does not. */
const heldBy = (notice: ThreadWord | null, message: ThreadWord | null): ThreadHolder | null => {
  const words = { ...(notice === null ? {} : { notice }), ...(message === null ? {} : { message }) }
  if (message === null || (notice !== null && notice.metaAt >= message.metaAt)) return notice && { ...notice, ...words }
  const ownerAppId = message.otherApp && notice?.otherApp === true ? notice.ownerAppId : null
  return { ...message, ownerAppId, ...words }
}

/** Messages come as `standby` exactly while another app holds the thread, also those that are not kept; fetched ones do not say. */
export const toldByMessage = (
  holder: ThreadHolder | null,
  { type, data }: MessageReceived | MessageWithheld | MessageEchoed,
): ThreadHolder | null => {
  if (type === 'MessageWithheld' ? data.standby === undefined : 'recovered' in data) return holder
  const word = { otherApp: data.standby === true, ownerAppId: null, metaAt: data.metaAt }
  return heldBy(holder?.notice ?? null, newer(holder?.message ?? null, word))
}

/**
 * Meta tells the app that gets the thread that it was passed, and the app that loses it that it was taken:
 * so much is known where nobody compared the app ids.
 */
export const toldByControl = (
  holder: ThreadHolder | null,
  { change, ownerAppId, ours, metaAt }: ThreadControlChanged['data'],
): ThreadHolder | null => {
  if (change === 'requested') return holder
  const isOurs = ours ?? change === 'passed'
  const notice = newer(holder?.notice ?? null, { otherApp: ownerAppId !== null && !isOurs, ownerAppId, metaAt })
  return heldBy(notice, holder?.message ?? null)
}
