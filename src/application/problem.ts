import { remedyOf, safeTrouble, type StoreTrouble, troubleOf } from './ports/store-trouble.ts'

/** What the log of the process may hear of an error: words and places from a known set of shapes, never its message. */
export interface Problem extends StoreTrouble {
  /** The name of the error. */
  readonly problem: string
  /** What a person does about it. */
  readonly remedy?: string | undefined
  readonly [fact: string]: string | undefined
}

const NAME = /^[A-Za-z][A-Za-z0-9]{0,60}$/

/** Errors whose message is made to be read by operators, here and in another copy of the package. */
const SAYS_WHAT_TO_DO: ReadonlySet<string> = new Set(['StoreUnfit', 'InvalidStoreOption', 'LogDamaged'])

/** An error as facts of the log. */
export const problemOf = (error: unknown): Problem => {
  if (!(error instanceof Error)) return { problem: 'Error' }
  const problem = NAME.test(error.name) ? error.name : 'Error'
  if (SAYS_WHAT_TO_DO.has(problem)) return { problem, remedy: error.message }
  const trouble = safeTrouble(troubleOf(error))
  // A code of somebody else's may mean another thing than it means for a store.
  const remedy = problem === 'StoreUnavailable' ? remedyOf(trouble) : undefined
  return { problem, ...trouble, ...(remedy !== undefined && { remedy }) }
}
