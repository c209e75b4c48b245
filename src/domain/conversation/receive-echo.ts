import { cancelledByAnswers } from './attempt-outcomes.ts'
import type { ReceiveEcho } from './commands.ts'
import { requireReceiving, started, timesOf } from './delivered.ts'
import { equalsOpenAttempt, settledByText } from './echo-join.ts'
import { wasUnsent } from './amendments.ts'
import { episodeOfBusiness } from './episode.ts'
import type { ConversationEvent, MessageEchoed } from './events.ts'
import { evolveAll } from './evolve.ts'
import { isDuplicate } from './messages.ts'
import { outlineOf, personalOf } from './message-shape.ts'
import type { ConversationState } from './state.ts'

/**
 * Meta says that the business account sent something: a part of a reply of ours, or a reply from outside this desk.
 * One that is known, also as a part that we sent, is nothing new. An equal text of ours whose outcome is open is settled by it.
 */
export const receiveEcho = ({ data }: ReceiveEcho, state: ConversationState): readonly ConversationEvent[] => {
  requireReceiving(data)
  if (isDuplicate(state, data)) return []
  const echo = echoed(data, state)
  const first = [...started(state, data), echo]
  const joined = settledByText(evolveAll(state, first), data.at)
  // What may be an answer of ours is judged when it is known to be one: an automation's takes nothing away.
  const all = [...first, ...joined]
  // What may be an answer of ours is judged when it is known to be one: an automation's takes nothing away.
  return state.status === 'none' ? all : [...all, ...cancelledByAnswers(state, all, data.at)]
}

const echoed = (data: ReceiveEcho['data'], state: ConversationState): MessageEchoed => {
  const { messageId, mid, content, channel, standby, textDigest, metaAt } = data
  const times = timesOf(data)
  const episode =
    state.status === 'started' && metaAt >= channel.connectedAt
      ? episodeOfBusiness(state.episodes, times.at)
      : undefined
  // While the channel is disabled nothing is received: the receipt joins a send of ours, and keeps no content.
  const unsent = wasUnsent(state, data)
  const outline = outlineOf(content, channel)
  const keeps = channel.status === 'enabled' && !unsent
  return {
    type: 'MessageEchoed',
    data: {
      ...times,
      messageId,
      mid,
      outline,
      ...(standby === true ? { standby } : {}),
      ...(textDigest === undefined ? {} : { textDigest }),
      equalsAttempt: equalsOpenAttempt(state, { outline, metaAt, ...(textDigest === undefined ? {} : { textDigest }) }),
      ...(episode === undefined ? {} : { episode }),
      ...(unsent ? { unsent } : {}),
      ...(channel.status === 'disabled' && !unsent ? { withheld: 'channel-disabled' } : {}),
    },
    ...(keeps ? { personal: personalOf(content, channel) } : {}),
  }
}
