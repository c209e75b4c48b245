/** Between two entries of a document's row. No entry holds it: there U+0002 is an escape and a digit follows. */
const SEPARATOR = '\u0002;'

/** An entry may be in place already where those of a build are being put there. */
export const ADD_ENTRY = 'insert or ignore into entries ("index", entry, document) values (?, ?, ?)'

/** One entry as a document's row has it. */
export const entryLine = (index: number, entry: string): string => `${index} ${entry}`

export const readLine = (line: string): { readonly index: number; readonly entry: string } => {
  const at = line.indexOf(' ')
  return { index: Number(line.slice(0, at)), entry: line.slice(at + 1) }
}

const sharedLength = (one: string, other: string): number => {
  const most = Math.min(one.length, other.length)
  let length = 0
  while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length += 1
  return length
}

/** All entries of a document as one text: of each only what differs from the beginning of the one before it. */
export const joinLines = (lines: readonly string[]): string => {
  let text = ''
  let before: string | undefined
  for (const line of lines) {
    if (before === undefined) text = line
    else {
      const shared = sharedLength(before, line)
      text += `${SEPARATOR}${shared} ${line.slice(shared)}`
    }
    before = line
  }
  return text
}

/** What {@link joinLines} was given. */
export const linesOf = (text: string): readonly string[] => {
  if (text === '') return []
  let before = ''
  return text.split(SEPARATOR).map((part, place) => {
    const at = place === 0 ? -1 : part.indexOf(' ')
    before = place === 0 ? part : before.slice(0, Number(part.slice(0, at))) + part.slice(at + 1)
    return before
  })
}
