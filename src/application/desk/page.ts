import { refuse } from '../../domain/refusal.ts'
import { MAX_PAGE, type MergedPage, mergePages } from '../views/merge-pages.ts'
import type { ViewReader } from '../views/view-reader.ts'
import type { IndexQuery } from '../ports/views.ts'

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

/** A page of one list of one view. @throws Refusal `invalid` for a limit or a cursor that is none */
export const listPage = <Document>(
  view: ViewReader<Document>,
  list: Pick<IndexQuery, 'index' | 'prefix' | 'backwards'>,
  request: PageRequest,
): Promise<MergedPage<Document>> =>
  mergePages(
    [
      {
        name: list.index,
        read: (page) => view.query({ ...list, ...page }),
        order: ({ entry }) => Number(entry.at(-1)) * (list.backwards === true ? 1 : -1),
      },
    ],
    pageSize(request),
    request.cursor,
  )

/** The page that is answered for what was found. */
export const pageOf = <Item>(items: readonly Item[], { cursor }: { readonly cursor?: string }): Page<Item> =>
  cursor === undefined ? { items } : { items, cursor }
