import type { MessageEchoed, MessageReceived, ThreadControlChanged } from './events.ts'
import type { ConversationState, ThreadHolder } from './state.ts'

/** Whether another app holds the thread (Meta's conversation routing): automations do not answer then. */
export const otherAppInControl = (state: ConversationState): boolean =>
  state.status === 'started' && state.thread?.otherApp === true

const newer = (holder: ThreadHolder | null, next: ThreadHolder): ThreadHolder =>
  holder === null || next.metaAt >= holder.metaAt ? next : holder

/** Messages come as `standby` exactly while another app holds the thread. */
export const toldByMessage = (
  holder: ThreadHolder | null,
  { standby, metaAt }: (MessageReceived | MessageEchoed)['data'],
): ThreadHolder | null => {
  const otherApp = standby === true
  if (holder === null && !otherApp) return null
  return newer(holder, { otherApp, ownerAppId: otherApp ? (holder?.ownerAppId ?? null) : null, metaAt })
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
  return newer(holder, { otherApp: ownerAppId !== null && !isOurs, ownerAppId, metaAt })
}
