import { isDeepStrictEqual } from 'node:util'
import type { InboxEntry, RecordedEvent } from 'madoguchi'
import type { Host } from './host.ts'
import { agent } from './people.ts'
import type { World } from './world.ts'

interface Watched {
  readonly host: Host
  /** Events that were in the log before. */
  readonly after: number
  readonly conversationId: string
  isOver: boolean
  /** Messages that the watch of the transcript has shown, by mid. */
  readonly mids: Set<string>
  /** Conversations as the watch of the inbox showed them last; undefined: it said that they left the list. */
  readonly entries: Map<string, InboxEntry | undefined>
}

/** Agents with an open page, which watches and then lists: each sees all that happens, and the end when the desk stops. */
export class Watches {
  readonly #world: World
  readonly #all: Watched[] = []

  constructor(world: World) {
    this.#world = world
  }

  open(host: Host, conversationId: string): void {
    const after = this.#world.watcher.events
    const watched: Watched = { host, after, conversationId, isOver: false, mids: new Set(), entries: new Map() }
    this.#all.push(watched)
    const { conversations, inbox } = host.desk
    // A page whose watch breaks off, because its access could not be checked or it fell behind, opens another one.
    const over = (): void => void (watched.isOver = true)
    const follow = async <Item>(items: AsyncIterable<Item>, show: (item: Item) => void): Promise<void> => {
      for await (const item of items) {
        await host.process.runs()
        show(item)
      }
    }
    follow(conversations.watch(agent('aki'), { conversationId }), (item) => {
      if (item.kind === 'message' && item.mid !== undefined) watched.mids.add(item.mid)
    }).then(over, over)
    follow(inbox.watch(agent('aki')), (change) => {
      if (change.kind === 'changed') watched.entries.set(change.entry.conversationId, change.entry)
      else watched.entries.set(change.conversationId, undefined)
    }).then(over, over)
    // What was there when it was opened; a list waits for the views, which a watch does not.
    const fill = async (): Promise<void> => {
      const { items } = await inbox.list(agent('aki'), { limit: 100 })
      const { items: said } = await conversations.transcript(agent('aki'), { conversationId, limit: 200 })
      await host.process.runs()
      for (const entry of items)
        if (!watched.entries.has(entry.conversationId)) watched.entries.set(entry.conversationId, entry)
      for (const item of said) if (item.kind === 'message' && item.mid !== undefined) watched.mids.add(item.mid)
    }
    fill().catch(over)
  }

  /** The desk has stopped. */
  async stopped(host: Host): Promise<void> {
    await this.#world.time.wait(100)
    if (host.process.isDead || host.process.isStopped) return
    if (this.#all.some((watched) => watched.host === host && !watched.isOver))
      this.#world.history.violation('a watch goes on though its desk has stopped')
  }

  /** When nothing is under way any more. */
  async check(log: readonly RecordedEvent[]): Promise<void> {
    for (const { host, isOver, ...watched } of this.#all) {
      if (isOver || host.process.isDead || !this.#world.hosts.includes(host)) continue
      const since = log.slice(watched.after).filter(({ type }) => type === 'MessageReceived')
      for (const { stream, data } of since)
        if (stream === `conversation-${watched.conversationId}` && !watched.mids.has(data['mid'] as string))
          this.#world.history.violation(`a watch of a conversation has not shown ${data['mid'] as string}`)
      const { items } = await host.desk.inbox.list(agent('aki'), { limit: 100 })
      for (const conversationId of new Set(since.map(({ meta }) => meta['conversationId'] as string))) {
        const shown = withoutNow(watched.entries.get(conversationId))
        const listed = withoutNow(items.find((item) => item.conversationId === conversationId))
        if (!watched.entries.has(conversationId) || !isDeepStrictEqual(shown, listed))
          this.#world.history.violation(
            `a watch shows ${JSON.stringify(shown)} of ${conversationId}, and the list ${JSON.stringify(listed)}`,
          )
      }
    }
  }
}

/** What of it does not change by time alone. */
const withoutNow = (entry: InboxEntry | undefined): object | undefined => {
  if (entry === undefined) return undefined
  const { window: _, ...rest } = entry
  return rest
}
