import { button, h } from './dom.js'
import { kindInWords, tile } from './picture.js'
import { countdown, fullTime, now, timeElement } from './time.js'
import { reason } from './words.js'

const who = (by) =>
  by === undefined || by === null ? 'somebody' : by.kind === 'system' ? 'the desk' : (by.id ?? by.kind)

const CANCELLED = {
  ended: 'the conversation was ended',
  blocked: 'the customer was blocked',
  unsent: 'everything was taken back',
  'not-needed': 'not needed',
  answered: 'it was answered',
  'channel-deleted': 'the channel was deleted',
}

/** Something that happened to the conversation, in words. */
const systemLine = ({ event: { type, data }, reason: why }) => {
  switch (type) {
    case 'ConversationAssigned':
      return data.how === 'transferred' ? `${who(data.by)} handed it to ${data.agentId}` : `${data.agentId} has it now`
    case 'ConversationReturned':
      return data.how === 'customer-wrote'
        ? 'Back in the queue: the customer wrote'
        : `${who(data.by)} put it back into the queue`
    case 'ConversationEnded':
      return `Ended by ${who(data.by)}`
    case 'ConversationReopened':
      return data.by.kind === 'system' ? 'Reopened: the customer wrote' : `Reopened by ${who(data.by)}`
    case 'ConversionScheduled':
      return `Becomes a ticket ${fullTime(data.dueAt)}`
    case 'ConversionCancelled':
      return `No ticket: ${CANCELLED[data.reason] ?? data.reason}`
    case 'ConversationConverted':
      return data.cause === 'by-time' ? 'Became a ticket by itself' : `Made a ticket by ${who(data.by)}`
    case 'CustomerBlocked':
      return `Blocked by ${who(data.by)}${why === undefined ? '' : `: ${why}`}`
    case 'CustomerUnblocked':
      return `Unblocked by ${who(data.by)}`
    case 'ReplyWindowExpired':
      return data.kind === 'standard'
        ? '24 hours since the customer wrote: only a person may answer'
        : '7 days since the customer wrote: the window is closed'
    case 'ThreadControlChanged':
      return `Instagram passed the thread (${data.change})`
    case 'ReferralReceived':
      return 'The customer came by a link'
    default:
      return type
  }
}

const marksOf = ({ customer, business }) =>
  [customer, business].filter((mark) => mark?.action === 'react').map(({ emoji }) => emoji ?? '❤️')

const reactions = (marks) => {
  const shown = marksOf(marks)
  return shown.length > 0 && h('span', { class: 'reactions', title: 'Reactions' }, shown)
}

const quoteOf = (replyTo, find) => {
  if (replyTo === undefined) return undefined
  return h('blockquote', {}, find(replyTo) ?? 'an earlier message')
}

const attachments = ({ outline, content }) =>
  outline.attachments.map(({ kind, placeholder }, place) => [
    tile(kind, { placeholder: placeholder === true, title: content?.attachments?.[place]?.title }),
    offered(content?.attachments?.[place]?.buttons),
  ])

/** What the customer was offered to tap. */
const offered = (buttons = []) =>
  buttons.length > 0 &&
  h(
    'ul',
    { class: 'offered', 'aria-label': 'Offered to the customer' },
    buttons.map(({ title }) => h('li', {}, title)),
  )

/** What cannot be seen from text and attachments. */
const extra = ({ outline, content }) => {
  const lines = []
  if (content?.story !== undefined || outline.kind === 'story-reply') lines.push('Answer to your story')
  if (outline.fromAd)
    lines.push(`From an ad${content?.referral?.adTitle === undefined ? '' : `: ${content.referral.adTitle}`}`)
  if (outline.kind === 'quick-reply') lines.push('Tapped a quick reply')
  if (outline.kind === 'postback') lines.push('Tapped a button')
  return lines.map((line) => h('small', {}, line))
}

/** Meta keeps a story for a day: until when its links lead somewhere. */
const storyEnd = ({ linksExpireAt }) =>
  linksExpireAt !== undefined &&
  h(
    'small',
    {},
    countdown(linksExpireAt, (left) =>
      linksExpireAt > now() ? `The story ends in ${left} at the latest` : 'The story has ended',
    ),
  )

/** The business has one reaction for each message. */
const reactionButton = ({ messageId, marks: { business } }, react) => {
  const reacted = business?.action === 'react'
  return button(reacted ? '💔' : '❤️', () => react(messageId, reacted ? null : '❤️'), {
    class: 'link',
    'aria-label': reacted ? 'Take the reaction away' : 'React with a heart',
    'data-key': `react-${messageId}`,
  })
}

