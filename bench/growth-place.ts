import { sqlite } from 'madoguchi/sqlite'
import { postgres } from 'madoguchi/postgres'
import type { Store } from 'madoguchi'

/** Where a grown desk is kept. */
export type GrowthPlace =
  | { readonly engine: 'sqlite'; readonly path: string }
  | { readonly engine: 'postgres'; readonly connectionString: string; readonly schema: string }

export const readPlace = (text: string): GrowthPlace => JSON.parse(text) as GrowthPlace

export const openPlace = (place: GrowthPlace): Store => (place.engine === 'sqlite' ? sqlite(place) : postgres(place))
