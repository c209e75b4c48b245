import { post } from './api.js'
import { button, h, refill } from './dom.js'
import { tried } from './notices.js'
import { clockState, dayOf, now, onTick, setClock, span, timeOf } from './time.js'

const SPANS = [
  ['+1 hour', 'hour'],
  ['+1 day', 'day'],
  ['+1 week', 'week'],
]

const send = (path, body) => tried(async () => setClock(await post(path, body)))

/** Business time with its controls: forward only. */
export const clockPanel = (root) => {
  const face = h('time', { class: 'face' })
  const ahead = h('small', {})
  const hold = button('', () => send(clockState().held ? '/api/clock/run' : '/api/clock/hold'), { class: 'quiet' })
  refill(
    root,
    h('div', { class: 'stack' }, face, ahead),
    SPANS.map(([label, spanName]) => button(label, () => send('/api/clock/move', { span: spanName }))),
    hold,
  )
  const show = () => {
    const at = now()
    const { held } = clockState()
    const moved = at - Date.now()
    face.textContent = `${dayOf(at)}, ${timeOf(at)}`
    ahead.textContent = `${held ? 'held, ' : ''}${moved > 1500 ? `${span(moved)} ahead` : 'business time'}`
    hold.textContent = held ? 'Run' : 'Hold'
    hold.setAttribute('title', held ? 'Let business time run again' : 'Let business time stand still')
  }
  onTick(show)
  show()
}
