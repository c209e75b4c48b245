import { checkConditions } from './access.ts'
import { enclose, reactionName } from './customer.ts'
import { messageBody } from './event-bodies.ts'
import { badGateway, GraphRefusal, graphErrorResponse } from './graph-error.ts'
import { asObject, asString, type JsonObject } from './json.ts'
import { lostAnswer } from './lost-answer.ts'
import { type Content, readContent, type SentAttachment } from './message-content.ts'
import { changeThread, countIn, type Platform, storeMessage, tell, threadOf } from './platform.ts'
import { replyWindowAt } from './reply-window.ts'
import { type Account, type Attachment, change, type Customer, type Message, threadKey, without } from './world.ts'
import type { SimulatorRuntime } from './runtime.ts'

const DAY = 86_400_000

/**
 * `POST /<node>/messages`: messages, reactions, typing and seen, by Meta's rules and in Meta's words.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message (June 24, 2026) and
 *   https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api
 */
export const sendApi = async (platform: Platform, account: Account, params: JsonObject): Promise<Response> => {
  checkConditions(account, 'send')
  const recipient = asObject(params['recipient']) ?? {}
  if (params['sender_action'] !== undefined) return senderAction(platform, account, params, recipient)
  const commentId = asString(recipient['comment_id'])
  if (commentId !== undefined) return privateReply(platform, account, params, commentId)

  const customer = recipientOf(platform, account, recipient)
  const message = asObject(params['message'])
  if (message === undefined) throw new GraphRefusal('invalid-data', 'no message')
  const content = readContent(message)
  const tag = readTag(platform, account, params)
  const replyTo = readReplyTo(platform, account, customer, params)
  checkThread(platform, account, customer)
  checkWindow(platform, account, customer, tag)
  return accept(platform, account, customer.customerId, content, {
    ...(tag !== undefined && { tag }),
    ...(replyTo !== undefined && { replyTo }),
  })
}

const recipientOf = (platform: Platform, account: Account, recipient: JsonObject): Customer => {
  const id = asString(recipient['id'])
  const customer = platform.world.customers.get(threadKey(account.accountId, id ?? ''))
  if (customer !== undefined) return customer
  throw new GraphRefusal(account.flavour === 'facebook-login' ? 'no-such-user' : 'user-not-found')
}

const readTag = ({ app }: Platform, account: Account, params: JsonObject): string | undefined => {
  const { messaging_type: type, tag } = params
  if (type !== undefined && !['RESPONSE', 'UPDATE', 'MESSAGE_TAG'].includes(asString(type) ?? '')) {
    throw new GraphRefusal('bad-parameter', 'messaging_type')
  }
  if ((type === 'MESSAGE_TAG') !== (tag !== undefined)) throw new GraphRefusal('bad-parameter', 'tag')
  if (tag === undefined) return undefined
  // The other tags are gone since April 27, 2026, and never worked on Instagram.
  if (tag !== 'HUMAN_AGENT') throw new GraphRefusal('bad-parameter', 'tag is no longer allowed')
  if (!account.humanAgent) {
    throw new GraphRefusal(app.humanAgentRefusal === 10 ? 'permission-missing' : 'no-advanced-access')
  }
  return tag
}

const readReplyTo = (
  platform: Platform,
  account: Account,
  customer: Customer,
  params: JsonObject,
): string | undefined => {
  if (params['reply_to'] === undefined) return undefined
  const mid = asString(asObject(params['reply_to'])?.['mid']) ?? ''
  if (inThread(platform, account, customer, mid) === undefined) throw new GraphRefusal('invalid-data', 'reply_to')
  return mid
}

const inThread = (platform: Platform, account: Account, customer: Customer, mid: string): Message | undefined => {
  const message = platform.world.messages.get(mid)
  const here = message?.accountId === account.accountId && message.customerId === customer.customerId
  return here && message.unsentAt === undefined ? message : undefined
}

const checkThread = (platform: Platform, { accountId, flavour }: Account, customer: Customer): void => {
  if (threadOf(platform, accountId, customer.customerId).owner === 'another-app') {
    throw new GraphRefusal(flavour === 'facebook-login' ? 'not-thread-owner' : 'thread-owned')
  }
  if (customer.unavailable) throw new GraphRefusal('person-unavailable')
}

