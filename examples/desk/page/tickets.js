import { get, me, post } from './api.js'
import { ofChannels } from './channels.js'
import { choice } from './dialogs.js'
import { button, h, refill, soon } from './dom.js'
import { tried } from './notices.js'
import { kindInWords } from './picture.js'
import { shortTime, timeElement } from './time.js'

const CAUSES = { 'by-time': 'by time', 'by-hand': 'by hand', 'channel-deleted': 'channel deleted' }
const HEADS = ['Made', 'What it is about', 'How', 'Assignee', 'Status', '']
const STATUSES = ['open', 'pending', 'on-hold']

/** Tickets, newest first, with what can be done about each. */
export const ticketsPanel = (root, openConversation) => {
  const act = async (path, body) => {
    await tried(() => post(path, body))
    refresh()
  }
  /** Where the messages of each ticket are shown; kept while the table around is made anew. */
  const places = new Map()
  const placeOf = (ticketId) => {
    const place = places.get(ticketId) ?? h('div', {})
    places.set(ticketId, place)
    return place
  }
  const message = (item) =>
    h(
      'li',
      {},
      h('small', {}, item.kind === 'reply' ? 'desk: ' : `${item.origin}: `),
      item.text ?? kindInWords(item.outline?.kind ?? 'image'),
    )
  const showMessages = async (path, place) => {
    if (place.childElementCount > 0) return refill(place)
    const list = h('ol', { class: 'messages' })
    const more = h('p', {})
    const load = async (cursor) => {
      const page = await tried(() => get(`${path}/messages`, { limit: 50, cursor }))
      if (page === undefined) return
      list.append(...page.items.map(message))
      refill(more, page.cursor !== undefined && button('More messages', () => load(page.cursor), { class: 'quiet' }))
    }
    refill(place, list, more)
    await load()
  }
  const row = (ticket) => {
    const path = `/api/tickets/${encodeURIComponent(ticket.ticketId)}`
    const place = placeOf(ticket.ticketId)
    const closed = ticket.status === 'closed'
    return [
      h(
        'tr',
        {},
        h('td', {}, timeElement(ticket.openedAt, shortTime(ticket.openedAt))),
        h(
          'td',
          {},
          h('strong', {}, ticket.subject ?? '(a picture or another medium)'),
          h('div', {}, h('small', {}, `customer …${ticket.customerId.slice(-4)}`)),
          place,
        ),
        h('td', {}, CAUSES[ticket.cause] ?? ticket.cause),
        h('td', {}, ticket.assignee ?? '—'),
        h(
          'td',
          {},
          closed
            ? 'closed'
            : choice('Status', STATUSES, ticket.status, (event) =>
                act(`${path}/status`, { status: event.target.value }),
              ),
        ),
        h(
          'td',
          {},
          h(
            'div',
            { class: 'row' },
            button('Messages', () => showMessages(path, place), { class: 'quiet' }),
            button('Conversation', () => openConversation(ticket.conversationId), { class: 'quiet' }),
            ticket.assignee !== me() && !closed && button('Take', () => act(`${path}/assign`, { assignee: me() })),
            closed ? button('Reopen', () => act(`${path}/reopen`)) : button('Close', () => act(`${path}/close`)),
          ),
        ),
      ),
    ]
  }
  const refresh = soon(async () => {
    if (root.contains(document.activeElement) && document.activeElement.matches('select')) return
    const page = await tried(() => ofChannels('/api/tickets', { limit: 100 }, (a, b) => b.openedAt - a.openedAt))
    if (page === undefined) return
    refill(
      root,
      h('h2', {}, 'Tickets'),
      page.items.length === 0
        ? h(
            'p',
            { class: 'empty' },
            'No ticket yet. A message becomes one by itself when its time has come, or by hand.',
          )
        : h(
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
                  HEADS.map((name) => h('th', { scope: 'col' }, name)),
                ),
              ),
              h('tbody', {}, page.items.map(row)),
            ),
          ),
      page.more && h('small', {}, 'The newest 100 of each channel.'),
    )
  })
  return { refresh }
}
