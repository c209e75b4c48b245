import type { Messenger } from '../../../application/ports/messenger.ts'
import type { Graph } from './graph.ts'
import { senderAction } from './send.ts'

/** Facebook Login's page knows the heart as `love`; Instagram Login takes any emoji. */
const HEARTS: ReadonlySet<string> = new Set(['\u2764', '\u2764\ufe0f'])

/**
 * Sets or takes back the account's reaction to a message; without an emoji a heart.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message (Jun 24, 2026)
 */
export const react =
  (graph: Graph): Messenger['react'] =>
  (sender, { customerId, mid, action, emoji }) => {
    const reaction = emoji === undefined || HEARTS.has(emoji) ? 'love' : emoji
    const payload = { message_id: mid, ...(action === 'react' && { reaction }) }
    return senderAction(graph, sender, customerId, { sender_action: action, payload })
  }

const actions = { 'typing-on': 'typing_on', 'typing-off': 'typing_off', seen: 'mark_seen' } as const

/**
 * Typing and seen; nothing else may stand in the request.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/sender-actions (Jun 26, 2026)
 */
export const signal =
  (graph: Graph): Messenger['signal'] =>
  (sender, { customerId, action }) =>
    senderAction(graph, sender, customerId, { sender_action: actions[action] })
