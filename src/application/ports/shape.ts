/** What a value must be. */
export interface Kind {
  /** In words, to follow "must be". */
  readonly expected: string
  readonly is: (value: unknown) => boolean
  readonly optional?: true
  /** The members of an object; any other is refused. */
  readonly members?: Shape
  /** Others that are passed over, unless they look like a slip of the pen. */
  readonly passes?: (name: string) => boolean
  /** Each item of a list. */
  readonly items?: Kind
}

/** The members of an object, by name. */
export type Shape = Readonly<Record<string, Kind>>

/** Throws what is wrong with a field. */
export type Fail = (field: string, expected: string, given: string) => never

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' || typeof value === 'function') && value !== null && !Array.isArray(value)

export const optional = (kind: Kind): Kind => ({ ...kind, optional: true })
export const orNull = (kind: Kind): Kind => ({
  ...kind,
  expected: `${kind.expected}, or null`,
  is: (value) => value === null || kind.is(value),
})
export const anObject = (members?: Shape, expected = 'an object'): Kind => ({
  expected,
  is: isObject,
  ...(members === undefined ? {} : { members }),
})
/** Of an object of the host or of an adapter: what is called of it, whatever else it has. */
export const withMethods = (...names: readonly string[]): Kind => ({
  expected: `an object with ${names.join(', ')}`,
  is: (value) =>
    isObject(value) && names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function'),
})
export const aList = (items: Kind, expected = 'a list'): Kind => ({ expected, is: Array.isArray, items })
export const aText: Kind = { expected: 'text', is: (value) => typeof value === 'string' }
export const aNumber: Kind = { expected: 'a number', is: (value) => typeof value === 'number' }
export const aFunction: Kind = { expected: 'a function', is: (value) => typeof value === 'function' }
export const aBoolean: Kind = { expected: 'true or false', is: (value) => typeof value === 'boolean' }
export const oneOf = (...words: readonly string[]): Kind => ({
  expected: words.join(', '),
  is: (value) => words.some((word) => word === value),
})
export const aWholeNumber = (least: number, most: number = Number.MAX_SAFE_INTEGER): Kind => ({
  expected: `a whole number from ${least} to ${most}`,
  is: (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
})
/** Milliseconds: the longest delay of a timer; a longer one fires at once. */
export const LONGEST_TIMER = 2_147_483_647
export const milliseconds = (least: number, most: number = LONGEST_TIMER): Kind => ({
  expected: `milliseconds from ${least} to ${most}`,
  is: (value) => typeof value === 'number' && value >= least && value <= most,
})

/** What was given, without any text: it may be content or a secret. */
const inWords = (value: unknown): string => {
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'text'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : String(value)
}

/** Changes of single letters, and swaps of two, between two words. */
const distance = (one: string, other: string): number => {
  let [before, row]: readonly [number[], number[]] = [[], Array.from({ length: other.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const isEqual = one[i - 1] === other[j - 1]
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      const changed = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (isEqual ? 0 : 1))
      next.push(isSwap ? Math.min(changed, before[j - 2]! + 1) : changed)
    }
    ;[before, row] = [row, next]
  }
  return row[other.length]!
}

const NAME = /^\w{1,40}$/

/** The name that was probably meant. */
const meantBy = (name: string, names: readonly string[]): string | undefined =>
  names
    .map((known) => ({ known, away: distance(name.toLowerCase().slice(0, 40), known.toLowerCase()) }))
    .filter(({ known, away }) => away <= (known.length < 8 ? 1 : 2))
    .toSorted((one, other) => one.away - other.away)[0]?.known

const at = (field: string, member: string): string => (field === '' ? member : `${field}.${member}`)

/** Sees that a value is what it must be, and whatever is in it. Calls `fail` with the first field that is not. */
export const checkKind = (value: unknown, kind: Kind, field: string, fail: Fail): void => {
  if (value === undefined && kind.optional) return
  if (!kind.is(value)) fail(field === '' ? 'options' : field, kind.expected, inWords(value))
  const { members, items, passes = () => false } = kind
  if (items !== undefined && Array.isArray(value))
    for (const [index, item] of value.entries()) checkKind(item, items, `${field}[${index}]`, fail)
  if (members === undefined || !isObject(value)) return
  const given = value as Readonly<Record<string, unknown>>
  const names = Object.keys(members)
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(members, name) || given[name] === undefined) continue
    const meant = meantBy(name, names)
    const expected = meant === undefined ? `one of ${names.join(', ')}` : `a known name; did you mean ${meant}?`
    // A name that is none may be anything.
    if (meant !== undefined || !passes(name)) fail(at(field, NAME.test(name) ? name : '?'), expected, 'another name')
  }
  for (const [name, member] of Object.entries(members)) checkKind(given[name], member, at(field, name), fail)
}

/** An option is missing, misspelt or of the wrong kind. Names the option and the rule, never a text: it may be a secret. */
export class InvalidOption extends TypeError {
  override readonly name = 'InvalidOption'
  readonly option: string
  readonly rule: string
  constructor(option: string, rule: string) {
    super(`${option}: ${rule}`)
    this.option = option
    this.rule = rule
  }
}

/** "must be ..., and was ..." */
export const ruleBroken = (expected: string, given: string): string =>
  given === 'undefined' ? `is missing: it must be ${expected}` : `must be ${expected}, and was ${given}`

/** @throws InvalidOption */
export const checkOptions = (options: unknown, members: Shape): void =>
  checkKind(options, anObject(members), '', (option, expected, given) => {
    throw new InvalidOption(option, ruleBroken(expected, given))
  })
