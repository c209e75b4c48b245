import { get, post } from './api.js'
import { button, h, keepAtEnd, oneAfterAnother, onEnter, refill, soon } from './dom.js'
import { tried } from './notices.js'
import { tile } from './picture.js'
import { countdown, dayOf, timeElement } from './time.js'

const KINDS = [
  ['picture', '🖼 Picture'],
  ['pictures', '🖼 Two pictures'],
  ['audio', '🎤 Voice message'],
  ['video', '🎬 Video'],
  ['file', '📎 File'],
  ['sticker', '🌟 Sticker'],
  ['heart', '❤️ Heart'],
  ['share', '🔗 Shared post (old)'],
  ['post', '🔗 Shared post'],
  ['reel', '🎞 Shared reel'],
  ['view-once', '👁 View-once picture'],
  ['story-mention', '⭕ Story mention'],
  ['story-reply', '⭕ Answer to a story'],
  ['quick-reply', '👆 Quick reply'],
  ['from-ad', '📣 From an ad'],
  ['unsupported', '❔ Poll or location'],
]
const NEEDS_TEXT = new Set(['story-reply', 'quick-reply', 'from-ad'])

const DAY = 86_400_000
const windowLine = ({ window, openedAt }) => {
  if (window === 'never-opened') return ['Instagram: has not written yet']
  if (window === 'expired') return ['Instagram: window closed']
  const end = openedAt + (window === 'standard' ? DAY : 7 * DAY)
  return [`Instagram: ${window === 'standard' ? 'anyone may answer' : 'only a person may answer'}, `, countdown(end)]
}

