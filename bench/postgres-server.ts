import { startPostgres } from './growth-server.ts'
import { place } from './place.ts'

let running: ReturnType<typeof startPostgres> | undefined

/** Where the bench finds PostgreSQL: `DATABASE_URL`, or a server of its own, with the settings of its package (fsync is on). */
export const postgresUrl = async (): Promise<string> => {
  const given = process.env['DATABASE_URL']
  if (given !== undefined && given !== '') return given
  running ??= startPostgres(place())
  return (await running).connectionString
}

export const stopPostgres = async (): Promise<void> => {
  const server = running
  running = undefined
  await (await server)?.stop()
}

let schemas = 0

/** A schema that nobody has used. */
export const newSchema = (): string => `bench_${process.pid}_${++schemas}`