const checkWindow = (platform: Platform, { accountId }: Account, { customerId }: Customer, tag?: string): void => {
  const window = replyWindowAt(threadOf(platform, accountId, customerId).openedAt, platform.now())
  if (window === 'standard' || (window === 'human-agent' && tag !== undefined)) return
  throw new GraphRefusal('window-closed')
}

const accept = async (
  platform: Platform,
  account: Account,
  customerId: string,
  content: Content,
  extra: { readonly tag?: string; readonly replyTo?: string },
): Promise<Response> => {
  const { accountId } = account
  const uploaded = resolveUploads(platform, account, content.attachments ?? [])
  if (uploaded.length > 1 && account.conditions.includes('single-image')) throw new GraphRefusal('single-image')
  const mid = platform.ids.message(accountId, customerId, 'api', countIn(platform, accountId, customerId, 'from-api'))
  const message: Message = {
    mid,
    accountId,
    customerId,
    from: 'business',
    via: 'api',
    timestamp: platform.now(),
    ...(content.text !== undefined && { text: content.text }),
    ...(uploaded.length > 0 && { attachments: uploaded }),
    ...extra,
    edits: 0,
    reactions: {},
  }
  storeMessage(platform, message)
  changeThread(platform, message, (thread) => without(thread, 'typingUntil'))

  const faults = platform.faults()
  const lost = platform.chance.happens(faults.loseAnswer, 'lose-answer', mid)
  const echoFirst = platform.chance.happens(faults.echoFirst, 'echo-first', mid)
  const { text, attachments } = message
  platform.ledger.addSend({
    mid,
    accountId,
    customerId,
    at: message.timestamp,
    ...(text !== undefined && { text }),
    ...(attachments && { attachments }),
    ...(extra.tag !== undefined && { tag: extra.tag }),
    answer: lost ? 'lost' : 'given',
  })
  platform.ledger.addCall({
    accountId,
    recipientId: customerId,
    at: message.timestamp,
    outcome: 'accepted',
    mid,
    status: 200,
  })
  const echo = tell(platform, {
    accountId,
    customerId,
    kind: 'echo',
    mid,
    body: messageBody(echoed(platform, message), false),
    afterMs: echoFirst ? 0 : platform.echoDelayMs(),
  })
  if (echoFirst) await Promise.race([echo.tried, patience(platform.runtime, 2_000)])
  if (lost) return losing(platform, account, mid)
  const attachmentId = keepUpload(platform, account, content.attachments)
  return Response.json({
    recipient_id: customerId,
    message_id: mid,
    ...(attachmentId !== undefined && { attachment_id: attachmentId }),
  })
}

/** Media come back in the echo under a link of Meta's own. */
const echoed = (platform: Platform, message: Message): Message => ({
  ...message,
  ...(message.attachments && {
    attachments: message.attachments.map((attachment, place) =>
      attachment.payload?.['url'] === undefined
        ? attachment
        : enclose(platform, message.mid, { type: attachment.type }, place),
    ),
  }),
})

const losing = ({ chance }: Platform, { flavour }: Account, mid: string): Response => {
  const traceId = `A${mid.slice(-18)}`
  switch (chance.pick(['cut', 'transient', 'unknown', 'gateway'], 'losing', mid)) {
    case 'cut':
      return lostAnswer()
    case 'gateway':
      return badGateway()
    case 'transient':
      return graphErrorResponse('transient', flavour, { traceId })
    default:
      return graphErrorResponse('unknown', flavour, { traceId })
  }
}

const patience = (runtime: SimulatorRuntime, ms: number): Promise<void> =>
  new Promise((resolve) => void runtime.schedule(ms, resolve, { unref: true }))

const resolveUploads = (
  { world }: Platform,
  { accountId }: Account,
  attachments: readonly SentAttachment[],
): readonly Attachment[] =>
  attachments.map(({ uploadId, type, payload }) => {
    if (uploadId === undefined) return { type, ...(payload && { payload }) }
    const upload = world.uploads.get(uploadId)
    if (upload?.accountId !== accountId) throw new GraphRefusal('foreign-attachment')
    if (upload.attachment.type !== type) throw new GraphRefusal('media-type')
    return upload.attachment
  })

const keepUpload = (
  { ids, world }: Platform,
  { accountId }: Account,
  attachments: readonly SentAttachment[] = [],
): string | undefined => {
  const reusable = attachments.find((attachment) => attachment.reusable)
  if (reusable === undefined) return undefined
  const { type, payload } = reusable
  const attachmentId = ids.upload()
  world.uploads.set(attachmentId, { attachmentId, accountId, attachment: { type, ...(payload && { payload }) } })
  return attachmentId
}

