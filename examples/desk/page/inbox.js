import { get } from './api.js'
import { chosenChannel, inboxOf } from './channels.js'
import { conversationPane } from './conversation.js'
import { button, h, refill, soon } from './dom.js'
import { tried } from './notices.js'
import { countdown, shortTime, timeElement } from './time.js'
import { entryLine, nameOf, windowBadge } from './entry.js'

const VIEWS = [
  ['mine', 'Mine'],
  ['unassigned', 'Unassigned'],
  ['all', 'All'],
  ['waiting', 'Waiting'],
  ['ended', 'Ended'],
  ['blocked', 'Blocked'],
  ['deleted', 'Deleted channels'],
]
/** As many as one call of a list gives. */
const MOST_LISTED = 200
const NOTHING = {
  mine: 'Nothing is yours at present.',
  unassigned: 'Nobody waits in the queue.',
  all: 'No conversation yet. Write one on the phone.',
  waiting: 'Everybody has an answer.',
  ended: 'No conversation has ended.',
  blocked: 'Nobody is blocked.',
  deleted: 'No channel of yours was deleted.',
}

/** What one call looks at is bounded: so many of them together, for every fifty that are wanted. */
const CALLS = 5

/** Conversations by name, then those that hold the words; each once. Goes further back until there are as many as wanted. */
const found = async (text, wanted, isAsked) => {
  const named = new Map()
  const holding = new Map()
  let cursor = ''
  for (let calls = (CALLS * wanted) / 50; calls > 0 && cursor !== undefined && isAsked(); calls--) {
    const page = await get('/api/inbox/search', { text, limit: 50, cursor, channelId: chosenChannel() })
    for (const entry of page.customers) named.set(entry.conversationId, entry)
    for (const { entry } of page.messages) holding.set(entry.conversationId, entry)
    cursor = page.cursor
    if (named.size + holding.size >= wanted) break
  }
  return { items: [...new Map([...named, ...holding]).values()], more: cursor !== undefined }
}

/** The agent's inbox: views, search, the list, and the conversation beside it. */
export const inboxPanel = (root, tellUnread) => {
  let view = localStorage.getItem('madoguchi.view') ?? 'all'
  let openId
  let more = 50
  let asked = 0

  const views = h('div', { class: 'views', role: 'group', 'aria-label': 'Views' })
  const search = h('input', {
    class: 'search',
    type: 'search',
    placeholder: 'Search names and words…',
    'aria-label': 'Search',
    oninput: () => {
      more = 50
      refresh()
    },
  })
  const list = h('ul', { class: 'entries', 'aria-label': 'Conversations' })
  const choose = h('p', { class: 'choose' }, 'Choose a conversation.')
  const pane = conversationPane(
    () => refresh(),
    () => close(),
  )
  pane.element.hidden = true
  refill(root, h('aside', {}, views, search, list), choose, pane.element)

  const showViews = () =>
    refill(
      views,
      VIEWS.map(([key, label]) =>
        button(label, () => chooseView(key), { 'aria-pressed': String(key === view), 'data-key': `view-${key}` }),
      ),
    )
  const chooseView = (key) => {
    view = key
    more = 50
    search.value = ''
    localStorage.setItem('madoguchi.view', key)
    showViews()
    refresh()
  }

  const open = (conversationId) => {
    openId = conversationId
    root.classList.add('reading')
    pane.element.hidden = false
    choose.hidden = true
    pane.open(conversationId)
    refresh()
  }
  const close = () => {
    openId = undefined
    root.classList.remove('reading')
    pane.element.hidden = true
    choose.hidden = false
    pane.close()
    refresh()
  }

  const item = (entry) =>
    h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          class: `entry ${entry.unread > 0 ? 'unread' : ''}`,
          'data-key': `entry-${entry.conversationId}`,
          'aria-current': entry.conversationId === openId ? 'true' : undefined,
          onclick: () => open(entry.conversationId),
        },
        h('span', { class: 'name' }, nameOf(entry)),
        h('small', {}, timeElement(entry.lastActivityAt, shortTime(entry.lastActivityAt))),
        h('span', { class: 'line' }, entryLine(entry)),
        entry.unread > 0 ? h('span', { class: 'count', title: 'unread' }, String(entry.unread)) : h('span', {}),
        h(
          'span',
          { class: 'badges' },
          windowBadge(entry.window),
          h('span', { class: 'badge' }, entry.assignee === null ? 'unassigned' : entry.assignee),
          entry.waitingSince !== null &&
            h('span', { class: 'badge warn', title: 'Nobody has answered since' }, 'waiting'),
          entry.pending !== null &&
            h(
              'span',
              { class: 'badge' },
              countdown(entry.pending.dueAt, (left) => `ticket in ${left}`),
            ),
          entry.blocked !== null && h('span', { class: 'badge bad' }, 'blocked'),
          entry.ended && h('span', { class: 'badge' }, 'ended'),
        ),
      ),
    )

  const refresh = soon(async () => {
    const turn = ++asked
    const text = search.value.trim()
    const [page, count] = await Promise.all([
      tried(() => (text === '' ? inboxOf(view, more) : found(text, more, () => search.value.trim() === text))),
      tried(() => get('/api/inbox/unread')),
    ])
    if (openId !== undefined) pane.refresh()
    if (page === undefined || turn !== asked) return
    if (count !== undefined) tellUnread(count.total)
    refill(
      list,
      page.items.map(item),
      page.items.length === 0 &&
        h(
          'li',
          {},
          h(
            'p',
            { class: 'empty' },
            text === '' ? NOTHING[view] : page.more ? 'Nothing found so far.' : 'Nothing found.',
          ),
        ),
      page.more &&
        (text !== '' || more < MOST_LISTED) &&
        h(
          'li',
          {},
          button(text === '' ? 'Show more' : 'Search further back', () => showMore(), {
            class: 'quiet',
            'data-key': 'more',
          }),
        ),
    )
  })
  const showMore = () => {
    more += 50
    refresh()
  }

  showViews()
  return { refresh, open, forget: close }
}
