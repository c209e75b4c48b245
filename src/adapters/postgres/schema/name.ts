import { InvalidStoreOption } from '../../../application/ports/store-errors.ts'

/** The schema beside another one, for keys and tokens. */
export const secretsSchemaOf = (schema: string): string => `${schema}_secrets`

/** PostgreSQL cuts longer names in silence. */
const MOST_CHARACTERS = 63

/**
 * A schema's name as SQL.
 * @param option that gave the name
 * @throws InvalidStoreOption
 */
export const quotedName = (schema: string, option = 'schema'): string => {
  if (!/^[A-Za-z_][\w-]*$/.test(schema) || schema.startsWith('pg_') || schema.length > MOST_CHARACTERS)
    throw new InvalidStoreOption(
      option,
      `it must be letters, digits, _ and -, first a letter or _, not pg_, at most ${MOST_CHARACTERS}`,
    )
  return `"${schema}"`
}
