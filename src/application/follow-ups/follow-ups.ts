import type { FollowUp } from '../../projections/index.ts'
import type { ChannelProtocol } from '../channels/channel-protocol.ts'
import type { DeskContext } from '../desk/context.ts'
import type { Reruns } from '../intake/rerun.ts'
import type { Position } from '../ports/event-store.ts'
import { Sweeper } from '../sweep.ts'
import type { Hit } from '../views/view-reader.ts'
import { Worker } from '../worker.ts'
import { settleDeletion } from './deleted-channels.ts'
import { followTicket } from './tickets.ts'

/** The message was taken back: nothing of it stays in quarantine. */
const strike = async (
  reruns: Reruns,
  { messageId, quarantined }: Extract<FollowUp, { kind: 'unsend' }>,
): Promise<Position | undefined> => {
  let newest: Position | undefined
  for (const quarantineId of quarantined) newest = (await reruns.strike(quarantineId, messageId)) ?? newest
  return newest
}

/**
 * Carries on what one stream decided into another: tickets are opened from conversions and get the later messages that belong
 * to them; a deleted channel frees what it held and settles its pending conversions; a message that was taken back is struck from
 * quarantined bodies. Redone until done, with derived ids.
 */
export const followUpWorker = (context: DeskContext, protocol: ChannelProtocol, reruns: Reruns): Worker => {
  const { read, views, shares } = context
  const sweeper = new Sweeper('following up', context)
  const settled = new Set<string>()
  const isMine = ({ key }: { readonly key: string }): boolean => shares.holds('deadlines', key)

  const deletions = async (page: { readonly limit: number; readonly after?: string }): Promise<Hit<FollowUp>[]> => {
    // Every channel ever deleted stands in this index: those that this process has settled are passed over unread.
    const open: Hit<FollowUp>[] = []
    for (let after = page.after; open.length < page.limit;) {
      const hits = await read.followUps.query({
        index: 'deletions',
        prefix: [],
        limit: page.limit,
        ...(after === undefined ? {} : { after }),
      })
      open.push(...hits.filter(({ key }) => !settled.has(key)))
      after = hits.at(-1)?.cursor
      if (hits.length < page.limit) break
    }
    return open
  }

  return new Worker(
    'following up',
    async (signal) => {
      const shown = (position: string): Promise<void> => views.waitFor(position, { views: ['follow-ups'] })
      await sweeper.run(
        {
          page: (page) => read.followUps.query({ index: 'pending', prefix: [], ...page }),
          isMine,
          work: async ({ document }) => (document.kind === 'ticket' ? followTicket(context, document) : undefined),
          shown,
        },
        signal,
      )
      await sweeper.run(
        {
          page: (page) => read.followUps.query({ index: 'unsends', prefix: [], ...page }),
          isMine,
          work: async ({ document }) => (document.kind === 'unsend' ? strike(reruns, document) : undefined),
          shown,
        },
        signal,
      )
      await sweeper.run(
        {
          page: deletions,
          isMine,
          work: async ({ key, document }) => {
            if (document.kind !== 'deletion') return undefined
            const isSettled = await settleDeletion(context, protocol, document)
            if (isSettled) settled.add(key)
            return isSettled ? document.position : undefined
          },
          shown,
        },
        signal,
      )
      return 1_000
    },
    context,
  )
}
