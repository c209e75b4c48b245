/** The schema beside another one, for keys and tokens. */
export const secretsSchemaOf = (schema: string): string => `${schema}_secrets`

/** PostgreSQL cuts longer names in silence. */
const MOST_CHARACTERS = 63

/**
 * A schema's name as SQL.
 * @throws TypeError
 */
export const quotedName = (schema: string): string => {
  if (!/^[A-Za-z_][\w-]*$/.test(schema) || schema.startsWith('pg_') || schema.length > MOST_CHARACTERS)
    throw new TypeError(
      `not a name for a schema: ${JSON.stringify(schema)} (letters, digits, _ and -, first a letter or _, not pg_, at most ${MOST_CHARACTERS})`,
    )
  return `"${schema}"`
}
