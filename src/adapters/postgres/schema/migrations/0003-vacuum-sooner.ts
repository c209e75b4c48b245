import { quotedName } from '../name.ts'

/**
 * What is done goes from the beginning of an index, deadlines above all, and whoever looks for the next walks past what is dead there.
 * Left to itself the server waits until a fifth of the table is.
 */
export const VACUUM_SOONER = (schema: string): string => {
  const s = quotedName(schema)
  const settings = 'autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000'
  return `
alter table ${s}.entries set (${settings});
alter table ${s}.documents set (${settings});`
}
