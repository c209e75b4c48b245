/** What `JSON.parse` gives. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [member: string]: Json | undefined
}

type Given<Type> = {
  [Name in keyof Type as undefined extends Type[Name] ? never : Name]: Type[Name]
} & { [Name in keyof Type as undefined extends Type[Name] ? Name : never]?: Exclude<Type[Name], undefined> }

/** The object without its members that are undefined. */
export const given = <Type extends object>(object: Type): Given<Type> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Given<Type>
