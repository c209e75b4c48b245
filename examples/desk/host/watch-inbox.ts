import type { Desk } from 'madoguchi'
import type { Actor } from 'madoguchi/domain'
import { given } from './json.ts'
import type { News } from './live.ts'

/** Passes on what changes in the inbox of this actor until the signal aborts. The desk decides what the actor may see. */
export const watchInbox = (
  desk: Desk,
  actor: Actor,
  channelId: string | undefined,
  send: (news: News) => void,
  signal: AbortSignal,
): void => {
  const watch = async (): Promise<void> => {
    for await (const change of desk.inbox.watch(actor, { ...given({ channelId }), signal }))
      send({ event: 'inbox', data: change })
  }
  watch().catch((error: unknown) => {
    if (!signal.aborted)
      send({ event: 'watch-ended', data: { problem: error instanceof Error ? error.name : 'Error' } })
  })
}
