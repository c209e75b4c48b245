/** Makes an element. Text is always text: nothing that somebody wrote is ever read as markup. */
export const h = (tag, props = {}, ...children) => {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (name === 'class') element.className = value
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false))
  return element
}

export const button = (label, onclick, props = {}) => h('button', { type: 'button', onclick, ...props }, label)

/** Where the pointer is pressed, and what waits until it is let go: a click on an element that is gone by then is lost. */
let pressed
const waiting = new Map()
const letGo = () => {
  pressed = undefined
  const parents = [...waiting]
  waiting.clear()
  for (const [parent, children] of parents) refill(parent, ...children)
}
addEventListener('pointerdown', ({ target }) => (pressed = target), true)
// The click comes after.
for (const end of ['pointerup', 'pointercancel', 'keydown']) addEventListener(end, () => setTimeout(letGo), true)
// Whoever chose from a list of the browser's own, or pulled at a scroll bar, lets go unseen.
addEventListener('pointermove', ({ buttons }) => buttons === 0 && pressed !== undefined && letGo(), true)

/** Replaces what is inside, once no pointer is pressed there; whoever had the focus, by its `data-key`, gets it back. */
export const refill = (parent, ...children) => {
  if (pressed !== undefined && parent.contains(pressed)) {
    waiting.set(parent, children)
    return
  }
  waiting.delete(parent)
  const active = document.activeElement
  const key = active instanceof HTMLElement && parent.contains(active) ? active.dataset.key : undefined
  parent.replaceChildren(
    ...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false),
  )
  if (key === undefined) return
  const again = [...parent.querySelectorAll('[data-key]')].find((element) => element.dataset.key === key)
  again?.focus({ preventScroll: true })
}

/** Stays at the newest line if the reader was there, or if the list is another one. */
export const keepAtEnd = (scroller, fill, isNew) => {
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60
  const top = scroller.scrollTop
  fill()
  scroller.scrollTop = isNew || atEnd ? scroller.scrollHeight : top
}

/** Calls `work` soon, once for many wishes; never two at a time. */
export const soon = (work, wait = 40) => {
  let timer
  let running = false
  let again = false
  const run = async () => {
    timer = undefined
    if (running) {
      again = true
      return
    }
    running = true
    try {
      await work()
    } finally {
      running = false
      if (again) {
        again = false
        timer ??= setTimeout(run, wait)
      }
    }
  }
  return () => {
    timer ??= setTimeout(run, wait)
  }
}

/** Runs asynchronous work one after another, in the order in which it was asked for. */
export const oneAfterAnother = () => {
  let last = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}

/** Enter does it, Shift+Enter makes a line; not while an input method is composing. */
export const onEnter = (does) => (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  does()
}