/** `POST /<node>/message_attachments`: uploads by link and answers the id that later sends may use. */
export const uploadApi = (platform: Platform, account: Account, params: JsonObject): Response => {
  checkConditions(account, 'send')
  const attachments = readContent(asObject(params['message']) ?? {}).attachments ?? []
  const attachmentId = keepUpload(
    platform,
    account,
    attachments.filter(({ payload }) => payload?.['url'] !== undefined).map((it) => ({ ...it, reusable: true })),
  )
  if (attachmentId === undefined) throw new GraphRefusal('invalid-data', 'no attachment')
  return Response.json({ attachment_id: attachmentId })
}

/**
 * Reactions, typing and seen; nothing else may stand in the request.
 *
 * A reaction is held to the 24-hour window, typing and seen to none: Meta's pages say neither.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/sender-actions (June 26, 2026)
 */
const senderAction = (platform: Platform, account: Account, params: JsonObject, recipient: JsonObject): Response => {
  if (params['message'] !== undefined) throw new GraphRefusal('bad-parameter', 'sender_action stands alone')
  const customer = recipientOf(platform, account, recipient)
  checkThread(platform, account, customer)
  const between = { accountId: account.accountId, customerId: customer.customerId }
  const answer = (): Response => {
    platform.changed()
    return Response.json({ recipient_id: customer.customerId })
  }
  switch (params['sender_action']) {
    case 'react':
    case 'unreact':
      checkWindow(platform, account, customer)
      react(platform, account, customer, params)
      return answer()
    case 'typing_on':
      // Meta's app shows the dots for about 20 seconds.
      changeThread(platform, between, (thread) => ({ ...thread, typingUntil: platform.now() + 20_000 }))
      return answer()
    case 'typing_off':
      changeThread(platform, between, (thread) => without(thread, 'typingUntil'))
      return answer()
    case 'mark_seen': {
      const { mids } = threadOf(platform, between.accountId, between.customerId)
      const newest = mids.findLast((mid) => platform.world.messages.get(mid)?.from === 'customer')
      if (newest !== undefined) {
        changeThread(platform, between, (thread) => ({ ...thread, seenByBusiness: newest }))
      }
      return answer()
    }
    default:
      throw new GraphRefusal('bad-parameter', 'sender_action')
  }
}

const emojis: Readonly<Record<string, string>> = {
  love: '\u2764\ufe0f',
  like: '\u{1f44d}',
  laugh: '\u{1f602}',
  wow: '\u{1f62e}',
  sad: '\u{1f622}',
  angry: '\u{1f620}',
}

const react = (platform: Platform, account: Account, customer: Customer, params: JsonObject): void => {
  const payload = asObject(params['payload']) ?? {}
  const message = inThread(platform, account, customer, asString(payload['message_id']) ?? '')
  const given = asString(payload['reaction'])
  if (message === undefined) throw new GraphRefusal('invalid-data', 'message_id')
  const others = without(message.reactions, 'business')
  if (params['sender_action'] === 'unreact') {
    platform.world.messages.set(message.mid, { ...message, reactions: others })
    return
  }
  if (given === undefined) throw new GraphRefusal('invalid-data', 'reaction')
  const emoji = emojis[given] ?? given
  const business = { reaction: reactionName(emoji), emoji }
  platform.world.messages.set(message.mid, { ...message, reactions: { ...others, business } })
}

/**
 * One message per comment, within seven days of it, without a tag; on a live video only during the broadcast, which
 * the simulator takes to be one hour. It does not open the window.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/instagram/features/private-replies (June 24, 2026)
 */
const privateReply = async (
  platform: Platform,
  account: Account,
  params: JsonObject,
  commentId: string,
): Promise<Response> => {
  const comment = platform.world.comments.get(commentId)
  if (params['tag'] !== undefined) throw new GraphRefusal('bad-parameter', 'tag on a private reply')
  const content = readContent(asObject(params['message']) ?? {})
  const life = comment?.live ? DAY / 24 : 7 * DAY
  const fine =
    comment?.accountId === account.accountId && !comment.answered && platform.now() - comment.timestamp < life
  if (!fine) throw new GraphRefusal('private-reply-invalid')
  change(platform.world.comments, commentId, (it) => ({ ...it, answered: true }))
  return accept(platform, account, comment.customerId, content, {})
}
