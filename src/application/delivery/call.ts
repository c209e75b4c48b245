import type { ChannelId } from '../../domain/ids.ts'
import type { DeskContext } from '../desk/context.ts'
import type { OutgoingMessage, Sender, SendResult } from '../ports/messenger.ts'
import { pause } from '../time.ts'

/** With whose token a call is made. */
export type Hands = Sender

/** The account and its token; undefined while there is none. */
export const handsOf = async (
  { lookup, store }: Pick<DeskContext, 'lookup' | 'store'>,
  channelId: ChannelId,
): Promise<Hands | undefined> => {
  const state = await lookup.state(channelId)
  const token = await store.tokens.get(channelId)
  return token === undefined || state.status === 'none' || state.status === 'abandoned'
    ? undefined
    : { account: state.account, token }
}

/** One call of the Send API. Whatever goes wrong in it, its outcome is unknown unless Meta or the network say otherwise. */
export const callMeta = async (
  { messenger, delivery, runtime }: Pick<DeskContext, 'messenger' | 'delivery' | 'runtime'>,
  hands: Hands | undefined,
  message: OutgoingMessage,
  { giveUp, mayLeave }: { readonly giveUp: AbortSignal; readonly mayLeave: () => boolean },
): Promise<SendResult> => {
  if (hands === undefined) return { kind: 'authorization-lost', code: 'no-token' }
  const over = new AbortController()
  const tooLate = pause(runtime, delivery.callTimeout, AbortSignal.any([over.signal, giveUp])).then((): SendResult => {
    over.abort()
    return { kind: 'outcome-unknown', code: giveUp.aborted ? 'stopped' : 'timeout' }
  })
  try {
    return await Promise.race([messenger.send(hands, message, { signal: over.signal, mayLeave }), tooLate])
  } catch {
    return { kind: 'outcome-unknown', code: 'failed' }
  } finally {
    over.abort()
  }
}
