import {
  type CustomerHandle,
  customerHandle,
  enclose,
  type Enclosure,
  type Happening,
  type NewMessage,
} from './customer.ts'
import { messageBody, policyBody, threadControlBody, unsendBody } from './event-bodies.ts'
import {
  accountOf,
  changeThread,
  countIn,
  messageOf,
  type PlannedFailure,
  type Platform,
  storeMessage,
  tell,
} from './platform.ts'
import { newAccountToken } from './tokens.ts'
import { type Account, type AccountCondition, change, type Message, threadKey, type TokenState } from './world.ts'

/** What another app or the owner of the account writes. */
export interface AppMessage {
  readonly text?: string
  readonly attachments?: readonly Enclosure[]
}

/** An Instagram professional account, and what its owner or Meta can do to it. */
export interface AccountHandle {
  /** The id that webhooks carry as `entry.id`. */
  readonly accountId: string
  readonly flavour: Account['flavour']
  readonly username: string
  /** Facebook Login only: the Page to which sends go. */
  readonly pageId?: string
  /** The id by which `signed_request` names the person behind the account. */
  readonly appScopedId: string
  /** The newest token of this account: a Page token or an Instagram user token. */
  readonly token: string
  /** Somebody who can write to this account. Without a name the profile has none. */
  customer(profile: {
    readonly name?: string
    readonly username?: string
    readonly customerId?: string
  }): CustomerHandle
  /** The customer with this Instagram-scoped id; throws if there is none. */
  customerById(customerId: string): CustomerHandle
  customers(): readonly CustomerHandle[]
  /** The owner answers in the Instagram app: an echo that is not ours. No window applies there. */
  sendsFromApp(customerId: string, message: string | AppMessage): NewMessage
  /** The owner takes a message back in the Instagram app. */
  unsends(mid: string): Happening
  /** Kills the tokens of this account: the person removed the app (default), or another reason. */
  revokeToken(state?: Exclude<TokenState, 'live'>): void
  /** The tokens' time is over: error 190/463. */
  expireToken(): void
  /** Issues a new token, as a new sign-in would, and returns it; older ones stay as they are. */
  issueToken(): string
  /** "Allow access to messages" off: no webhooks, error 200/2534041 on sends. */
  switchOffAccess(): void
  switchOnAccess(): void
  /** Temporarily restricted by Meta: error 10/1893063 on sends. */
  restrict(): void
  unrestrict(): void
  /** Any other condition, on or off. */
  set(condition: AccountCondition, on: boolean): void
  /** Grants or withdraws the Human Agent feature. */
  setHumanAgent(granted: boolean): void
  /** Installs or removes the app's webhook subscription, as `subscribed_apps` does. */
  setSubscribed(subscribed: boolean): void
  /** Another app owns the thread from now on: its events come as `standby`, sends are refused. */
  passThread(
    customerId: string,
    options?: { readonly silent?: boolean; readonly metadata?: string },
  ): Happening | undefined
  /** This app owns the thread again. */
  returnThread(
    customerId: string,
    options?: { readonly silent?: boolean; readonly metadata?: string },
  ): Happening | undefined
  /** Meta tells that the account broke a messaging policy. */
  enforcesPolicy(action: 'block' | 'unblock', reason: string): Happening
  /**
   * The next `times` calls for this account (default 1) fail with this error, whatever they ask; with `recipientId` only what is
   * sent to that customer.
   */
  failNext(error: PlannedFailure['error'], times?: number, recipientId?: string): void
}

/** The app id of the Instagram inbox, by Meta's conversation control page. */
const INSTAGRAM_INBOX = '1217981644879628'

