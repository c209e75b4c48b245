import type { Desk } from 'madoguchi'
import { administrator, AGENTS, ORGANIZATION, system } from './people.ts'
import { wholeLog } from './whole-log.ts'
import type { World } from './world.ts'

/**
 * A deleted channel has no pending conversion, its account is free for a new channel, and there what came meanwhile is taken in
 * from quarantine.
 */
export const checkDeleted = async (world: World, desk: Desk): Promise<void> => {
  if (world.deleted === undefined) return
  const { channel, pendingConversions } = world.deleted
  const log = await wholeLog(world)
  for (const [ended, events] of Map.groupBy(
    log.filter(({ meta }) => meta['channelId'] === world.channels[channel]),
    ({ stream, data }) => `${stream} ${data['episode'] as number}`,
  )) {
    const has = (type: string): boolean => events.some((event) => event.type === type)
    if (has('ConversionScheduled') && !has('ConversationConverted') && !has('ConversionCancelled'))
      world.history.violation(`pending on a deleted channel: ${ended}`)
    const isOther = events.some(
      ({ type, data }) =>
        (pendingConversions === 'discard' && type === 'ConversationConverted' && data['cause'] === 'channel-deleted') ||
        (pendingConversions === 'convert' && type === 'ConversionCancelled' && data['reason'] === 'channel-deleted'),
    )
    if (isOther) world.history.violation(`its channel was deleted and should ${pendingConversions} it: ${ended}`)
  }
  const account = world.accounts[channel]!
  const { accountId, flavour, username, pageId } = account
  await desk.channels.create(administrator, {
    key: 'once more',
    organizationId: ORGANIZATION,
    name: username,
    departmentId: 'sales',
    account: { accountId, flavour, username, ...(pageId === undefined ? {} : { pageId }) },
    token: account.issueToken(),
    agents: AGENTS,
  })
  for (let cursor: string | undefined; ;) {
    const page = await desk.operations.quarantine(system, { limit: 100, ...(cursor === undefined ? {} : { cursor }) })
    for (const { quarantineId } of page.items) {
      const { outcome } = await desk.operations.rerun(system, quarantineId)
      if (outcome.kind === 'quarantined')
        world.history.violation(`it stays in quarantine though its account has a channel: ${outcome.detail}`)
    }
    ;({ cursor } = page)
    if (cursor === undefined) return
  }
}