/** The phone of one customer: what they see, and everything they can do. */
export const phonePanel = (root) => {
  let chosen
  let accounts = []
  let shownFor
  let quoting
  let editing
  const inTurn = oneAfterAnother()

  const base = () => `/api/phone/${chosen.accountId}/${chosen.customerId}`
  const act = async (path, body) => {
    const done = await tried(() => post(`${base()}/${path}`, body))
    refresh()
    return done
  }

  const select = h('select', { 'aria-label': 'Customer', onchange: () => choose(select.value) })
  const status = h('p', { class: 'phone-status' })
  const log = h('div', { class: 'bubbles', role: 'log', 'aria-label': 'Messages on the phone', tabindex: '0' })
  const context = h('p', { class: 'quoting', hidden: true })
  const input = h('textarea', {
    rows: '2',
    // Until it is known whose phone it is.
    disabled: true,
    placeholder: 'Write as the customer…',
    'aria-label': 'Message of the customer',
    onkeydown: onEnter(() => send()),
  })
  const kind = h(
    'select',
    { 'aria-label': 'Send something else', disabled: true, onchange: () => sendKind() },
    h('option', { value: '' }, 'Send …'),
    KINDS.map(([value, label]) => h('option', { value }, label)),
  )

  const sendButton = button('Send', () => send(), { class: 'primary', id: 'phone-send', disabled: true })

  const setContext = (text) => {
    context.hidden = text === undefined
    refill(
      context,
      text,
      button('×', () => clearContext(), { 'aria-label': 'Never mind', class: 'quiet' }),
    )
  }
  const clearContext = () => {
    quoting = undefined
    editing = undefined
    setContext(undefined)
  }
  const send = async () => {
    const text = input.value
    if (chosen === undefined || text.trim() === '') return
    const [quoted, edited] = [quoting, editing]
    // At once: what is written meanwhile is another message.
    input.value = ''
    clearContext()
    const done = await inTurn(() =>
      edited === undefined
        ? act('messages', { text, ...(quoted !== undefined && { replyTo: quoted.mid }) })
        : act('edit', { mid: edited.mid, text }),
    )
    if (done !== undefined || input.value !== '') return
    if (edited !== undefined) startEdit(edited)
    else if (quoted !== undefined) startQuote(quoted)
    input.value = text
  }
  const sendKind = async () => {
    const { value } = kind
    kind.value = ''
    if (chosen === undefined || value === '') return
    const written = input.value
    const text = written.trim()
    const quoted = quoting
    input.value = ''
    clearContext()
    const done = await act('messages', {
      kind: value,
      ...(NEEDS_TEXT.has(value) ? { text: text || 'Hello' } : text !== '' && { text }),
      ...(quoted !== undefined && { replyTo: quoted.mid }),
    })
    if (done !== undefined || input.value !== '') return
    if (quoted !== undefined) startQuote(quoted)
    input.value = written
  }

  const choose = (value) => {
    const [accountId, customerId] = value.split('/')
    chosen = { accountId, customerId }
    localStorage.setItem('madoguchi.phone', value)
    for (const element of [input, kind, sendButton]) element.disabled = false
    clearContext()
    refresh()
  }

  const addDialog = () => {
    const name = h('input', { 'aria-label': 'Name', placeholder: 'Name', required: true })
    const account = h(
      'select',
      { 'aria-label': 'Writes to' },
      accounts.map(({ accountId, username }) => h('option', { value: accountId }, `@${username}`)),
    )
    const dialog = h(
      'dialog',
      { 'aria-label': 'A new customer', onclose: () => dialog.remove() },
      h(
        'form',
        {
          onsubmit: async (event) => {
            event.preventDefault()
            const added = await tried(() => post(`/api/phone/${account.value}/customers`, { name: name.value }))
            if (added === undefined) return
            dialog.close()
            await load()
            choose(`${added.accountId}/${added.customerId}`)
            select.value = `${added.accountId}/${added.customerId}`
          },
        },
        h('h2', {}, 'A new customer'),
        h('label', {}, 'Name', name),
        h('label', {}, 'Writes to', account),
        h(
          'p',
          { class: 'row end' },
          button('Cancel', () => dialog.close()),
          h('button', { class: 'primary' }, 'Add'),
        ),
      ),
    )
    document.body.append(dialog)
    dialog.showModal()
  }

  const bubble = (message, byMid, seenByBusiness) => {
    const own = message.from === 'customer'
    const quoted = message.replyTo === undefined ? undefined : byMid.get(message.replyTo)
    const reactions = Object.values(message.reactions ?? {}).filter(Boolean)
    return h(
      'article',
      { class: `bubble ${own ? 'own' : 'theirs'}`, 'data-mid': message.mid },
      quoted !== undefined && h('blockquote', {}, quoted.text ?? '📷'),
      (message.attachments ?? []).map(({ type }) => tile(type)),
      message.text !== undefined && h('p', {}, message.text),
      message.text === undefined && message.attachments === undefined && tile('unknown'),
      reactions.length > 0 &&
        h(
          'span',
          { class: 'reactions' },
          reactions.map(({ emoji }) => emoji ?? '❤️'),
        ),
      h(
        'footer',
        {},
        timeElement(message.timestamp),
        message.edited && ' · edited',
        message.mid === seenByBusiness && ' · seen',
        h(
          'span',
          { class: 'tools' },
          own &&
            message.text !== undefined &&
            button('Edit', () => startEdit(message), { class: 'link', 'data-key': `e${message.mid}` }),
          own &&
            button('Unsend', () => act('unsend', { mid: message.mid }), {
              class: 'link',
              'data-key': `u${message.mid}`,
            }),
          button('Quote', () => startQuote(message), { class: 'link', 'data-key': `q${message.mid}` }),
          message.reactions?.customer === undefined
            ? button('❤️', () => act('react', { mid: message.mid }), {
                class: 'link',
                'aria-label': 'React with a heart',
                'data-key': `r${message.mid}`,
              })
            : button('💔', () => act('unreact', { mid: message.mid }), {
                class: 'link',
                'aria-label': 'Take the reaction away',
                'data-key': `r${message.mid}`,
              }),
        ),
      ),
    )
  }
  const startEdit = (message) => {
    clearContext()
    editing = message
    input.value = message.text
    setContext('Editing your message')
    input.focus()
  }
  const startQuote = (message) => {
    clearContext()
    quoting = message
    setContext(`Answering “${(message.text ?? 'a picture').slice(0, 60)}”`)
    input.focus()
  }

  const refresh = soon(async () => {
    if (chosen === undefined) return
    const asked = chosen
    const view = await tried(() => get(base()))
    if (view === undefined || asked !== chosen) return
    refill(status, windowLine(view))
    const byMid = new Map(view.messages.map((message) => [message.mid, message]))
    const isNew = shownFor !== asked.customerId
    shownFor = asked.customerId
    let day
    keepAtEnd(
      log,
      () =>
        refill(
          log,
          view.messages.length === 0 && h('p', { class: 'empty' }, 'Nothing yet. Write the first message below.'),
          view.messages.map((message) => {
            const line =
              dayOf(message.timestamp) === day ? undefined : h('p', { class: 'day' }, dayOf(message.timestamp))
            day = dayOf(message.timestamp)
            return [line, bubble(message, byMid, view.seenByBusiness)]
          }),
          view.businessIsTyping && h('p', { class: 'typing' }, 'typing…'),
        ),
      isNew,
    )
    // It goes away by itself, of which nobody tells.
    if (view.businessIsTyping) setTimeout(refresh, 3_000)
  })

  const load = async () => {
    const phones = await tried(() => get('/api/phone'))
    if (phones === undefined) return
    accounts = phones.accounts
    const options = accounts.flatMap(({ accountId, username, customers }) =>
      customers.map((customer) => [`${accountId}/${customer.customerId}`, `${customer.username} → @${username}`]),
    )
    refill(
      select,
      options.map(([value, label]) => h('option', { value }, label)),
    )
    const kept = localStorage.getItem('madoguchi.phone')
    const wanted =
      options.find(([value]) => value === (chosen ? `${chosen.accountId}/${chosen.customerId}` : kept)) ?? options[0]
    if (wanted === undefined) return
    select.value = wanted[0]
    if (chosen === undefined) choose(wanted[0])
    else refresh()
  }

  refill(
    root,
    h(
      'div',
      { class: 'phone-top' },
      select,
      button('+', addDialog, { 'aria-label': 'Add a customer', title: 'Add a customer' }),
    ),
    status,
    log,
    context,
    h(
      'div',
      { class: 'phone-composer' },
      input,
      h(
        'div',
        { class: 'row' },
        kind,
        button('Seen', () => act('see', {}), { title: 'Look at the newest answer' }),
        sendButton,
      ),
    ),
  )
  return { load, refresh }
}
