import type { Desk, RecordedEvent } from 'madoguchi'
import { administrator } from './people.ts'
import { wholeLog } from './whole-log.ts'
import type { World } from './world.ts'

/** Meta tells what is in this many of the newest messages of a thread. */
const TOLD = 20

/** Once a channel is enabled again and Meta answers, everything that was missed on it is fetched, as far as Meta tells of it. */
export const checkMissed = async (world: World, desk: Desk): Promise<void> => {
  for (const [place, channelId] of world.channels.entries()) {
    if (world.deleted?.channel === place) continue
    await desk.channels.enable(administrator, { channelId })
    const { problem, left: told } = await desk.channels.fetchMissed(administrator, { channelId })
    if (problem !== undefined) world.history.violation(`what was missed could not be fetched: ${problem}`)
    const left = leftOf((await wholeLog(world)).filter(({ meta }) => meta['channelId'] === channelId))
    if (told !== left.size) world.history.violation(`${told} messages are said to be left, and ${left.size} are`)
  }
  const log = await wholeLog(world)
  for (const person of world.people) {
    if (world.deleted?.channel === person.channel || person.handle.phone().messages.length > TOLD) continue
    const events = log.filter(({ stream }) => stream === `conversation-${world.conversationIdOf(person)}`)
    const isBlocked = events.findLast(({ type }) => type.startsWith('Customer') && type.endsWith('locked'))
    if (isBlocked?.type === 'CustomerBlocked') continue
    const left = leftOf(events)
    if (left.size > 0) world.history.violation(`${left.size} messages were missed and are not fetched: ${[...left][0]}`)
  }
}

/** Messages of which only a receipt is kept, and that their authors have not taken back. */
const leftOf = (events: readonly RecordedEvent[]): ReadonlySet<string> => {
  const idsOf = (isOne: (event: RecordedEvent) => boolean): ReadonlySet<string> =>
    new Set(events.filter(isOne).map(({ data }) => data['messageId'] as string))
  const known = ['MessageReceived', 'MessageReadAgain', 'ReplyPartSent', 'MessageUnsent']
  const isKnown = idsOf(({ type }) => known.includes(type))
  const missed = idsOf(
    ({ type, data }) =>
      (type === 'MessageWithheld' && data['reason'] === 'channel-disabled') ||
      (type === 'MessageEchoed' && data['withheld'] !== undefined),
  )
  return new Set([...missed].filter((id) => !isKnown.has(id)))
}
