import { normalized } from '../../domain/text.ts'

/** Most distinct tokens kept of one text. */
export const MAX_TOKENS = 64
/** Longest token, in code units. */
const MAX_TOKEN_LENGTH = 40

/** Scripts that are written without spaces between words. */
const UNSPACED = String.raw`\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}`
const RUN = new RegExp(`[${UNSPACED}]+|(?:(?![${UNSPACED}])[\\p{L}\\p{M}\\p{N}])+`, 'gu')
const STARTS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u')
/** Asking the short way first: most words are ASCII. */
const isUnspaced = (run: string): boolean => run.charCodeAt(0) > 0x7f && STARTS_UNSPACED.test(run)
const IS_SPOKEN = /[\p{L}\p{N}]/u
const ASCII_WORD = /[a-z0-9]+/g
const ASCII = /^[\0-\x7f]*$/

/** How texts and queries are compared: full and half width alike, capitals and small letters alike. */
const folded = (text: string): string => (ASCII.test(text) ? text : normalized(text, 'NFKC')).toLowerCase()

/** Runs of one kind of script, in order. */
const runsOf = (text: string): readonly string[] => {
  const plain = folded(text)
  return (ASCII.test(plain) ? plain.match(ASCII_WORD) : plain.match(RUN)?.filter((run) => IS_SPOKEN.test(run))) ?? []
}

/** Neighbouring characters of a run without spaces in pairs, and its last one alone: each character begins a token. */
const pairsOf = (run: string): readonly string[] => {
  const points = Array.from(run)
  return points.map((point, at) => point + (points[at + 1] ?? ''))
}

const tokensOfRun = (run: string): readonly string[] =>
  isUnspaced(run)
    ? pairsOf(run)
    : [run.length <= MAX_TOKEN_LENGTH ? run : run.slice(0, MAX_TOKEN_LENGTH).toWellFormed()]

/**
 * The words under which a text is found: at most {@link MAX_TOKENS}, each once.
 * Scripts without spaces (Japanese, Chinese, Thai ...) give overlapping pairs of characters.
 */
export const tokensOf = (text: string): readonly string[] => {
  const tokens = new Set<string>()
  for (const run of runsOf(text)) {
    for (const token of tokensOfRun(run)) {
      if (tokens.size >= MAX_TOKENS) return [...tokens]
      tokens.add(token)
    }
  }
  return [...tokens]
}

/** What a query looks for: one token, or every token that begins like this. */
export interface SearchTerm {
  readonly token: string
  readonly prefix: boolean
}

/** Above every token that begins with this one: the upper bound of a range over an index. */
export const endOfPrefix = (token: string): string => `${token}\u{10ffff}`

/**
 * What to look for, the most telling first. The last word may still be being typed, so it stands for all that begin with it;
 * so does a single character of a script without spaces. Empty: there is nothing to look for.
 */
export const searchTerms = (query: string): readonly SearchTerm[] => {
  const runs = runsOf(query)
  const isTyping = /[\p{L}\p{M}\p{N}]$/u.test(query)
  const terms = runs.flatMap((run, at): readonly SearchTerm[] => {
    if (!isUnspaced(run)) {
      return tokensOfRun(run).map((token) => ({ token, prefix: isTyping && at === runs.length - 1 }))
    }
    const pairs = pairsOf(run)
    // The last character begins a pair wherever the text goes on: only a run of one has nothing else to say.
    return pairs.length === 1
      ? [{ token: pairs[0] ?? '', prefix: true }]
      : pairs.slice(0, -1).map((token) => ({ token, prefix: false }))
  })
  const first = new Map<string, SearchTerm>()
  for (const term of terms) if (!first.has(term.token)) first.set(term.token, term)
  return [...first.values()].toSorted((a, b) => Number(a.prefix) - Number(b.prefix) || b.token.length - a.token.length)
}

/** Whether a text with these tokens holds all terms: for hits that were found by one of them. */
export const matchesTerms = (tokens: readonly string[], terms: readonly SearchTerm[]): boolean =>
  terms.every(({ token, prefix }) => tokens.some((one) => (prefix ? one.startsWith(token) : one === token)))
