import type { Chance } from './random.ts'
import type { Deliverer, DeliveryOutcome, Enqueued } from './delivery.ts'
import type { Faults } from './faults.ts'
import type { GraphErrorName } from './graph-error.ts'
import type { Identifiers } from './identifiers.ts'
import type { JsonObject } from './json.ts'
import type { LedgerBook } from './ledger.ts'
import type { OpeningPolicy } from './reply-window.ts'
import type { EventKind, WebhookEvent } from './webhook-event.ts'
import { type Account, type Message, type Thread, type World, threadKey } from './world.ts'
import type { SimulatorRuntime } from './runtime.ts'

/** The app whose developer uses the simulator. */
export interface AppSettings {
  readonly appId: string
  readonly appSecret: string
  readonly instagramAppId: string
  readonly instagramAppSecret: string
  readonly verifyToken: string
  /** As `v25.0`; written into headers, every version is accepted in paths. */
  readonly apiVersion: string
  /** The code with which a HUMAN_AGENT tag without the feature is refused. Meta's pages name none: 10 and 200 are seen. */
  readonly humanAgentRefusal: 10 | 200
  readonly opening: OpeningPolicy
}

/** An error that the next calls get, whatever they ask. */
export interface PlannedFailure {
  readonly error: GraphErrorName | 'bad-gateway' | 'no-answer'
  readonly accountId?: string
  /** Only sends to this customer. */
  readonly recipientId?: string
  left: number
}

/** What the parts of the simulator share. */
export interface Platform {
  readonly app: AppSettings
  readonly world: World
  readonly chance: Chance
  readonly ids: Identifiers
  readonly ledger: LedgerBook
  readonly deliverer: Deliverer
  readonly faults: () => Faults
  readonly echoDelayMs: () => number
  readonly planned: PlannedFailure[]
  /** Business time, epoch ms. */
  readonly now: () => number
  readonly runtime: SimulatorRuntime
  /** Tells watchers that something can be seen anew. */
  readonly changed: () => void
}

/** The account, or an Error naming the id. */
export const accountOf = ({ world }: Platform, accountId: string): Account => {
  const account = world.accounts.get(accountId)
  if (account === undefined) throw new Error(`no such account: ${accountId}`)
  return account
}

/** The message, or an Error naming the mid. */
export const messageOf = ({ world }: Platform, mid: string): Message => {
  const message = world.messages.get(mid)
  if (message === undefined) throw new Error(`no such message: ${mid}`)
  return message
}

/** The thread of two parties; a new one is kept as soon as something changes in it. */
export const threadOf = ({ world, ids }: Platform, accountId: string, customerId: string): Thread =>
  world.threads.get(threadKey(accountId, customerId)) ?? {
    conversationId: ids.conversation(accountId, customerId),
    accountId,
    customerId,
    owner: 'this-app' as const,
    mids: [],
    counts: {},
  }

/** Replaces a thread by a changed copy. */
export const changeThread = (
  platform: Platform,
  { accountId, customerId }: Pick<Thread, 'accountId' | 'customerId'>,
  update: (thread: Thread) => Thread,
): void => {
  platform.world.threads.set(threadKey(accountId, customerId), update(threadOf(platform, accountId, customerId)))
}

/** Counts one more of its kind in a thread: 1, 2, 3 ... */
export const countIn = (platform: Platform, accountId: string, customerId: string, what: string): number => {
  const n = (threadOf(platform, accountId, customerId).counts[what] ?? 0) + 1
  changeThread(platform, { accountId, customerId }, (thread) => ({
    ...thread,
    counts: { ...thread.counts, [what]: n },
  }))
  return n
}

/** Puts a message on both sides' screens. */
export const storeMessage = (platform: Platform, message: Message): void => {
  platform.world.messages.set(message.mid, message)
  changeThread(platform, message, (thread) => ({
    ...thread,
    mids: [...thread.mids, message.mid],
    updatedAt: Math.max(thread.updatedAt ?? 0, message.timestamp),
  }))
}

/** Notes a window-opening act: the anchor never moves back. */
export const openWindow = (platform: Platform, between: Pick<Thread, 'accountId' | 'customerId'>, at: number): void =>
  changeThread(platform, between, (thread) => ({ ...thread, openedAt: Math.max(thread.openedAt ?? at, at) }))

/** What there is to tell the app. */
export interface Telling {
  readonly accountId: string
  readonly customerId?: string
  readonly kind: EventKind
  readonly mid?: string
  readonly body: JsonObject
  readonly afterMs?: number
}

/** Tells the app by webhook, or notes why it is not told. */
export const tell = (platform: Platform, { afterMs = 0, ...telling }: Telling): Enqueued => {
  const { accountId, kind } = telling
  const customerId = telling.customerId ?? ''
  const series = `${threadKey(accountId, customerId)}/${kind}`
  const eventId = `${series}/${countEvent(platform, series)}`
  const list = listFor(platform, telling)
  const event: WebhookEvent = { ...telling, eventId, list }
  if (!accountOf(platform, accountId).subscribed || withholds(platform, accountId))
    return untold(platform, event, 'not-subscribed')
  if (kind === 'echo' && platform.chance.happens(platform.faults().dropEcho, 'drop-echo', eventId)) {
    return untold(platform, event, 'dropped')
  }
  platform.ledger.addEvent(event, 'waiting')
  const enqueued = platform.deliverer.enqueue(threadKey(accountId, customerId), event, { afterMs })
  platform.changed()
  return enqueued
}

const countEvent = ({ world }: Platform, series: string): number => {
  const n = (world.counters.get(`event/${series}`) ?? 0) + 1
  world.counters.set(`event/${series}`, n)
  return n
}

/** With "Allow access to messages" switched off no webhook leaves. */
const withholds = (platform: Platform, accountId: string): boolean =>
  accountOf(platform, accountId).conditions.includes('access-off')

const listFor = (platform: Platform, { accountId, customerId, kind }: Telling): WebhookEvent['list'] => {
  if (kind === 'comment') return 'changes'
  if (customerId === undefined || kind === 'thread-control') return 'messaging'
  return threadOf(platform, accountId, customerId).owner === 'another-app' ? 'standby' : 'messaging'
}

const untold = (platform: Platform, event: WebhookEvent, outcome: DeliveryOutcome['outcome']): Enqueued => {
  platform.ledger.addEvent(event, outcome)
  platform.changed()
  return { tried: Promise.resolve(), delivered: Promise.resolve({ outcome }) }
}
