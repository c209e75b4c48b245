import { administrationPanel } from './administration.js'
import { acting, get } from './api.js'
import { channelNames, chooseChannel, chosenChannel, loadChannels } from './channels.js'
import { clockPanel } from './clock.js'
import { choice } from './dialogs.js'
import { h, refill, soon } from './dom.js'
import { inboxPanel } from './inbox.js'
import { connectLive } from './live.js'
import { tried } from './notices.js'
import { operationsPanel } from './operations.js'
import { phonePanel } from './phone.js'
import { ticketsPanel } from './tickets.js'
import { worklistsPanel } from './worklists.js'

const byId = (id) => document.getElementById(id)

clockPanel(byId('clock'))
const phone = phonePanel(byId('phone'))

const holder = (className) => h('div', { class: className, hidden: true })
const places = {
  inbox: holder('inbox'),
  tickets: holder('scroll'),
  pending: holder('scroll'),
  administration: holder('scroll'),
  operations: holder('scroll'),
}
refill(byId('panel'), Object.values(places))
const panels = {
  inbox: inboxPanel(places.inbox, (count) => show(current, count)),
  tickets: ticketsPanel(places.tickets, (conversationId) => {
    show('inbox')
    panels.inbox.open(conversationId)
  }),
  pending: worklistsPanel(places.pending, (conversationId) => {
    show('inbox')
    panels.inbox.open(conversationId)
  }),
  administration: administrationPanel(places.administration),
  operations: operationsPanel(places.operations),
}
const NAMES = {
  inbox: 'Inbox',
  pending: 'Pending & deliveries',
  tickets: 'Tickets',
  administration: 'Administration',
  operations: 'Operations',
}

const channelChoice = () => {
  const names = channelNames()
  if (names.length < 2) return undefined
  return choice('Channel', [['', 'All my channels'], ...names], chosenChannel(), (event) => {
    chooseChannel(event.target.value)
    live.reconnect()
  })
}

let current = 'inbox'
let unread = 0
const show = (name, count = unread) => {
  const changed = current !== name || places[name].hidden
  current = name
  unread = count
  refill(
    byId('tabs'),
    Object.entries(NAMES).map(([key, label]) =>
      h(
        'button',
        {
          type: 'button',
          'data-key': key,
          'aria-current': key === name ? 'page' : undefined,
          onclick: () => show(key),
        },
        label,
        key === 'inbox' && unread > 0 && h('span', { class: 'count', title: 'unread conversations' }, String(unread)),
      ),
    ),
    h('span', { class: 'grow' }),
    channelChoice(),
  )
  for (const [key, place] of Object.entries(places)) place.hidden = key !== name
  if (changed) panels[name].refresh()
}

const refreshShown = soon(async () => {
  await tried(loadChannels)
  show(current)
  panels.inbox.refresh()
  if (current !== 'inbox') panels[current].refresh()
})

const actor = byId('actor')
const chooseActor = (value) => {
  acting.set(value)
  panels.inbox.forget()
  live.reconnect()
}
actor.addEventListener('change', () => chooseActor(actor.value))

const fillActors = async () => {
  const host = await tried(() => get('/api/host'))
  if (host === undefined) return
  const options = [
    ...host.people.map(({ id, name, kind }) => [`${kind}:${id}`, `${name} (${kind})`]),
    ['agent:chie', 'Chie (agent of no channel)'],
  ]
  if (!options.some(([value]) => value === acting.get())) acting.set(options[0][0])
  refill(
    actor,
    options.map(([value, label]) => h('option', { value, selected: value === acting.get() }, label)),
  )
}

show('inbox')
const live = connectLive({
  onInbox: () => refreshShown(),
  onPhone: () => phone.refresh(),
  onDelivered: () => refreshShown(),
  onActed: (call) => {
    if (
      call === 'POST /api/phone/:accountId/customers' ||
      call.startsWith('POST /api/platform/accounts') ||
      call === 'POST /api/channels'
    )
      void phone.load()
    phone.refresh()
    refreshShown()
  },
  onConnected: () => {
    void fillActors()
    void phone.load()
    refreshShown()
  },
})
