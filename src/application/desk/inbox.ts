import type { Actor } from '../../domain/actor.ts'
import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import { type ReplyWindow, replyWindow } from '../../domain/conversation/index.ts'
import type { AgentId, ChannelId } from '../../domain/ids.ts'
import { refuse } from '../../domain/refusal.ts'
import { codePoints, given } from '../../domain/text.ts'
import {
  assigneeKey,
  type Folder,
  folderOf,
  type InboxDocument,
  lastAnswer,
  lastLine,
  type Line,
  readAssigneeKey,
  unreadFor,
  waitingSince,
} from '../../projections/index.ts'
import { Lru } from '../lru.ts'
import type { ChangedKeys } from '../views/changes.ts'
import { type MergedPage, mergePages, type Source } from '../views/merge-pages.ts'
import type { Access, Readable } from './access.ts'
import { isAgentOf } from './access.ts'
import type { DeskContext } from './context.ts'
import { withExactWaiting } from './exact-waiting.ts'
import { pageSize, type Page, type PageRequest } from './page.ts'
import { conversationHits } from './search.ts'
import { watching } from './watching.ts'

/**
 * Which conversations are listed. `mine` and `unassigned` are open ones. `deleted` are those of deleted channels, which are in no
 * other list and wait for nobody.
 */
export type InboxView = 'mine' | 'unassigned' | 'all' | 'waiting' | 'ended' | 'blocked' | 'deleted'

export interface InboxFilter {
  /** Default `all`: every open conversation. */
  readonly view?: InboxView
  /** One channel; default all channels that the actor is associated with. */
  readonly channelId?: ChannelId
}

/** A conversation in a list, as this actor sees it now. */
export interface InboxEntry extends Omit<
  InboxDocument,
  'assignee' | 'readers' | 'lines' | 'awaited' | 'customerRevisions' | 'waiting'
> {
  /** `deleted`: its channel is deleted, whatever it was before. */
  readonly folder: Folder | 'deleted'
  readonly lastLine: Line | null
  /** Null also when the assignee is no longer associated with the channel. */
  readonly assignee: AgentId | null
  /** The reply window at this instant. */
  readonly window: ReplyWindow
  /**
   * Since when the customer waits: their first message after the last answer that was not taken back; null: they do not wait, or the
   * channel is deleted.
   */
  readonly waitingSince: number | null
  /** When the newest answer that was not taken back was written. An automation's is none. */
  readonly answeredAt: number | null
  /** The customer's messages that this actor has not read; 100 stands for that many or more. */
  readonly unread: number
}

/** What a watcher is told: the entry as it is now, or that it left the list. */
export type InboxChange =
  | { readonly kind: 'changed'; readonly entry: InboxEntry }
  | { readonly kind: 'removed'; readonly conversationId: string }

const ACTORS_REMEMBERED = 1_000
/** Changed conversations read at the same time, for whoever watches them. */
const WATCHED_TOGETHER = 50
/** Milliseconds for which they are told as they were read. */
const LONGEST_KEPT = 10
/** Channels of which the unread are counted at the same time. */
const COUNTED_TOGETHER = 4

/** Lists of conversations (S4, S11): only of channels whose agent one is; administrators may ask for any one channel, which is recorded. */
export class Inbox {
  readonly #context: DeskContext
  readonly #access: Access
  /** Whose channels an actor saw the last time. */
  readonly #lastChannels = new Lru<readonly ChannelFacts[]>(ACTORS_REMEMBERED)

  constructor(context: DeskContext, access: Access) {
    this.#context = context
    this.#access = access
  }

