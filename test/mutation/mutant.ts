import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

interface Position {
  readonly line: number
  readonly column: number
}

/** What Stryker says of a mutant; once it was tried, lines and columns count from 1, as editors do. */
export interface StrykerMutant {
  readonly fileName: string
  readonly mutatorName: string
  readonly replacement: string
  readonly location: { readonly start: Position; readonly end: Position }
}

/** One fault that can be planted, named so that the name holds over runs of the same sources. */
export interface Mutant {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly mutator: string
  /** The code that is replaced. */
  readonly code: string
  readonly replacement: string
}

/** Code on one line, for reports and for the list of equivalents. */
export const onOneLine = (code: string): string => code.replaceAll(/\s+/g, ' ').trim()

const read = new Map<string, readonly string[]>()

/** Read once: a run lasts long, and sources may be edited meanwhile. */
const linesOf = (file: string): readonly string[] => {
  const lines = read.get(file) ?? readFileSync(file, 'utf8').split('\n')
  read.set(file, lines)
  return lines
}

const codeAt = (file: string, { start, end }: StrykerMutant['location']): string => {
  const lines = linesOf(file).slice(start.line - 1, end.line)
  const last = lines.length - 1
  return lines
    .map((line, at) => line.slice(at === 0 ? start.column - 1 : 0, at === last ? end.column - 1 : undefined))
    .join('\n')
}

export const mutantOf = ({ fileName, location, mutatorName, replacement }: StrykerMutant): Mutant => {
  const file = relative(process.cwd(), fileName)
  return {
    file,
    line: location.start.line,
    column: location.start.column,
    mutator: mutatorName,
    code: onOneLine(codeAt(file, location)),
    replacement: onOneLine(replacement),
  }
}

/**
 * The same of a mutant that is still to be tried: Stryker counts its lines and columns from 0. Otherwise one that was tried would not
 * be known again when a run goes on.
 */
export const plannedMutantOf = ({ location: { start, end }, ...mutant }: StrykerMutant): Mutant => {
  const fromOne = ({ line, column }: Position): Position => ({ line: line + 1, column: column + 1 })
  return mutantOf({ ...mutant, location: { start: fromOne(start), end: fromOne(end) } })
}

export const nameOf = ({ file, line, column, mutator, code, replacement }: Mutant): string =>
  [file, line, column, mutator, code, replacement].join(' | ')

/** Ranks mutants by chance, the same for the same seed. */
const rankOf = (seed: number, mutant: Mutant): string =>
  createHash('sha256')
    .update(`${seed} ${nameOf(mutant)}`)
    .digest('hex')

/** As many of them as are asked for, by chance, the same for the same seed. */
export const sampleOf = (mutants: readonly Mutant[], seed: number, size: number): readonly Mutant[] =>
  mutants
    .map((mutant) => ({ mutant, rank: rankOf(seed, mutant) }))
    .toSorted((one, other) => (one.rank < other.rank ? -1 : 1))
    .slice(0, size)
    .map(({ mutant }) => mutant)
