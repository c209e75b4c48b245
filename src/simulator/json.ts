/** A value as JSON carries it. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject

/** A JSON object. */
export interface JsonObject {
  readonly [member: string]: Json | undefined
}

/** The value as an object, or `undefined` if it is something else. */
export const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined

/** The value as a string, or `undefined` if it is something else. */
export const asString = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The value as a list, or `undefined` if it is something else. */
export const asList = (value: unknown): readonly Json[] | undefined =>
  Array.isArray(value) ? (value as readonly Json[]) : undefined
