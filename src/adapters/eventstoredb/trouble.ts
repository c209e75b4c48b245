import type { StoreTrouble } from '../../application/ports/store-trouble.ts'
import { NoAnswer } from '../within.ts'

/** What the clients say in words only, with the place if they name one. */
const IN_WORDS: readonly (readonly [RegExp, code?: string])[] = [
  [/\b(?<code>E[A-Z]{4,})(?: (?<at>[\w.:[\]-]+:\d+))?/],
  [/^(?:\d+ UNAVAILABLE: )?Name resolution failed for target (?:dns:)?(?<at>[\w.-]+:\d+)/, 'ENOTFOUND'],
  [/^Failed to discover after/, 'no-node'],
]

/** What a client's error says of the trouble: a code, and a place where the client tells one. */
export const clientTrouble = (error: unknown): StoreTrouble => {
  if (error instanceof NoAnswer) return { code: 'no-answer' }
  const { type, details, message } = (error ?? {}) as Readonly<Record<string, unknown>>
  for (const text of [details, message]) {
    if (typeof text !== 'string') continue
    for (const [words, code] of IN_WORDS) {
      const groups = words.exec(text)?.groups
      if (groups !== undefined) return { code: code ?? groups['code'], at: groups['at'] }
    }
  }
  return { code: typeof type === 'string' ? type : undefined }
}
