import { h } from './dom.js'

let state = { now: Date.now(), ahead: 0, held: false }
let readAt = performance.now()
const listeners = new Set()

/** The desk's clock as the host last told it. */
export const setClock = (next) => {
  state = next
  readAt = performance.now()
  for (const listener of listeners) listener()
}

export const clockState = () => state

/** Business time now. */
export const now = () => (state.held ? state.now : state.now + (performance.now() - readAt))

/** Called whenever business time was moved, and every second. */
export const onTick = (listener) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
setInterval(() => {
  for (const listener of listeners) listener()
}, 1000)

const day = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' })
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

export const dayOf = (at) => day.format(at)
export const timeOf = (at) => clock.format(at)
export const fullTime = (at) => full.format(at)

/** A time element that says the whole instant when pointed at. */
export const timeElement = (at, text = timeOf(at)) =>
  h('time', { datetime: new Date(at).toISOString(), title: fullTime(at) }, text)

/** Today's time, or the day. */
export const shortTime = (at) => (dayOf(at) === dayOf(now()) ? timeOf(at) : dayOf(at))

/** 6 d 4 h, 3 h 20 min, 59 min 10 s, 12 s. */
export const span = (milliseconds) => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const [d, hours, minutes, s] = [
    Math.floor(seconds / 86400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ]
  if (d > 0) return `${d} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes} min`
  if (minutes > 0) return `${minutes} min ${s} s`
  return `${s} s`
}

/** Text that counts down to an instant for as long as it is on the page. */
export const countdown = (until, words = (left) => `${left} left`) => {
  const element = h('time', { datetime: new Date(until).toISOString(), title: fullTime(until) })
  const show = () => {
    element.textContent = words(span(until - now()))
  }
  let shown = false
  const stop = onTick(() => {
    if (shown && !element.isConnected) return stop()
    shown = element.isConnected
    show()
  })
  show()
  return element
}
