import type { Json, JsonObject } from './json.ts'

/** The two ways an app reaches an Instagram account: through a Facebook Page, or without one. */
export type Flavour = 'facebook-login' | 'instagram-login'

/** Why a token no longer works; each has its own subcode of error 190. */
export type TokenState = 'live' | 'expired' | 'password-changed' | 'app-removed' | 'checkpoint' | 'invalid'

/** What the owner, or Meta, has done to an account. */
export type AccountCondition =
  | 'access-off' /** the owner switched off "Allow access to messages" */
  | 'restricted' /** temporarily restricted from sending */
  | 'blocked-business' /** blocked from the messaging API */
  | 'policy-block' /** temporary policy block (368) */
  | 'link-broken' /** Page and account no longer linked, or two-factor missing */
  | 'permission-missing' /** the permission was withdrawn */
  | 'no-advanced-access' /** app review is missing */
  | 'no-role' /** no accepted role in an app without Advanced Access, or the app was restricted: nothing is answered */
  | 'single-image' /** several images in one message are not enabled yet */

/** An Instagram professional account as the platform knows it. */
export interface Account {
  readonly accountId: string
  readonly flavour: Flavour
  readonly username: string
  readonly name: string
  readonly pageId?: string
  readonly appScopedId: string
  readonly token: string
  readonly humanAgent: boolean
  readonly subscribed: boolean
  readonly conditions: readonly AccountCondition[]
}

/** An access token of either flavour. Times are epoch ms of business time; no `expiresAt` means it never expires. */
export interface Token {
  readonly value: string
  readonly kind: 'page' | 'facebook-user' | 'instagram-user'
  readonly accountId?: string
  readonly pageId?: string
  readonly personId?: string
  /** A Facebook user's token: the Pages that the person chose to share. Absent: all. */
  readonly pageIds?: readonly string[]
  /** A Page token: the user token that it was taken with. */
  readonly parent?: string
  readonly longLived: boolean
  readonly scopes: readonly string[]
  /** What was asked for and not ticked at the sign-in. */
  readonly declined?: readonly string[]
  readonly issuedAt: number
  readonly expiresAt?: number
  readonly state: TokenState
}

/** A person's side of one account: the same human has another id towards another account. */
export interface Customer {
  readonly customerId: string
  readonly accountId: string
  readonly name?: string
  readonly username: string
  /** The customer blocked the business, left, or cannot be reached. */
  readonly unavailable: boolean
}

/** Who owns a thread: this app, or another one (the Instagram inbox, a bot). */
export type ThreadOwner = 'this-app' | 'another-app'

/** Everything between one account and one customer. */
export interface Thread {
  readonly conversationId: string
  readonly accountId: string
  readonly customerId: string
  /** Meta's time of the customer's newest window-opening act. */
  readonly openedAt?: number
  readonly updatedAt?: number
  readonly owner: ThreadOwner
  readonly mids: readonly string[]
  /** The business shows as typing until this instant of business time. */
  readonly typingUntil?: number
  /** The customer's newest message that the business marked as seen. */
  readonly seenByBusiness?: string
  /** How often each kind of thing happened here; ids are made from it. */
  readonly counts: Readonly<Record<string, number>>
}

/** One part of a message that is not its text. */
export interface Attachment {
  readonly type: string
  readonly payload?: JsonObject
}

/** A reaction as both sides see it. */
export interface Reaction {
  readonly reaction: string
  readonly emoji: string
}

/** A message that exists on the platform. */
export interface Message {
  readonly mid: string
  readonly accountId: string
  readonly customerId: string
  readonly from: 'customer' | 'business'
  /** `api`: our Send API call; `app`: written in the Instagram app or by another app. */
  readonly via: 'api' | 'app'
  readonly timestamp: number
  readonly text?: string
  readonly attachments?: readonly Attachment[]
  readonly replyTo?: string
  readonly story?: JsonObject
  readonly quickReply?: string
  readonly referral?: JsonObject
  readonly unsupported?: true
  readonly tag?: string
  readonly edits: number
  readonly unsentAt?: number
  readonly seenAt?: number
  readonly reactions: { readonly customer?: Reaction; readonly business?: Reaction }
}

/** A public comment, kept because one private reply may follow it. */
export interface Comment {
  readonly commentId: string
  readonly accountId: string
  readonly customerId: string
  readonly text: string
  readonly timestamp: number
  readonly live: boolean
  readonly answered: boolean
}

/** A Facebook Page; without an `accountId` no Instagram account is linked to it. */
export interface Page {
  readonly pageId: string
  readonly name: string
  readonly personId: string
  readonly tasks: readonly string[]
  readonly accountId?: string
}

/** Somebody who can sign in with Facebook Login. */
export interface Person {
  readonly personId: string
  readonly name: string
}

/** A code of a sign-in on its way back to the app: once, for one hour. */
export interface SignInCode {
  readonly code: string
  readonly flavour: Flavour
  readonly redirectUri: string
  readonly issuedAt: number
  readonly scopes: readonly string[]
  readonly declined: readonly string[]
  readonly accountId?: string
  readonly personId?: string
  /** Facebook Login: the Pages that the person chose to share. */
  readonly pageIds?: readonly string[]
}

/** An uploaded attachment that later sends may refer to. */
export interface Upload {
  readonly attachmentId: string
  readonly accountId: string
  readonly attachment: Attachment
}

/** All that the platform knows. Records are replaced, never changed in place. */
export interface World {
  readonly accounts: Map<string, Account>
  readonly tokens: Map<string, Token>
  readonly customers: Map<string, Customer>
  readonly threads: Map<string, Thread>
  readonly messages: Map<string, Message>
  readonly comments: Map<string, Comment>
  readonly pages: Map<string, Page>
  readonly people: Map<string, Person>
  readonly codes: Map<string, SignInCode>
  readonly uploads: Map<string, Upload>
  /** How many ids of each kind were handed out. */
  readonly counters: Map<string, number>
}

/** A platform on which nobody has an account yet. */
export const emptyWorld = (): World => ({
  accounts: new Map(),
  tokens: new Map(),
  customers: new Map(),
  threads: new Map(),
  messages: new Map(),
  comments: new Map(),
  pages: new Map(),
  people: new Map(),
  codes: new Map(),
  uploads: new Map(),
  counters: new Map(),
})

/** The world as JSON: each map as its list of entries. */
export type SavedWorld = { readonly [Part in keyof World]: readonly (readonly [string, Json])[] }

/** Turns a world into JSON that {@link loadWorld} reads back. */
export const saveWorld = (world: World): SavedWorld =>
  Object.fromEntries(Object.entries(world).map(([part, map]) => [part, [...map]])) as unknown as SavedWorld

/** The inverse of {@link saveWorld}; parts that an older snapshot lacks start empty. */
export const loadWorld = (saved: Partial<SavedWorld>): World =>
  Object.fromEntries(
    Object.keys(emptyWorld()).map((part) => [part, new Map(saved[part as keyof SavedWorld] ?? [])]),
  ) as unknown as World

/** The key of a thread, and of the order in which its events are delivered. */
export const threadKey = (accountId: string, customerId: string): string => `${accountId}/${customerId}`

/** Replaces one record by a changed copy; what is not there stays absent. */
export const change = <T>(map: Map<string, T>, key: string, update: (value: T) => T): void => {
  const value = map.get(key)
  if (value !== undefined) map.set(key, update(value))
}

/** A copy without one optional member. */
export const without = <T extends object, K extends keyof T>(record: T, member: K): Omit<T, K> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== member)) as Omit<T, K>