const messageBubble = (item, { find, quote, react, mayReact }) => {
  const { outline, marks, origin, messageId, text } = item
  if (marks.unsent !== undefined) {
    return h(
      'article',
      { class: `bubble gone ${origin === 'customer' ? '' : 'own outside'}` },
      h('p', {}, 'This message was taken back.'),
      h('footer', {}, timeElement(item.at)),
    )
  }
  const bare = text === undefined && outline.attachments.length === 0
  return h(
    'article',
    { class: `bubble ${origin === 'customer' ? '' : 'own outside'}` },
    item.recovered && h('small', {}, 'Came while the channel was disabled, and was fetched afterwards'),
    origin === 'outside' && h('small', {}, 'Written outside this desk (Instagram or another app)'),
    quoteOf(outline.replyTo, find),
    extra(item),
    attachments(item),
    storyEnd(item),
    text !== undefined && h('p', {}, text),
    offered(item.content?.quickReplies),
    bare &&
      (outline.hasText
        ? h('p', {}, h('em', {}, 'Its content is gone.'))
        : tile(outline.kind === 'unsupported' ? 'unknown' : outline.kind)),
    reactions(marks),
    h(
      'footer',
      {},
      timeElement(item.at),
      marks.edit !== undefined && ' · edited',
      item.standby && ' · while another app answers',
      h(
        'span',
        { class: 'tools' },
        button('Quote', () => quote({ messageId, text: text ?? kindInWords(outline.kind) }), { class: 'link' }),
        mayReact && origin === 'customer' && reactionButton(item, react),
      ),
    ),
  )
}

const STATUS = {
  queued: 'waits to be sent',
  attempted: 'being sent…',
  sent: 'sent',
  'partly-sent': 'partly sent',
  rejected: 'not sent',
  unconfirmed: 'unconfirmed',
}
const PART = { waiting: '○', attempted: '…', unknown: '?', sent: '✓', unconfirmed: '?', rejected: '✗' }

const problemOf = ({ progress, replyId }, { resend, withdraw, mayAct }) => {
  const { status, rejection, retryAt } = progress
  if (status === 'unconfirmed') {
    return h(
      'div',
      { class: 'problem unsure' },
      'It is not known whether this arrived. Nothing is sent again by itself. ',
      mayAct &&
        button('Send again (it may arrive twice)', () => resend(replyId, true), { 'data-key': `again-${replyId}` }),
    )
  }
  if (rejection !== undefined) {
    return h(
      'div',
      { class: 'problem' },
      `${reason(rejection.reason)}${rejection.code === undefined ? '' : ` (${rejection.code})`} `,
      mayAct &&
        rejection.reason !== 'withdrawn' &&
        button('Send the rest again', () => resend(replyId, false), { 'data-key': `again-${replyId}` }),
    )
  }
  if (status !== 'queued') return undefined
  return h(
    'div',
    { class: 'problem unsure' },
    retryAt === undefined
      ? 'Waits for its turn. '
      : ['Is tried again ', countdown(retryAt, (left) => `in ${left}`), '. '],
    mayAct && button('Withdraw', () => withdraw(replyId), { 'data-key': `withdraw-${replyId}` }),
  )
}

const replyBubble = (item, context) => {
  const { reply, parts, text, at } = item
  const { progress, author, replyTo } = reply
  const gone = parts.length > 0 && parts.every(({ marks }) => marks.unsent !== undefined)
  const media =
    parts.length === 0
      ? reply.mediaKinds
      : parts.flatMap(({ content }) => (content?.kind === 'media' ? content.media.map(({ kind }) => kind) : []))
  const seen = parts.length > 0 && parts.every(({ marks }) => marks.seenAt !== undefined)
  const messageId = parts.at(-1)?.messageId
  const unknown = parts.some(({ status }) => status === 'unknown')
  const state = seen
    ? 'seen'
    : unknown
      ? 'no answer from Meta; waiting for evidence'
      : (STATUS[progress.status] ?? progress.status)
  return h(
    'article',
    { class: `bubble own ${gone ? 'gone' : ''}` },
    quoteOf(replyTo, context.find),
    media.map((kind) => tile(kind)),
    gone ? h('p', {}, 'This message was taken back.') : text !== undefined && h('p', {}, text),
    parts.map(({ marks }) => reactions(marks)),
    h(
      'footer',
      {},
      timeElement(at),
      ` · ${author.kind === 'automation' ? 'automatic, ' : ''}${who(author)}`,
      ` · ${state}`,
      parts.length > 1 && h('span', { title: 'Its parts' }, ` ${parts.map(({ status }) => PART[status]).join('')}`),
      messageId !== undefined &&
        h(
          'span',
          { class: 'tools' },
          button('Quote', () => context.quote({ messageId, text: text ?? 'a picture' }), { class: 'link' }),
        ),
    ),
    problemOf(reply, context),
  )
}

/** One item of a transcript as it is shown. */
export const transcriptLine = (item, context) => {
  switch (item.kind) {
    case 'message':
      return messageBubble(item, context)
    case 'reply':
      return replyBubble(item, context)
    case 'note':
      return h(
        'article',
        { class: 'bubble note' },
        h('small', {}, `Note by ${who(item.by)}: only the desk sees it`),
        h('p', {}, item.text ?? 'Its content is gone.'),
        h('footer', {}, timeElement(item.at)),
      )
    default:
      return h('p', { class: 'system' }, systemLine(item), ' · ', timeElement(item.at))
  }
}

/** The text that a quote of this message shows, by message id. */
export const quotable = (items) => {
  const texts = new Map()
  for (const item of items) {
    if (item.kind === 'message')
      texts.set(item.messageId, item.marks.unsent ? 'taken back' : (item.text ?? kindInWords(item.outline.kind)))
    if (item.kind === 'reply') for (const part of item.parts) texts.set(part.messageId, item.text ?? 'a picture')
  }
  return (messageId) => texts.get(messageId)
}
