import type { ChannelFacts } from '../../domain/conversation/channel-facts.ts'
import type { DeskContext } from '../desk/context.ts'
import type { OutgoingMessage, Sender, SendResult } from '../ports/messenger.ts'
import { pause } from '../time.ts'
import type { Heard } from './meta-calls.ts'

/** One call of the Send API. Whatever goes wrong in it, its outcome is unknown unless Meta or the network say otherwise. */
export const callMeta = async (
  { meta, delivery, runtime }: Pick<DeskContext, 'meta' | 'delivery' | 'runtime'>,
  channel: ChannelFacts,
  sender: Sender | undefined,
  message: OutgoingMessage,
  {
    giveUp,
    ...options
  }: { readonly giveUp: AbortSignal; readonly mayLeave: () => boolean; readonly tookBefore: boolean },
): Promise<Heard<SendResult>> => {
  const over = new AbortController()
  const tooLate = pause(runtime, delivery.callTimeout, AbortSignal.any([over.signal, giveUp])).then((): SendResult => {
    over.abort()
    return { kind: 'outcome-unknown', code: giveUp.aborted ? 'stopped' : 'timeout' }
  })
  try {
    return await Promise.race([meta.send(channel, sender, message, { signal: over.signal, ...options }), tooLate])
  } catch {
    return { kind: 'outcome-unknown', code: 'failed' }
  } finally {
    over.abort()
  }
}
