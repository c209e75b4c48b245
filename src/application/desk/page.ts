import { refuse } from '../../domain/refusal.ts'
import { MAX_PAGE } from '../views/merge-pages.ts'

export interface PageRequest {
  /** Items at most, 1 to 200; default 50. */
  readonly limit?: number
  /** From a former answer: goes on after its last item. */
  readonly cursor?: string
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Present when there is more. */
  readonly cursor?: string
}

/** @throws Refusal `invalid` */
export const pageSize = ({ limit = 50 }: PageRequest): number =>
  Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE
    ? limit
    : refuse('invalid', { field: 'limit', expected: `a whole number from 1 to ${MAX_PAGE}`, given: String(limit) })
