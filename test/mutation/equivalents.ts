import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './mutant.ts'

/** A fault that no test can notice, because the changed code does the same. */
export interface Equivalent {
  readonly file: string
  /** The code that is replaced, on one line. */
  readonly code: string
  /** What replaces it; none means whatever replaces it. */
  readonly replacement?: string
  /** The whole line of the source that holds it, where the code alone would name too much. */
  readonly within?: string
  /** Why the changed code does the same. */
  readonly reason: string
}

export const equivalents: readonly Equivalent[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'equivalents.json'), 'utf8'),
) as readonly Equivalent[]

const lineOf = ({ file, line }: Mutant): string => readFileSync(file, 'utf8').split('\n')[line - 1]?.trim() ?? ''

/** Why nobody can notice this one, or undefined where a test could. */
export const reasonToPass = (mutant: Mutant): string | undefined =>
  equivalents.find(
    ({ file, code, replacement, within }) =>
      file === mutant.file &&
      code === mutant.code &&
      (replacement === undefined || replacement === mutant.replacement) &&
      (within === undefined || within === lineOf(mutant)),
  )?.reason
