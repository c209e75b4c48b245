import { refuse } from 'madoguchi/domain'
import type { Json, JsonObject } from './json.ts'

const short = (value: Json | undefined): string => {
  if (typeof value === 'string') return value.slice(0, 80).toWellFormed()
  if (Array.isArray(value)) return 'list'
  return typeof value === 'object' && value !== null ? 'object' : String(value)
}

const wrong = (field: string, expected: string, value: Json | undefined): never =>
  refuse('invalid', { field, expected, given: short(value) })

/** A member that must be text. Its length is the desk's business. */
export const text = (body: JsonObject, field: string): string =>
  optionalText(body, field) ?? wrong(field, 'text', undefined)

export const optionalText = (body: JsonObject, field: string): string | undefined => {
  const value = body[field]
  return value === undefined || typeof value === 'string' ? value : wrong(field, 'text', value)
}

export const textOrNull = (body: JsonObject, field: string): string | null =>
  body[field] === null ? null : (optionalText(body, field) ?? wrong(field, 'text or null', undefined))

export const optionalBoolean = (body: JsonObject, field: string): boolean | undefined => {
  const value = body[field]
  return value === undefined || typeof value === 'boolean' ? value : wrong(field, 'true or false', value)
}

export const wholeNumber = (body: JsonObject, field: string, min: number, max: number): number => {
  const value = body[field]
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  return wrong(field, `a whole number from ${min} to ${max}`, value)
}

export const optionalWholeNumber = (body: JsonObject, field: string, min: number, max: number): number | undefined =>
  body[field] === undefined ? undefined : wholeNumber(body, field, min, max)

export const oneOf = <Word extends string>(body: JsonObject, field: string, words: readonly Word[]): Word => {
  const value = body[field]
  return words.find((word) => word === value) ?? wrong(field, words.join(', '), value)
}

export const optionalOneOf = <Word extends string>(
  body: JsonObject,
  field: string,
  words: readonly Word[],
): Word | undefined => (body[field] === undefined ? undefined : oneOf(body, field, words))

export const texts = (body: JsonObject, field: string): readonly string[] => {
  const value = body[field]
  if (!Array.isArray(value)) return wrong(field, 'a list of texts', value)
  return (value as readonly Json[]).map((item) =>
    typeof item === 'string' ? item : wrong(field, 'a list of texts', item),
  )
}

export const optionalObject = (body: JsonObject, field: string): JsonObject | undefined => {
  const value = body[field]
  if (value === undefined) return undefined
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  return wrong(field, 'an object', value)
}

/** What stands in a query: always text, so numbers are read from it. */
export const queryNumber = (query: URLSearchParams, field: string, min: number, max: number): number | undefined => {
  const value = query.get(field)
  if (value === null) return undefined
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= min && number <= max) return number
  return wrong(field, `a whole number from ${min} to ${max}`, value)
}

export const queryWord = <Word extends string>(
  query: URLSearchParams,
  field: string,
  words: readonly Word[],
): Word | undefined => {
  const value = query.get(field)
  if (value === null) return undefined
  return words.find((word) => word === value) ?? wrong(field, words.join(', '), value)
}

export const queryText = (query: URLSearchParams, field: string): string =>
  query.get(field) ?? wrong(field, 'text', undefined)
