import { button, h } from './dom.js'

/** Asks before something that cannot be taken back. @returns whether it was confirmed */
export const confirmed = (title, text, label) =>
  new Promise((resolve) => {
    let answer = false
    const dialog = h(
      'dialog',
      {
        'aria-label': title,
        onclose: () => {
          dialog.remove()
          resolve(answer)
        },
      },
      h('h2', {}, title),
      h('p', {}, text),
      h(
        'p',
        { class: 'row end' },
        button('Cancel', () => dialog.close()),
        button(
          label,
          () => {
            answer = true
            dialog.close()
          },
          { class: 'danger' },
        ),
      ),
    )
    document.body.append(dialog)
    dialog.showModal()
  })

/** A form in a dialog. `send` gives whether it may close. */
export const formDialog = (title, label, fields, send) => {
  const dialog = h(
    'dialog',
    { 'aria-label': title, onclose: () => dialog.remove() },
    h(
      'form',
      {
        onsubmit: async (event) => {
          event.preventDefault()
          if ((await send()) !== undefined) dialog.close()
        },
      },
      h('h2', {}, title),
      fields,
      h(
        'p',
        { class: 'row end' },
        button('Cancel', () => dialog.close()),
        h('button', { class: 'primary' }, label),
      ),
    ),
  )
  document.body.append(dialog)
  dialog.showModal()
}

/** A labelled field. */
export const field = (label, input) => h('label', {}, label, input)

/** A select with its options; a pair is [value, label]. */
export const choice = (label, options, value, onchange) => {
  const select = h(
    'select',
    { 'aria-label': label, onchange },
    options.map((option) => {
      const [key, text] = Array.isArray(option) ? option : [option, option]
      return h('option', { value: key, selected: key === value }, text)
    }),
  )
  return select
}
