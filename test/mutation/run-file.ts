import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { nameOf, type Mutant } from './mutant.ts'

/** `Killed` and `Timeout` were noticed; `Survived` and `NoCoverage` were not; others (`CompileError` ...) do not count. */
export interface Tried {
  readonly mutant: Mutant
  readonly status: string
}

/** The sample of a run, and below it a line for each mutant that was tried: so that a stopped run can go on. */
export class RunFile {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Undefined where no run has begun. */
  read():
    | { readonly fingerprint: string; readonly sample: readonly Mutant[]; readonly tried: readonly Tried[] }
    | undefined {
    if (!existsSync(this.#path)) return undefined
    const [head, ...lines] = readFileSync(this.#path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
    if (head === undefined) return undefined
    const { fingerprint, sample } = JSON.parse(head) as { fingerprint: string; sample: readonly Mutant[] }
    const last = new Map(lines.map((line) => JSON.parse(line) as Tried).map((tried) => [nameOf(tried.mutant), tried]))
    return { fingerprint, sample, tried: [...last.values()] }
  }

  begin(fingerprint: string, sample: readonly Mutant[]): void {
    writeFileSync(this.#path, `${JSON.stringify({ fingerprint, sample })}\n`)
  }

  add(tried: Tried): void {
    appendFileSync(this.#path, `${JSON.stringify(tried)}\n`)
  }
}
