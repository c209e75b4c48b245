import { GraphRefusal } from './graph-error.ts'
import type { JsonObject } from './json.ts'

/** The `fields` of a call: `id,messages.limit(5){id,from}` as a tree. */
export type Fields = ReadonlyMap<string, Field>

/** One asked-for field. */
export interface Field {
  readonly fields?: Fields
  /** {@link Field.fields} as they were written. */
  readonly text?: string
  readonly limit?: number
}

/** Parses `fields`; `undefined` if none were asked for. */
export const fieldsOf = (text: string | undefined): Fields | undefined =>
  text === undefined || text.trim() === '' ? undefined : parse(text.replaceAll(' ', ''))

const parse = (text: string): Fields =>
  new Map(
    splitTop(text).map((part): [string, Field] => {
      const [, name = part, limit, inner] = /^([^.{]+)(?:\.limit\((\d+)\))?(?:\{(.*)\})?$/.exec(part) ?? []
      return [
        name,
        { ...(limit !== undefined && { limit: Number(limit) }), ...(inner && { fields: parse(inner), text: inner }) },
      ]
    }),
  )

/** Splits at the commas that stand outside of braces. */
const splitTop = (text: string): readonly string[] => {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let place = 0; place <= text.length; place++) {
    const unit = text[place]
    if (unit === '{') depth++
    else if (unit === '}') depth--
    else if (unit === undefined || (unit === ',' && depth === 0)) {
      parts.push(text.slice(start, place))
      start = place + 1
    }
  }
  return parts.filter((part) => part !== '')
}

/** The asked-for members of a record, and its id. A field that the type does not have fails the whole call. */
export const select = (record: JsonObject, fields: Fields, known?: readonly string[]): JsonObject => {
  const foreign = known && [...fields.keys()].find((field) => !known.includes(field))
  if (foreign !== undefined) throw new GraphRefusal('bad-parameter', `Tried accessing nonexisting field (${foreign})`)
  return Object.fromEntries(
    Object.entries(record).filter(([member, value]) => value !== undefined && (member === 'id' || fields.has(member))),
  )
}
