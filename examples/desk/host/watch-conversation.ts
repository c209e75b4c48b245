import type { Desk } from 'madoguchi'
import type { Actor } from 'madoguchi/domain'
import type { News } from './live.ts'

/** Passes on what changes in one conversation until the signal aborts, or the actor may not read it any more. */
export const watchConversation = (
  desk: Desk,
  actor: Actor,
  conversationId: string,
  send: (news: News) => void,
  signal: AbortSignal,
): void => {
  const watch = async (): Promise<void> => {
    for await (const item of desk.conversations.watch(actor, { conversationId, signal })) {
      send({ event: 'transcript', data: item })
    }
  }
  const ended = (problem: string): void => {
    if (!signal.aborted) send({ event: 'watch-ended', data: { problem } })
  }
  watch().then(
    () => ended('ended'),
    (error: unknown) => ended(error instanceof Error ? error.name : 'Error'),
  )
}
