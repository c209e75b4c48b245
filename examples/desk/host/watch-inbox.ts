import type { Desk } from 'madoguchi'
import type { Actor } from 'madoguchi/domain'
import { given } from './json.ts'
import type { News } from './live.ts'

/** Agents have one watch over all of their channels; administrators read channel by channel. */
const watched = async (
  desk: Desk,
  actor: Actor,
  channelId: string | undefined,
): Promise<readonly (string | undefined)[]> => {
  if (channelId !== undefined || actor.kind !== 'administrator') return [channelId]
  const { items } = await desk.channels.list(actor, { organizationId: actor.organizationId, limit: 200 })
  return items.map((channel) => channel.channelId)
}

/** Passes on what changes in the inbox of this actor until the signal aborts. The desk decides what the actor may see. */
export const watchInbox = (
  desk: Desk,
  actor: Actor,
  channelId: string | undefined,
  send: (news: News) => void,
  signal: AbortSignal,
): void => {
  const watch = async (channel: string | undefined): Promise<void> => {
    for await (const change of desk.inbox.watch(actor, { ...given({ channelId: channel }), signal })) {
      send({ event: 'inbox', data: change })
    }
  }
  const watchAll = async (): Promise<void> => {
    await Promise.all((await watched(desk, actor, channelId)).map(watch))
  }
  watchAll().catch((error: unknown) => {
    if (!signal.aborted)
      send({ event: 'watch-ended', data: { problem: error instanceof Error ? error.name : 'Error' } })
  })
}
