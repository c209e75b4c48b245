import type { Call } from '../host/call.ts'
import type { DeskContext, HostContext, PlatformContext } from '../host/context.ts'
import { aboutCalls } from './about.ts'
import { channelCalls } from './channels.ts'
import { clockCalls } from './clock.ts'
import { conversationCalls } from './conversations.ts'
import { inboxCalls } from './inbox.ts'
import { operationCalls } from './operations.ts'
import { phoneCalls } from './phone.ts'
import { platformCalls } from './platform.ts'
import { ticketCalls } from './tickets.ts'

/** What is asked of the desk. */
export const deskCalls: readonly Call<DeskContext>[] = [
  ...aboutCalls(() => calls),
  ...inboxCalls,
  ...conversationCalls,
  ...ticketCalls,
  ...channelCalls,
  ...operationCalls,
]

/** What is asked of the simulated platform and its clock. */
export const simulationCalls: readonly Call<PlatformContext>[] = [...clockCalls, ...phoneCalls, ...platformCalls]

/** The whole HTTP interface, in the order in which it is documented. */
export const calls: readonly Call<HostContext>[] = [...deskCalls, ...simulationCalls]
