import { post } from './api.js'
import { field, formDialog } from './dialogs.js'
import { button, h, oneAfterAnother, onEnter, refill } from './dom.js'
import { quietly, tried } from './notices.js'

const LIMIT = 1600
/** Instagram shows typing for some 20 seconds. */
const TYPING_EVERY = 15_000

/** Where an agent writes: an answer, or a note that only the desk sees. What was begun is kept for each conversation. */
export const composer = (changed) => {
  const drafts = new Map()
  let conversationId
  let note = false
  let quoting
  let media = []
  let whyNot
  let mayNote = true
  let typingSince
  const inTurn = oneAfterAnother()

  const draftKey = () => `${conversationId}/${note}`
  const input = h('textarea', {
    rows: '3',
    'aria-label': 'Answer',
    'data-key': 'composer',
    onkeydown: onEnter(() => send(false)),
    oninput: () => {
      drafts.set(draftKey(), input.value)
      count()
      tellTyping()
    },
  })
  const counter = h('span', { class: 'counter', 'aria-live': 'polite' })
  const why = h('p', { class: 'strip bad', id: 'why-not' })
  const extras = h('p', { class: 'quoting' })
  const sendButton = button('Send', () => send(false), { class: 'primary', id: 'reply-send' })
  const endButton = button('Send and end', () => send(true))
  const pictureButton = button('🖼 Picture', () => addPicture())
  const noteBox = h('input', { type: 'checkbox', onchange: () => setNote(noteBox.checked) })
  const element = h(
    'div',
    { class: 'composer' },
    why,
    extras,
    input,
    h(
      'div',
      { class: 'row' },
      h('label', { class: 'check' }, noteBox, 'Private note'),
      pictureButton,
      h('span', { class: 'grow' }),
      counter,
      endButton,
      sendButton,
    ),
  )

  /** The customer sees that somebody writes to them; of a note they see nothing. */
  const tellTyping = () => {
    const at = performance.now()
    if (note || whyNot !== undefined || at - (typingSince ?? -TYPING_EVERY) < TYPING_EVERY) return
    typingSince = at
    void quietly(() => post(`/api/conversations/${conversationId}/typing`, { on: true }))
  }
  const setNote = (value) => {
    note = value
    noteBox.checked = value
    input.value = drafts.get(draftKey()) ?? ''
    input.setAttribute('aria-label', value ? 'Note' : 'Answer')
    element.classList.toggle('is-note', value)
    sendButton.textContent = value ? 'Add note' : 'Send'
    showAll()
    input.focus()
  }
  const count = () => {
    const length = [...input.value].length
    counter.textContent = `${length.toLocaleString()} / ${LIMIT.toLocaleString()}`
    counter.classList.toggle('over', length > LIMIT)
    const empty = input.value.trim() === '' && (note || media.length === 0)
    const closed = !note && whyNot !== undefined
    sendButton.disabled = empty || closed || length > LIMIT
    endButton.disabled = sendButton.disabled
  }
  const showAll = () => {
    const closed = !note && whyNot !== undefined
    why.hidden = !closed
    if (closed)
      refill(
        why,
        h('span', {}, whyNot),
        mayNote && button('Write a note instead', () => setNote(true), { class: 'link' }),
      )
    noteBox.disabled = !mayNote
    input.disabled = closed
    input.placeholder = closed
      ? ''
      : note
        ? 'A note that only the desk sees…'
        : 'Answer the customer… (Enter sends, Shift+Enter for a new line)'
    pictureButton.hidden = note
    pictureButton.disabled = closed
    endButton.hidden = note
    extras.hidden = quoting === undefined && media.length === 0
    refill(
      extras,
      quoting !== undefined && [
        `Answering “${quoting.text.slice(0, 60)}” `,
        button('×', () => quote(undefined), { class: 'link', 'aria-label': 'Do not quote' }),
      ],
      media.map(({ url }, index) => [
        h(
          'span',
          { class: 'badge' },
          `🖼 ${url.slice(0, 60)} `,
          button('×', () => removePicture(index), { class: 'link', 'aria-label': 'Remove picture' }),
        ),
      ]),
    )
    count()
  }
  const quote = (message) => {
    quoting = message
    showAll()
    if (message !== undefined) input.focus()
  }
  const removePicture = (index) => {
    media = media.filter((_, other) => other !== index)
    showAll()
  }
  const addPicture = () => {
    const url = h('input', { type: 'url', required: true, pattern: 'https://.*', placeholder: 'https://…' })
    formDialog('Send a picture', 'Add', [field('Public https link (Meta fetches it)', url)], async () => {
      media = [...media, { kind: 'image', url: url.value }]
      showAll()
      return true
    })
  }
  const send = async (andEnd) => {
    if (sendButton.disabled || conversationId === undefined) return
    const base = `/api/conversations/${conversationId}`
    const text = input.value
    const sentFrom = draftKey()
    const [sentMedia, quoted] = [media, quoting]
    const body = {
      ...(text.trim() !== '' && { text }),
      ...(media.length > 0 && { media }),
      ...(quoting !== undefined && { replyTo: quoting.messageId }),
    }
    // At once: what is written meanwhile is another answer.
    drafts.delete(sentFrom)
    input.value = ''
    if (!note) {
      media = []
      quoting = undefined
    }
    typingSince = undefined
    showAll()
    const asNote = note
    const done = await inTurn(() =>
      tried(() =>
        asNote ? post(`${base}/notes`, { text }) : post(`${base}/${andEnd ? 'reply-and-end' : 'reply'}`, body),
      ),
    )
    if (done === undefined && !drafts.get(sentFrom)) {
      drafts.set(sentFrom, text)
      if (sentFrom === draftKey()) {
        input.value = text
        media = [...sentMedia, ...media]
        quoting ??= quoted
      }
    }
    showAll()
    changed()
    input.focus()
  }

  return {
    element,
    quote,
    /** Shows the composer of a conversation, why one cannot answer there (if so), and whether notes can be written. */
    show: (id, reasonNot, notesToo) => {
      whyNot = reasonNot
      mayNote = notesToo
      if (id !== conversationId) {
        conversationId = id
        typingSince = undefined
        quoting = undefined
        media = []
        note = false
        noteBox.checked = false
        element.classList.remove('is-note')
        sendButton.textContent = 'Send'
        input.value = drafts.get(draftKey()) ?? ''
      }
      showAll()
    },
  }
}
