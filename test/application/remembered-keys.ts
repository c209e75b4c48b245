import type { ViewId, Views } from 'madoguchi'

/** Under which keys documents of a view were ever put. */
interface RememberedKeys {
  readonly view: ViewId
  readonly keys: Set<string>
}

/** Views that remember the keys: also documents that no index leads to can then be compared. */
export const rememberingKeys = (
  views: Views,
): { readonly views: Views; readonly known: ReadonlyMap<string, RememberedKeys> } => {
  const known = new Map<string, RememberedKeys>()
  const commit: Views['commit'] = async (changes) => {
    for (const { view, puts } of changes) {
      const name = `${view.name}@${view.version}`
      const of = known.get(name) ?? { view, keys: new Set() }
      known.set(name, of)
      for (const { key } of puts) of.keys.add(key)
    }
    return views.commit(changes)
  }
  return { views: { ...views, commit }, known }
}
