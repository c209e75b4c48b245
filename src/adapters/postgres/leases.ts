import type { LeaseNote, Leases } from '../../application/ports/leases.ts'
import { storableText } from '../index-key.ts'
import type { Database } from './database.ts'

export const postgresLeases = ({ database }: { readonly database: Database }): Leases => {
  const table = `${database.schema}.leases`
  const FIRST = `
    insert into ${table} (name, revision, value) values ($1, 0, $2) on conflict do nothing returning revision`
  const NEXT = `
    update ${table} set revision = revision + 1, value = $2 where name = $1 and revision = $3 returning revision`
  return {
    read: async (name) => {
      const [row] = await database.read(`select revision, value from ${table} where name = $1`, [storableText(name)])
      return (
        row && {
          revision: Number(row['revision']),
          value: JSON.parse(row['value'] as string) as LeaseNote['value'],
        }
      )
    },
    write: async (name, from, value) => {
      const values = [storableText(name), JSON.stringify(value)]
      const rows =
        from === undefined ? await database.write(FIRST, values) : await database.write(NEXT, [...values, from])
      return rows.length > 0
    },
  }
}
