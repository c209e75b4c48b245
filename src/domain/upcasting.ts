import type { DeskEvent, DeskEventType } from './desk-event.ts'

/** The two parts of an event as the log holds them. `personal` may be gone at any time. */
export interface StoredParts {
  readonly data: object
  readonly personal?: object
}

/** From one version of an event to the next: pure, total, also when `personal` is gone. It never changes a window or an episode. */
export type Upcast = (stored: StoredParts) => StoredParts

/** For each event type the steps from version 1 to the present one. */
export type Upcasts = Readonly<Record<string, readonly Upcast[]>>

/**
 * Every event type with its upcasts, oldest first: from version 1 to 2, from 2 to 3 ... A type without any is at version 1.
 * A changed shape is a new entry at the end of its list; an entry is never changed after a release has written its version.
 * A changed meaning is a new event type instead. The compiler names a type that is missing here.
 */
export const UPCASTS: Readonly<Record<DeskEventType, readonly Upcast[]>> = {
  DepartmentsSet: [],
  ChannelSlotTaken: [],
  ChannelSlotConfirmed: [],
  ChannelSlotReleased: [],

  AccountClaimed: [],
  AccountReleased: [],

  ChannelCreated: [],
  ChannelCreationAbandoned: [],
  ChannelSettingsChanged: [],
  AgentAssociated: [],
  AgentRemoved: [],
  ChannelDisabled: [],
  ChannelEnabled: [],
  ChannelDeleted: [],
  AuthorizationChanged: [],
  HumanAgentPermissionChanged: [],
  PolicyEnforced: [],
  AppRolesChanged: [],

  ConversationStarted: [],
  MessageReceived: [],
  MessageWithheld: [],
  MessageReadAgain: [],
  MessageEdited: [],
  MessageUnsent: [],
  ReactionChanged: [],
  MessageSeen: [],
  ReferralReceived: [],
  ThreadControlChanged: [],
  MessageEchoed: [],
  ReplyWindowExpired: [],
  EpisodeStarted: [],
  ConversionScheduled: [],
  ConversionRescheduled: [],
  ConversionCancelled: [],
  ConversationConverted: [],
  ConversationAssigned: [],
  ConversationReturned: [],
  ConversationEnded: [],
  ConversationReopened: [],
  NoteAdded: [],
  CustomerBlocked: [],
  CustomerUnblocked: [],
  ConversationRead: [],
  CustomerProfileLearned: [],
  ReplyQueued: [],
  ReplyAttempted: [],
  ReplyPartSent: [],
  ReplyAttemptFailed: [],
  ReplyAttemptSuperseded: [],
  ReplyOutcomeUnknown: [],
  ReplyLookedFor: [],
  ReplyUnconfirmed: [],
  ReplyRejected: [],
  ReplyRequeued: [],

  TicketOpened: [],
  MessageThreaded: [],
  TicketAssigned: [],
  TicketStatusChanged: [],
  TicketClosed: [],
  TicketReopened: [],

  DeliveriesCounted: [],
  EventQuarantined: [],
  QuarantineRerun: [],
  QuarantinedMessageUnsent: [],
  QuarantineExpired: [],

  ReadByAdministrator: [],
}

/** Every event type that this version of the code knows. */
export const EVENT_TYPES: readonly DeskEventType[] = Object.keys(UPCASTS) as DeskEventType[]

/** The version that this code writes. @throws TypeError for a type that it does not know */
export const currentVersion = (type: string): number => {
  if (!Object.hasOwn(UPCASTS, type)) throw new TypeError(`no event type ${type}`)
  return UPCASTS[type as DeskEventType].length + 1
}

/** A stored event in present words, or why it cannot be read: whoever meets that stops there and never skips it. */
export type Decoded<Event> =
  | { readonly kind: 'event'; readonly event: Event }
  | { readonly kind: 'newer-than-code'; readonly type: string; readonly version: number }

/** Reads stored events with a table of upcasts. */
export const decoderOf =
  <Event>(upcasts: Upcasts) =>
  (type: string, version: number, data: object, personal?: object): Decoded<Event> => {
    const steps = Object.hasOwn(upcasts, type) ? upcasts[type]! : []
    const known = Object.hasOwn(upcasts, type) && Number.isInteger(version) && version >= 1
    if (!known || version > steps.length + 1) return { kind: 'newer-than-code', type, version }
    const stored: StoredParts = personal === undefined ? { data } : { data, personal }
    const present = steps.slice(version - 1).reduce((parts, step) => step(parts), stored)
    return { kind: 'event', event: { type, ...present } as Event }
  }

/** A stored event in the domain's present words. Its shape is what a release of this code wrote: it is not checked again. */
export const decode: (type: string, version: number, data: object, personal?: object) => Decoded<DeskEvent> =
  decoderOf<DeskEvent>(UPCASTS)
