import type { Call } from '../host/call.ts'
import type { HostContext } from '../host/context.ts'
import { aboutCalls } from './about.ts'
import { channelCalls } from './channels.ts'
import { clockCalls } from './clock.ts'
import { conversationCalls } from './conversations.ts'
import { inboxCalls } from './inbox.ts'
import { operationCalls } from './operations.ts'
import { phoneCalls } from './phone.ts'
import { platformCalls } from './platform.ts'
import { ticketCalls } from './tickets.ts'

/** The whole HTTP interface, in the order in which it is documented. */
export const calls: readonly Call<HostContext>[] = [
  ...aboutCalls(() => calls),
  ...inboxCalls,
  ...conversationCalls,
  ...ticketCalls,
  ...channelCalls,
  ...operationCalls,
  ...clockCalls,
  ...phoneCalls,
  ...platformCalls,
]
