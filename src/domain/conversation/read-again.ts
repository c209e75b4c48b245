import { actorRef } from '../actor.ts'
import { requireAdministrator } from '../require-administrator.ts'
import { isUnsent } from './amendments.ts'
import type { ChannelFacts } from './channel-facts.ts'
import type { ReadMessageAgain, RecoverContent } from './commands.ts'
import type { MessageContent, MessageOutline, PersonalContent } from './content.ts'
import { requireReceiving } from './delivered.ts'
import type { ConversationEvent } from './events.ts'
import { outlineOf, personalOf, unreadPartsOf } from './message-shape.ts'
import { isWithheld, knowsMessage } from './messages.ts'
import type { ConversationState } from './state.ts'
import { requireStarted } from './who-may.ts'

/** @throws Refusal `not-administrator`, `channel-deleted`, `conversation-not-found` */
export const readMessageAgain = (
  { data }: ReadMessageAgain,
  state: ConversationState,
): readonly ConversationEvent[] => {
  const { actor, channel, messageId, outline: before, at } = data
  requireAdministrator(actor, channel.organizationId)
  requireReceiving(data)
  requireStarted(state)
  if (knowsMessage(state, messageId) === false || isUnsent(state, messageId) || isWithheld(state, data)) return []
  const { outline, personal } = mergedWith(data, data.content, channel)
  if (unreadPartsOf(outline) >= unreadPartsOf(before)) return []
  return [{ type: 'MessageReadAgain', data: { messageId, outline, by: actorRef(actor), at }, personal }]
}

interface Kept {
  readonly outline: MessageOutline
  readonly personal: PersonalContent
}

/**
 * What was understood when it came stays as it was received, placeholders among it: only what was not understood is taken from the
 * new reading, under the settings of now.
 */
const mergedWith = ({ outline, personal }: Kept, content: MessageContent, channel: ChannelFacts): Kept => {
  const read = { outline: outlineOf(content, channel), personal: personalOf(content, channel) }
  const understood = outline.attachments
    .map((attachment, place) => ({ attachment, personal: personal.attachments?.[place] ?? {} }))
    .filter(({ attachment }) => attachment.kind !== 'unknown')
  const merged = read.outline.attachments.map((attachment, place) => {
    const same = understood.findIndex((one) => one.attachment.kind === attachment.kind)
    const [kept] = same < 0 ? [] : understood.splice(same, 1)
    return kept ?? { attachment, personal: read.personal.attachments?.[place] ?? {} }
  })
  const { raw: _, ...before } = personal
  return {
    outline: {
      ...read.outline,
      attachments: merged.map(({ attachment }) => attachment),
      ...(outline.replyTo === undefined ? {} : { replyTo: outline.replyTo }),
      ...(outline.fromAd === undefined ? {} : { fromAd: outline.fromAd }),
    },
    personal: {
      ...before,
      ...read.personal,
      ...(merged.length === 0 ? {} : { attachments: merged.map((one) => one.personal) }),
    },
  }
}

/**
 * The content of a message of the business that came while the channel was disabled. The caller knows that there is none yet.
 * @throws Refusal `channel-deleted`, `conversation-not-found`
 */
export const recoverContent = ({ data }: RecoverContent, state: ConversationState): readonly ConversationEvent[] => {
  const { channel, messageId, content, at } = data
  requireReceiving(data)
  requireStarted(state)
  if (channel.status === 'disabled' || !knowsMessage(state, messageId) || isUnsent(state, messageId)) return []
  return [
    {
      type: 'MessageReadAgain',
      data: { messageId, outline: outlineOf(content, channel), recovered: true, by: { kind: 'system' }, at },
      personal: personalOf(content, channel),
    },
  ]
}