  /** Conversations, the newest activity first (`waiting`: the longest wait first). */
  async list(actor: Actor, request: InboxFilter & PageRequest = {}): Promise<Page<InboxEntry>> {
    const { view = 'all' } = request
    const page = async (channels: readonly ChannelFacts[]): Promise<MergedPage<InboxDocument>> => {
      requireView(view)
      const sources = (await Promise.all(channels.map((channel) => this.#sources(actor, channel, view)))).flat()
      return mergePages(sources, pageSize(request), request.cursor)
    }
    const [channels, { hits, cursor }] = await this.#ofChannels(actor, request.channelId, page)
    const facts = new Map(channels.map((channel) => [channel.channelId, channel]))
    const documents = await Promise.all(hits.map(({ document }) => withExactWaiting(this.#context.read, document)))
    const items = documents.flatMap((document) => {
      const channel = facts.get(document.channelId)
      // Where more was taken back than its entry in the list knows, the customer may not wait after all.
      if (channel === undefined || (view === 'waiting' && waitingSince(document) === undefined)) return []
      return [this.#entry(actor, channel, document)]
    })
    return cursor === undefined ? { items } : { items, cursor }
  }

  /**
   * Conversations of customers of that name, and messages, replies and notes that hold all of these words (of more than 16, the
   * longest); the newest first, `limit` of each at most. A word that the text ends with may still be being typed: what holds it
   * as it stands comes first, then what holds words that begin with it. One call looks at a part only: with a cursor there may be
   * more, also after a page that found little or nothing. What changes between two pages may be missed or come twice.
   * @throws Refusal `too-long` for a text of more than 200 code points, `invalid` for what is no text, a limit, or a cursor of no
   * former answer for the same text and channel; and as {@link list}
   */
  async search(
    actor: Actor,
    request: { readonly text: string; readonly channelId?: ChannelId } & PageRequest,
  ): Promise<{
    readonly customers: readonly InboxEntry[]
    readonly messages: readonly { readonly entry: InboxEntry; readonly itemId: string; readonly at: number }[]
    /** Present where there may be more. */
    readonly cursor?: string
  }> {
    const channels = await this.#channels(actor, request.channelId, 'search')
    requireSearchText(request.text)
    const { customers, messages, cursor } = await conversationHits(this.#context.read, channels, {
      text: request.text,
      limit: pageSize(request),
      channelId: request.channelId,
      cursor: request.cursor,
    })
    const facts = new Map(channels.map((channel) => [channel.channelId, channel]))
    const ids = [...new Set([...customers, ...messages.map(({ conversationId }) => conversationId)])]
    const documents = await this.#getMany(ids)
    const entries = new Map(
      documents.flatMap((document) => {
        const channel = document === undefined ? undefined : facts.get(document.channelId)
        return document === undefined || channel === undefined
          ? []
          : [[document.conversationId, this.#entry(actor, channel, document)]]
      }),
    )
    return {
      customers: customers.flatMap((conversationId) => entries.get(conversationId) ?? []),
      messages: messages.flatMap(({ conversationId, itemId, at }) => {
        const entry = entries.get(conversationId)
        return entry === undefined ? [] : [{ entry, itemId, at }]
      }),
      ...(cursor === undefined ? {} : { cursor }),
    }
  }

  /** How many open conversations hold something that this agent has not read, in each of their channels that are not deleted. */
  async unread(
    actor: Actor,
  ): Promise<{ readonly total: number; readonly channels: Readonly<Record<ChannelId, number>> }> {
    const channels: Record<ChannelId, number> = {}
    if (actor.kind !== 'agent' && actor.kind !== 'administrator') return { total: 0, channels }
    const { inbox } = this.#context.read
    const countOf = async ({ channelId }: ChannelFacts): Promise<number> => {
      const [written, read] = await Promise.all([
        inbox.count(['written', channelId, 'open']),
        inbox.count(['read', channelId, actor.id, 'open']),
      ])
      return written - read
    }
    const countsOf = async (facts: readonly ChannelFacts[]): Promise<readonly number[]> => {
      const counts: number[] = []
      const live = facts.filter(isLive)
      for (let at = 0; at < live.length; at += COUNTED_TOGETHER)
        counts.push(...(await Promise.all(live.slice(at, at + COUNTED_TOGETHER).map(countOf))))
      return counts
    }
    const [facts, counts] = await this.#ofChannels(actor, undefined, countsOf)
    for (const [at, { channelId }] of facts.filter(isLive).entries()) channels[channelId] = counts[at] ?? 0
    return { total: Object.values(channels).reduce((sum, count) => sum + count, 0), channels }
  }

  /**
   * Live changes of the list, from this call on, until the signal aborts, the reader stops or the desk does. A slow reader finds each
   * conversation once, as it is then. An agent who loses the association hears nothing further of the channel; from what another process
   * does so within 10 milliseconds.
   * @throws with an item: as {@link list}; StoreClosed when it is opened after the desk stopped; WatchFellBehind when 10,000 changes
   * were not read
   */
  watch(
    actor: Actor,
    request: InboxFilter & { readonly signal?: AbortSignal } = {},
  ): AsyncIterableIterator<InboxChange, void, undefined> {
    const { view = 'all', channelId, signal } = request
    return watching(this.#context.views, signal, {
      check: async () => {
        if (channelId !== undefined) await this.#access.toChannel(actor, channelId, 'inbox')
        requireView(view)
      },
      keysOf: (change) => [
        ...(change.get('inbox') ?? []),
        ...[...(change.get('channels') ?? [])].map((changed) => CHANNEL + changed),
      ],
      items: (changed, until) => this.#changes(actor, { view, channelId }, changed, until),
    })
  }

  async *#changes(
    actor: Actor,
    { view, channelId }: { readonly view: InboxView; readonly channelId: ChannelId | undefined },
    changed: ChangedKeys,
    signal: AbortSignal,
  ): AsyncGenerator<InboxChange, void, undefined> {
    /** What the reader was told of, by channel. */
    const shown = new Map<string, ChannelId>()
    while (!signal.aborted) {
      const keys = await changed.take(signal)
      for (const key of keys)
        if (key.startsWith(CHANNEL)) changed.add(await this.#touchedBy(key.slice(CHANNEL.length), view, shown))
      const conversations = keys.filter((key) => !key.startsWith(CHANNEL))
      for (let at = 0; at < conversations.length && !signal.aborted; at += WATCHED_TOGETHER) {
        const some = conversations.slice(at, at + WATCHED_TOGETHER)
        const [documents, facts] = await this.#readTogether(some, shown)
        const readAt = this.#context.runtime.monotonic()
        for (const [place, key] of some.entries()) {
          // Whoever takes them slowly gets each as it is then, and not as it was when the first one was read.
          if (signal.aborted || this.#context.runtime.monotonic() - readAt > LONGEST_KEPT) {
            changed.add(some.slice(place))
            break
          }
          const document = documents[place]
          if (document === undefined || (channelId !== undefined && document.channelId !== channelId)) continue
          const channel = facts.get(document.channelId)
          if (channel !== undefined && !this.#context.lookup.areNewest(document.channelId, channel)) {
            changed.add(some.slice(place))
            break
          }
          const mayRead = channel !== undefined && mayWatch(actor, channel, channelId)
          if (channel !== undefined && mayRead && document.visible && isIn(view, actor, channel, document)) {
            shown.set(key, channel.channelId)
            yield { kind: 'changed', entry: this.#entry(actor, channel, document) }
          } else if (shown.delete(key) || mayRead) {
            yield { kind: 'removed', conversationId: key }
          }
        }
      }
    }
  }

  /** Conversations and their channels; of those that were shown before both are asked for at once. */
  async #readTogether(
    keys: readonly string[],
    shown: ReadonlyMap<string, ChannelId>,
  ): Promise<readonly [readonly (InboxDocument | undefined)[], ReadonlyMap<ChannelId, ChannelFacts | undefined>]> {
    const { lookup } = this.#context
    const factsOf = (channels: Iterable<ChannelId>): Promise<readonly [ChannelId, ChannelFacts | undefined][]> =>
      Promise.all([...channels].map(async (channelId) => [channelId, await lookup.facts(channelId)]))
    const [documents, known] = await Promise.all([
      this.#getMany(keys),
      factsOf(new Set(keys.flatMap((key) => shown.get(key) ?? []))),
    ])
    const facts = new Map(known)
    const others = new Set(
      documents.flatMap((document) => {
        if (document === undefined) return []
        const channel = facts.get(document.channelId)
        // A document may name an agent who came after the channel was read.
        const isKnown = channel !== undefined && (document.assignee === null || isHeld(channel, document.assignee))
        return isKnown ? [] : [document.channelId]
      }),
    )
    for (const [channelId, found] of await factsOf(others)) facts.set(channelId, found)
    return [documents, facts]
  }

  /**
   * When agents come or go, what the reader saw of the channel may be theirs no longer, and what was held may be unassigned; when the
   * channel is deleted, all of it moves to the list of those.
   */
  async #touchedBy(
    channelId: ChannelId,
    view: InboxView,
    shown: ReadonlyMap<string, ChannelId>,
  ): Promise<readonly string[]> {
    const told = [...shown].flatMap(([key, of]) => (of === channelId ? [key] : []))
    const channel = await this.#context.lookup.facts(channelId)
    if (channel === undefined) return told
    if (!isLive(channel)) {
      if (view !== 'deleted') return told
      const newest = FOLDERS.map((folder) =>
        this.#context.read.inbox.places({
          index: 'folder',
          prefix: [channelId, folder],
          limit: 1_000,
          backwards: true,
        }),
      )
      return [...told, ...(await Promise.all(newest)).flat().map(({ key }) => key)]
    }
    const orphaned = await Promise.all(
      (await this.#orphanedKeys(channel)).map((key) =>
        this.#context.read.inbox.query({ index: 'assignee', prefix: [channelId, 'open', key], limit: 1_000 }),
      ),
    )
    return [...told, ...orphaned.flat().map(({ key }) => key)]
  }

  /** Under which assignees stand conversations that nobody holds any more. */
  async #orphanedKeys({ channelId, agents }: ChannelFacts): Promise<readonly string[]> {
    const counters = await this.#context.read.inbox.counters(['assignee', channelId], 2_000)
    const keys = counters.flatMap(({ counter, count }) =>
      count > 0 && counter[3] === 'open' && counter[2] !== '' ? [String(counter[2])] : [],
    )
    return [...new Set(keys)].filter((key) => !isHeld({ agents }, readAssigneeKey(key)))
  }

  async #getMany(keys: readonly string[]): Promise<readonly (InboxDocument | undefined)[]> {
    const { read } = this.#context
    const documents = await read.inbox.getMany(keys)
    return Promise.all(documents.map(async (document) => document && withExactWaiting(read, document)))
  }

  /** The entry of one conversation. @throws Refusal `not-associated`, `conversation-not-found` */
  async entry(actor: Actor, conversationId: string): Promise<InboxEntry> {
    const { channel } = await this.#access.toConversation(actor, conversationId, 'inbox')
    const [document] = await this.#getMany([conversationId])
    return document === undefined ? refuse('conversation-not-found', {}) : this.#entry(actor, channel, document)
  }

  /**
   * Reads something of the channels whose conversations the actor sees. They are mostly those of the last time: of these it is
   * read while they are looked up, and again if they turn out to be others, or not what they were.
   */
  async #ofChannels<Read>(
    actor: Actor,
    channelId: ChannelId | undefined,
    read: (channels: readonly ChannelFacts[]) => Promise<Read>,
  ): Promise<readonly [channels: readonly ChannelFacts[], read: Read]> {
    const before = channelId === undefined ? this.#lastChannels.get(nameOf(actor)) : undefined
    const [channels, early] = await Promise.all([
      this.#channels(actor, channelId),
      before === undefined ? undefined : read(before).catch(() => undefined),
    ])
    const isSame = before?.length === channels.length && channels.every((facts, at) => facts === before[at])
    return [channels, early !== undefined && isSame ? early : await read(channels)]
  }

  /** The channels whose conversations the actor sees: the view proposes, the head of each channel decides. */
  async #channels(
    actor: Actor,
    channelId: ChannelId | undefined,
    what: 'inbox' | 'search' = 'inbox',
  ): Promise<readonly ChannelFacts[]> {
    if (channelId !== undefined) return [(await this.#access.toChannel(actor, channelId, what)).channel]
    if (actor.kind === 'system')
      return refuse('invalid', { field: 'channelId', expected: 'a channel', given: 'nothing' })
    const index = actor.kind === 'automation' ? 'organization' : 'agent'
    const prefix = actor.kind === 'automation' ? [actor.organizationId] : [actor.organizationId, actor.id]
    const name = nameOf(actor)
    const { lookup, read } = this.#context
    const before = this.#lastChannels.get(name) ?? []
    const [proposed, expected] = await Promise.all([
      read.channels.query({ index, prefix, limit: 1_000 }),
      Promise.allSettled(before.map(async (one) => [one.channelId, await lookup.facts(one.channelId)] as const)),
    ])
    // What cannot be read is of no concern unless it is proposed.
    const known = new Map(expected.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
    const facts = await Promise.all(
      proposed.map(async ({ key }) => (known.has(key) ? known.get(key) : lookup.facts(key))),
    )
    const channels = facts.filter(
      (channel) => channel !== undefined && (actor.kind === 'automation' || isAgentOf(actor, channel)),
    ) as readonly ChannelFacts[]
    this.#lastChannels.set(name, channels)
    return channels
  }

  /** The lists that make up a view of one channel. What belonged to removed agents stands in lists of its own, and is unassigned. */
  async #sources(actor: Actor, channel: ChannelFacts, view: InboxView): Promise<readonly Source<InboxDocument>[]> {
    const { channelId } = channel
    const { read } = this.#context
    const source = (
      index: string,
      prefix: readonly (string | null)[],
      longestFirst = false,
    ): Source<InboxDocument> => ({
      name: JSON.stringify([index, ...prefix]),
      read: (page) => read.inbox.query({ index, prefix, backwards: !longestFirst, ...page }),
      order: ({ entry }) => Number(entry.at(-1)) * (longestFirst ? -1 : 1),
    })
    // In one list of their own, and in no other.
    if (isLive(channel) === (view === 'deleted')) return []
    switch (view) {
      case 'deleted':
        return FOLDERS.map((folder) => source('folder', [channelId, folder]))
      case 'all':
        return [source('folder', [channelId, 'open'])]
      case 'ended':
      case 'blocked':
        return [source('folder', [channelId, view])]
      case 'waiting':
        return [source('waiting', [channelId], true)]
      case 'mine': {
        const association =
          actor.kind === 'agent' || actor.kind === 'administrator' ? channel.agents[actor.id] : undefined
        if (association === undefined || actor.kind === 'system') return []
        return [source('assignee', [channelId, 'open', assigneeKey({ agentId: actor.id, association })])]
      }
      case 'unassigned': {
        const keys = ['', ...(await this.#orphanedKeys(channel))]
        return keys.map((key) => source('assignee', [channelId, 'open', key]))
      }
    }
  }

  #entry(actor: Actor, channel: ChannelFacts, document: InboxDocument): InboxEntry {
    const { assignee, readers: _, lines: __, awaited: ___, customerRevisions: ____, waiting, ...shown } = document
    return {
      ...shown,
      folder: isLive(channel) ? folderOf(document) : 'deleted',
      lastLine: lastLine(document) ?? null,
      assignee: assignee !== null && isHeld(channel, assignee) ? assignee.agentId : null,
      window: replyWindow(document.anchor ?? undefined, this.#context.clock.now()),
      waitingSince: (isLive(channel) ? waitingSince(document) : undefined) ?? null,
      answeredAt: lastAnswer(waiting),
      unread: actor.kind === 'agent' || actor.kind === 'administrator' ? unreadFor(document, actor.id) : 0,
    }
  }
}

/** Whose channels they are; others than agents and automations have none without naming one. */
const nameOf = (actor: Actor): string =>
  actor.kind === 'system'
    ? ''
    : JSON.stringify([actor.kind === 'automation', actor.organizationId, ...('id' in actor ? [actor.id] : [])])

const FOLDERS: readonly Folder[] = ['open', 'ended', 'blocked']
const VIEWS: readonly string[] = ['mine', 'unassigned', 'all', 'waiting', ...FOLDERS.slice(1), 'deleted']

const isLive = ({ status }: Pick<ChannelFacts, 'status'>): boolean => status !== 'deleted'

/** Longest text of a search, in code points. */
const MAX_SEARCH = 200

/** @throws Refusal `invalid`, `too-long` */
const requireSearchText = (text: unknown): void => {
  if (typeof text !== 'string') return refuse('invalid', { field: 'text', expected: 'text', given: given(text) })
  const actual = codePoints(text)
  if (actual > MAX_SEARCH) refuse('too-long', { field: 'text', limit: MAX_SEARCH, actual, unit: 'code points' })
}

/** @throws Refusal `invalid` */
const requireView = (view: string): void => {
  if (!VIEWS.includes(view)) refuse('invalid', { field: 'view', expected: VIEWS.join(', '), given: view })
}

type Assignee = InboxDocument['assignee']

/** Whether an assignment still stands: its association is the agent's present one. */
const isHeld = (channel: Pick<ChannelFacts, 'agents'>, assignee: Assignee): boolean =>
  assignee !== null &&
  Object.hasOwn(channel.agents, assignee.agentId) &&
  channel.agents[assignee.agentId] === assignee.association

/** Marks a channel among the changed conversations. */
const CHANNEL = 'channel/'

/** Agents their channels, automations those of their organization; everybody else only the one channel that they named. */
const mayWatch = (actor: Actor, channel: ChannelFacts, asked: ChannelId | undefined): boolean =>
  isAgentOf(actor, channel) || ((asked !== undefined || actor.kind === 'automation') && isReader(actor, channel))

const isReader = (actor: Actor, channel: Readable['channel']): boolean =>
  actor.kind === 'system' || (actor.kind !== 'agent' && actor.organizationId === channel.organizationId)

const isIn = (view: InboxView, actor: Actor, channel: ChannelFacts, document: InboxDocument): boolean => {
  if (!isLive(channel) || view === 'deleted') return !isLive(channel) && view === 'deleted'
  const folder = folderOf(document)
  if (view === 'ended' || view === 'blocked') return folder === view
  if (folder !== 'open') return false
  if (view === 'waiting') return waitingSince(document) !== undefined
  if (view === 'all') return true
  const held = isHeld(channel, document.assignee)
  return view === 'unassigned' ? !held : held && actor.kind !== 'system' && document.assignee?.agentId === actor.id
}
