/** All views, as pure folds from events to documents. */
import { access } from './access.ts'
import { anchors } from './anchors.ts'
import { channels } from './channels.ts'
import { commandKeys } from './command-keys.ts'
import { customers } from './customers.ts'
import { deadlines } from './deadlines.ts'
import { deliveries } from './deliveries.ts'
import { followUps } from './follow-ups.ts'
import { inbox } from './inbox/inbox.ts'
import { intakeBalance } from './intake-balance.ts'
import { messageIndex } from './message-index.ts'
import { missed } from './missed.ts'
import { outbox } from './outbox.ts'
import { pendingConversions } from './pending-conversions.ts'
import type { Projection } from './projection.ts'
import { quarantine } from './quarantine.ts'
import { tickets } from './tickets.ts'
import { unknownMessages } from './unknown-messages.ts'
import { transcript } from './transcript/transcript.ts'

/** All of them, for the runner, which does not look into events and documents. */
export const projections: readonly Projection<never, never>[] = [
  inbox,
  customers,
  transcript,
  channels,
  tickets,
  pendingConversions,
  deliveries,
  anchors,
  messageIndex,
  missed,
  unknownMessages,
  commandKeys,
  deadlines,
  outbox,
  followUps,
  quarantine,
  intakeBalance,
  access,
] as readonly unknown[] as readonly Projection<never, never>[]

export type { Key, Projection, Recorded } from './projection.ts'
export * from './access.ts'
export * from './anchors.ts'
export * from './channels.ts'
export * from './command-keys.ts'
export * from './customers.ts'
export * from './deadlines.ts'
export * from './deliveries.ts'
export * from './follow-ups.ts'
export * from './intake-balance.ts'
export * from './message-index.ts'
export * from './missed.ts'
export * from './outbox.ts'
export * from './pending-conversions.ts'
export * from './quarantine.ts'
export * from './reply-progress.ts'
export * from './tickets.ts'
export * from './unknown-messages.ts'
export * from './search/tokens.ts'
export { preview, PREVIEW_LENGTH } from './search/preview.ts'
export * from './inbox/inbox.ts'
export * from './inbox/document.ts'
export { lastLine, type Line } from './inbox/line.ts'
export { isUnsure, lastAnswer, unansweredSince, type Waiting } from './inbox/waiting.ts'
export { MAX_UNREAD, readUpTo, unreadFor } from './inbox/unread.ts'
export * from './transcript/assemble.ts'
export * from './transcript/document.ts'
export { searchableText, transcript, type TranscriptEvent } from './transcript/transcript.ts'
