/** `madoguchi`: an Instagram direct-message support channel for any host. */
export { createDesk, type Desk } from './application/desk/create-desk.ts'
export type { Asked, Done } from './application/desk/asked.ts'
export type { AccountMistake } from './application/channels/account-mistake.ts'
export type {
  Channel,
  ChannelChanges,
  Channels,
  CreateChannelRequest,
  IconFile,
  ShownChannel,
} from './application/desk/channels.ts'
export type { Fetched } from './application/channels/missed-messages.ts'
export type { ConversationDetail, Conversations, ReplyRequest } from './application/desk/conversations.ts'
export { explain } from './application/desk/explain.ts'
export { explainRejection } from './application/desk/explain-rejection.ts'
export type { GestureResult } from './application/desk/gestures.ts'
export type { Inbox, InboxChange, InboxEntry, InboxFilter, InboxView } from './application/desk/inbox.ts'
export type { BalanceSheet, Operations, ProcessShare } from './application/desk/operations.ts'
export type { DeliveryOptions, DeskOptions, IntakeLimits } from './application/desk/options.ts'
export type { Organizations } from './application/desk/organizations.ts'
export type { Page, PageRequest } from './application/desk/page.ts'
export type { Ticket, TicketDesk } from './application/desk/tickets.ts'
export type { TranscriptEntry } from './application/desk/transcript.ts'
export type { Worklists } from './application/desk/worklists.ts'
export type { ReadAgain } from './application/messages-read-again.ts'
export { NewerThanCode } from './application/codec.ts'
export { NotInQuarantine } from './application/intake/rerun.ts'
export {
  SourceHoldsNothing,
  TargetCannotTake,
  TargetHoldsOther,
  type OtherFind,
} from './application/moving/copy-errors.ts'
export {
  copyStore,
  type CopiedStore,
  type CopyOptions,
  type CopyProgress,
  type CopyReport,
} from './application/moving/copy-store.ts'
export type { CopyNote } from './application/moving/equal-part.ts'
export { RuntimeTooOld } from './application/supported-runtime.ts'
export { TooManyConflicts } from './application/commands/streams.ts'
export { ViewBuilding, ViewsBehind, ViewsStopped } from './application/views/view-errors.ts'
export type { ViewOmission } from './application/views/omissions.ts'
export { WatchFellBehind } from './application/views/changes.ts'
export type { ViewProgress } from './application/views/standing.ts'
export * from './application/ports/index.ts'
export { actorRef, type Actor, type ActorRef } from './domain/actor.ts'
export { isRefusal, Refusal, type RefusalCode, type Refusals } from './domain/refusal.ts'
export type {
  AccessDocument,
  AssembledPart,
  AssembledReply,
  DeliveryAttempt,
  DeliveryDocument,
  DeliveryStatus,
  Line,
  PendingConversion,
  QuarantineDocument,
  ReplyProgress,
  ReplyStatus,
} from './projections/index.ts'
export type { RejectionReason, ReplyWindow } from './domain/conversation/index.ts'
