import { button, h } from './dom.js'
import { inWords } from './words.js'

const place = () => document.getElementById('notices')

/** Says something for a while. */
export const notice = (text, kind = 'info') => {
  const element = h(
    'p',
    { class: `notice ${kind}` },
    text,
    button('×', () => element.remove(), { 'aria-label': 'Close' }),
  )
  place().append(element)
  setTimeout(() => element.remove(), kind === 'error' ? 12_000 : 5_000)
}

/** Runs something whose failure is nobody's trouble. */
export const quietly = (work) => work().catch(() => undefined)

/** Runs something that may be refused and says so in words. @returns what it gave, or undefined */
export const tried = async (work, done) => {
  try {
    const result = await work()
    if (done !== undefined) notice(done)
    return result ?? {}
  } catch (error) {
    notice(inWords(error), 'error')
    return undefined
  }
}
