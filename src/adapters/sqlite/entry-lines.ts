/** Between two entries of a document's row. No entry holds it: there U+0002 is an escape and a digit follows. */
export const SEPARATOR = '\u0002;'

/** An entry may be in place already where those of a build are being put there. */
export const ADD_ENTRY = 'insert or ignore into entries ("index", entry, document) values (?, ?, ?)'

/** One entry as a document's row has it. */
export const entryLine = (index: number, entry: string): string => `${index} ${entry}`

export const readLine = (line: string): { readonly index: number; readonly entry: string } => {
  const at = line.indexOf(' ')
  return { index: Number(line.slice(0, at)), entry: line.slice(at + 1) }
}

export const linesOf = (entries: string): readonly string[] => (entries === '' ? [] : entries.split(SEPARATOR))
