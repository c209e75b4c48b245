import * as v from 'valibot'

import type { Messenger, Sender, SendFailure } from '../../../application/ports/messenger.ts'
import type { ConnectedAccount } from '../../../domain/channel/events.ts'
import { LIMITS } from '../webhook/limits.ts'
import { graphPath } from './graph-path.ts'
import type { Graph } from './graph.ts'
import { messageBody } from './message-body.ts'

const sent = v.object({ message_id: v.pipe(v.string(), v.nonEmpty(), v.maxBytes(LIMITS.idBytes)) })

/** The node that sends: the Page for Facebook Login (`me` is the Page of the token), the account for Instagram Login. */
export const sendingNode = ({ flavour, accountId, pageId }: ConnectedAccount): string =>
  flavour === 'facebook-login' ? (pageId ?? 'me') : accountId

/** `POST /<node>/messages`. An answer without a message id, or with one that no message has, leaves the outcome unknown. */
export const send =
  (graph: Graph): Messenger['send'] =>
  async (sender, outgoing, options) => {
    const message = messageBody(outgoing)
    if ('kind' in message) return message
    const answer = await graph(sender, {
      method: 'POST',
      path: graphPath(sendingNode(sender.account), 'messages'),
      body: message.body,
      lane: message.lane,
      tagged: outgoing.tag === 'human-agent',
      ...(options?.signal && { signal: options.signal }),
      ...(options?.mayLeave && { mayLeave: options.mayLeave }),
    })
    if (answer.kind !== 'answered') return answer
    const parsed = v.safeParse(sent, answer.body)
    return parsed.success
      ? { kind: 'sent', mid: parsed.output.message_id }
      : { kind: 'outcome-unknown', code: 'no-message-id' }
  }

/** A `sender_action`: it goes to the same edge and is answered without a message id. */
export const senderAction = async (
  graph: Graph,
  sender: Sender,
  customerId: string,
  body: object,
): Promise<{ readonly kind: 'done' } | SendFailure> => {
  const answer = await graph(sender, {
    method: 'POST',
    path: graphPath(sendingNode(sender.account), 'messages'),
    body: { recipient: { id: customerId }, ...body },
    lane: 'message',
  })
  return answer.kind === 'answered' ? { kind: 'done' } : answer
}
