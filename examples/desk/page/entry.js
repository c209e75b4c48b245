import { h } from './dom.js'
import { kindInWords } from './picture.js'
import { countdown } from './time.js'

/** What a customer is called: by name, user name, or the end of the id. */
export const nameOf = ({ profile, customerId }) =>
  profile?.name ?? (profile?.username === undefined ? `Customer …${customerId.slice(-4)}` : `@${profile.username}`)

const WHO = { desk: 'You: ', outside: 'Instagram app: ', customer: '' }

/** The last line of a conversation, in words. */
export const entryLine = ({ lastLine }) => {
  if (lastLine === null) return '…'
  const { by, kind, text, unsent, placeholder, status } = lastLine
  const what = unsent ? 'taken back' : (text ?? kindInWords(kind))
  const state = status === 'rejected' ? '⚠ not sent: ' : status === 'unconfirmed' ? '⚠ unconfirmed: ' : ''
  return `${state}${WHO[by] ?? ''}${what}${placeholder && text !== undefined ? ` (${kindInWords(kind)})` : ''}`
}

/** How the business may write, as a small badge with its end. */
export const windowBadge = (window) => {
  switch (window.state) {
    case 'standard':
      return h(
        'span',
        { class: 'badge good', title: 'Anyone may answer' },
        countdown(window.standardUntil, (left) => `open ${left}`),
      )
    case 'human-agent':
      return h(
        'span',
        { class: 'badge warn', title: 'Only a person may answer' },
        countdown(window.humanAgentUntil, (left) => `person ${left}`),
      )
    case 'expired':
      return h('span', { class: 'badge bad' }, 'window closed')
    default:
      return h('span', { class: 'badge' }, 'never wrote')
  }
}
