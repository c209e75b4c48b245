import type { RefusedDocument } from '../../application/ports/store-errors.ts'
import type { ViewId } from '../../application/ports/views.ts'
import { originalText } from '../index-key.ts'
import type { Database, Session } from './database.ts'

/** Milliseconds that the search may take. */
const LONGEST_SEARCH = 30_000

/** One document of a commit as the database gets it: null stands for no document and no entries. */
export interface WrittenDocument {
  readonly view: ViewId
  readonly key: string
  readonly document: string | null
  /** Entries by the name of their index, each with what it begins with in the database. */
  readonly entries: ReadonlyMap<string, readonly string[]>
}

/** SQLSTATEs that refuse a value and not the call: data exceptions, broken constraints, limits, and what triggers raise. */
const REFUSED_VALUES = /^(?:22|23|54|P0)/

export const isRefusedValue = (state: string | undefined): boolean => state !== undefined && REFUSED_VALUES.test(state)

const stateOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/**
 * Finds the documents for which the server refuses a commit, by trying parts of it in a transaction that changes nothing.
 * @param write commits these documents within the session
 */
export const refusedDocuments = (
  database: Database,
  written: readonly WrittenDocument[],
  write: (session: Session, documents: readonly WrittenDocument[]) => Promise<unknown>,
): Promise<readonly RefusedDocument[]> =>
  database.transaction(async (session) => {
    const isTaken = async (documents: readonly WrittenDocument[]): Promise<boolean> => {
      await session.query('savepoint trial')
      try {
        await write(session, documents)
        return true
      } catch (error) {
        if (!isRefusedValue(stateOf(error))) throw error
        return false
      } finally {
        await session.query('rollback to savepoint trial')
      }
    }
    const refusedOf = async (one: WrittenDocument): Promise<readonly RefusedDocument[]> => {
      const name = { view: one.view, key: originalText(one.key) }
      if (!(await isTaken([{ ...one, entries: new Map() }]))) return [name]
      const refused: RefusedDocument[] = []
      for (const [index, entries] of one.entries)
        if (!(await isTaken([{ ...one, entries: new Map([[index, entries]]) }]))) refused.push({ ...name, index })
      return refused.length === 0 ? [name] : refused
    }
    const search = async (documents: readonly WrittenDocument[]): Promise<readonly RefusedDocument[]> => {
      const [first] = documents
      if (first === undefined || (await isTaken(documents))) return []
      if (documents.length === 1) return refusedOf(first)
      const half = documents.length >> 1
      return [...(await search(documents.slice(0, half))), ...(await search(documents.slice(half)))]
    }
    return search(written)
  }, LONGEST_SEARCH)