/** @param accountId must exist. */
export const accountHandle = (platform: Platform, accountId: string): AccountHandle => {
  const { flavour, username, pageId, appScopedId } = accountOf(platform, accountId)
  const { world } = platform

  const update = (changes: Partial<Account>): void => {
    change(world.accounts, accountId, (account) => ({ ...account, ...changes }))
    platform.changed()
  }
  const set = (condition: AccountCondition, on: boolean): void => {
    const others = accountOf(platform, accountId).conditions.filter((other) => other !== condition)
    update({ conditions: on ? [...others, condition] : others })
  }
  const revokeToken = (state: Exclude<TokenState, 'live'> = 'app-removed'): void => {
    for (const token of world.tokens.values()) {
      if (token.accountId === accountId) world.tokens.set(token.value, { ...token, state })
    }
    platform.changed()
  }
  const own = (customerId: string, thisApp: boolean, metadata: string, silent: boolean): Happening | undefined => {
    const timestamp = platform.now()
    const between = { accountId, customerId }
    changeThread(platform, between, (thread) => ({ ...thread, owner: thisApp ? 'this-app' : 'another-app' }))
    platform.changed()
    if (silent) return undefined
    const { appId } = platform.app
    const inner = {
      previous_owner_app_id: thisApp ? INSTAGRAM_INBOX : appId,
      new_owner_app_id: thisApp ? appId : INSTAGRAM_INBOX,
      metadata,
    }
    const body = threadControlBody(between, thisApp ? 'pass' : 'take', inner, timestamp)
    const { delivered } = tell(platform, { ...between, kind: 'thread-control', body })
    return { timestamp, delivered }
  }

  return {
    accountId,
    flavour,
    username,
    ...(pageId !== undefined && { pageId }),
    appScopedId,
    get token() {
      return accountOf(platform, accountId).token
    },
    customer: (profile) => {
      const customerId = profile.customerId ?? platform.ids.customer(accountId)
      const key = threadKey(accountId, customerId)
      if (!world.customers.has(key)) {
        world.customers.set(key, {
          customerId,
          accountId,
          ...(profile.name !== undefined && { name: profile.name }),
          username: profile.username ?? usernameFrom(profile.name, customerId),
          unavailable: false,
        })
        platform.changed()
      }
      return customerHandle(platform, accountId, customerId)
    },
    customerById: (customerId) => customerHandle(platform, accountId, customerId),
    customers: () =>
      [...world.customers.values()]
        .filter((customer) => customer.accountId === accountId)
        .map(({ customerId }) => customerHandle(platform, accountId, customerId)),
    sendsFromApp: (customerId, content) => {
      const { text, attachments } = typeof content === 'string' ? { text: content, attachments: undefined } : content
      const mid = platform.ids.message(
        accountId,
        customerId,
        'app',
        countIn(platform, accountId, customerId, 'from-app'),
      )
      const message: Message = {
        mid,
        accountId,
        customerId,
        from: 'business',
        via: 'app',
        timestamp: platform.now(),
        ...(text !== undefined && { text }),
        ...(attachments && { attachments: attachments.map((it, place) => enclose(platform, mid, it, place)) }),
        edits: 0,
        reactions: {},
      }
      storeMessage(platform, message)
      const body = messageBody(message, false)
      const { delivered } = tell(platform, { accountId, customerId, kind: 'echo', mid, body })
      return { mid, timestamp: message.timestamp, delivered }
    },
    unsends: (mid) => {
      const message = messageOf(platform, mid)
      if (message.from !== 'business' || message.accountId !== accountId) throw new Error(`not this account's: ${mid}`)
      const timestamp = platform.now()
      world.messages.set(mid, { ...message, unsentAt: timestamp })
      const body = unsendBody(message, timestamp)
      const { customerId } = message
      const { delivered } = tell(platform, { accountId, customerId, kind: 'echo-unsend', mid, body })
      return { timestamp, delivered }
    },
    revokeToken,
    expireToken: () => revokeToken('expired'),
    issueToken: () => {
      const value = newAccountToken(platform, accountOf(platform, accountId))
      update({ token: value })
      return value
    },
    switchOffAccess: () => set('access-off', true),
    switchOnAccess: () => set('access-off', false),
    restrict: () => set('restricted', true),
    unrestrict: () => set('restricted', false),
    set,
    setHumanAgent: (humanAgent) => update({ humanAgent }),
    setSubscribed: (subscribed) => update({ subscribed }),
    passThread: (customerId, { silent = false, metadata = '' } = {}) => own(customerId, false, metadata, silent),
    returnThread: (customerId, { silent = false, metadata = '' } = {}) => own(customerId, true, metadata, silent),
    enforcesPolicy: (action, reason) => {
      const timestamp = platform.now()
      const { delivered } = tell(platform, {
        accountId,
        kind: 'policy',
        body: policyBody(accountId, action, reason, timestamp),
      })
      set('blocked-business', action === 'block')
      return { timestamp, delivered }
    },
    failNext: (error, times = 1, recipientId) =>
      void platform.planned.push({
        error,
        accountId,
        left: times,
        ...(recipientId !== undefined && { recipientId }),
      }),
  }
}

const usernameFrom = (name: string | undefined, customerId: string): string => {
  const base = (name ?? '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '.')
    .replace(/^\.+|\.+$/g, '')
  return base === '' ? `user.${customerId.slice(-6)}` : base
}
