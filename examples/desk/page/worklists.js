import { post } from './api.js'
import { ofChannels } from './channels.js'
import { button, h, refill, soon } from './dom.js'
import { tried } from './notices.js'
import { countdown, shortTime, timeElement } from './time.js'
import { reason } from './words.js'

const TONES = {
  sent: 'good',
  queued: 'warn',
  attempted: 'warn',
  unconfirmed: 'warn',
  'partly-sent': 'bad',
  rejected: 'bad',
}

/** What becomes a ticket by itself, and every reply with its attempts. */
export const worklistsPanel = (root, openConversation) => {
  const act = async (conversationId, path) => {
    await tried(() => post(`/api/conversations/${conversationId}/${path}`))
    refresh()
  }
  const conversion = ({ conversationId, customerId, dueAt, channelId }) =>
    h(
      'tr',
      {},
      h(
        'td',
        {},
        button(`Customer …${customerId.slice(-4)}`, () => openConversation(conversationId), { class: 'link' }),
        h('small', {}, ` channel ${channelId.slice(0, 8)}`),
      ),
      h(
        'td',
        {},
        countdown(dueAt, (left) => `in ${left}`),
      ),
      h(
        'td',
        {},
        h(
          'div',
          { class: 'row' },
          button('Convert now', () => act(conversationId, 'convert')),
          button('Not needed', () => act(conversationId, 'dismiss-conversion')),
        ),
      ),
    )
  const attempt = ({ part, attempt: number, at, tag, outcome, reason: why, code, settledBy }) =>
    h(
      'li',
      {},
      timeElement(at),
      ` part ${part + 1}, attempt ${number}: ${outcome}`,
      settledBy !== undefined && ` (by ${settledBy})`,
      why !== undefined && ` (${reason(why)})`,
      code !== undefined && ` Meta ${code}`,
      tag === 'human-agent' && ', with HUMAN_AGENT',
    )
  const delivery = (one) =>
    h(
      'tr',
      {},
      h(
        'td',
        {},
        timeElement(one.queuedAt, shortTime(one.queuedAt)),
        h('div', {}, h('small', {}, one.author.id ?? one.author.kind)),
      ),
      h(
        'td',
        {},
        h('span', { class: `badge ${TONES[one.status] ?? ''}` }, one.status),
        one.reason !== undefined && h('div', {}, h('small', {}, reason(one.reason))),
      ),
      h('td', {}, h('ol', { class: 'attempts' }, one.attempts.map(attempt))),
      h(
        'td',
        {},
        button('Open', () => openConversation(one.conversationId), { class: 'quiet' }),
      ),
    )
  const refresh = soon(async () => {
    const [pending, sent] = await Promise.all([
      tried(() => ofChannels('/api/pending-conversions', { limit: 100 }, (a, b) => a.dueAt - b.dueAt)),
      tried(() => ofChannels('/api/deliveries', { limit: 50 }, (a, b) => b.queuedAt - a.queuedAt)),
    ])
    const table = (heads, rows) =>
      h(
        'div',
        { class: 'wide' },
        h(
          'table',
          {},
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              heads.map((name) => h('th', { scope: 'col' }, name)),
            ),
          ),
          h('tbody', {}, rows),
        ),
      )
    refill(
      root,
      h('h2', {}, 'Pending conversions'),
      (pending?.items ?? []).length === 0
        ? h('p', { class: 'empty' }, 'Nothing is to become a ticket by itself.')
        : table(['Customer', 'Due', ''], pending.items.map(conversion)),
      h('h2', {}, 'Deliveries'),
      (sent?.items ?? []).length === 0
        ? h('p', { class: 'empty' }, 'No reply yet.')
        : table(['Asked for', 'Status', 'Attempts', ''], sent.items.map(delivery)),
    )
  })
  return { refresh }
}
