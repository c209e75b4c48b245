/** JSON text that stands in a tree as it is: what no value of JavaScript can say, such as long numbers and deep nesting. */
export class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A body that can be changed. Objects have no prototype, so that `__proto__` is a member like any other. */
export type Tree = null | boolean | number | string | Raw | Tree[] | Branch
export interface Branch {
  [name: string]: Tree
}

export const isBranch = (tree: Tree | undefined): tree is Branch =>
  typeof tree === 'object' && tree !== null && !Array.isArray(tree) && !(tree instanceof Raw)

export const branch = (members: Readonly<Record<string, Tree>>): Branch =>
  Object.assign(Object.create(null) as Branch, members)

/** A copy that shares nothing; each text is what `change` makes of it. */
export const copy = (tree: Tree, change: (text: string) => string = (text) => text): Tree => {
  if (typeof tree === 'string') return change(tree)
  if (Array.isArray(tree)) return tree.map((item) => copy(item, change))
  if (!isBranch(tree)) return tree
  const copied = branch({})
  for (const name of Object.keys(tree)) copied[name] = copy(tree[name]!, change)
  return copied
}

/** As JSON. @param escape whether texts are escaped as Meta does it on the wire */
export const textOf = (tree: Tree, escape: boolean): string => {
  if (tree instanceof Raw) return tree.text
  if (Array.isArray(tree)) return `[${tree.map((item) => textOf(item, escape)).join(',')}]`
  if (isBranch(tree))
    return `{${Object.keys(tree)
      .map((name) => `${quoted(name, escape)}:${textOf(tree[name]!, escape)}`)
      .join(',')}}`
  return typeof tree === 'string' ? quoted(tree, escape) : JSON.stringify(tree)
}

const quoted = (text: string, escape: boolean): string => {
  const json = JSON.stringify(text)
  return escape
    ? json
        .replaceAll('/', '\\/')
        .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : json
}
