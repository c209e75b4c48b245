import { startServer } from '../test/adapters/postgres/server.ts'

let running: ReturnType<typeof startServer> | undefined

/** Where the bench finds PostgreSQL: `DATABASE_URL`, or a server of its own, with the settings of its package (fsync is on). */
export const postgresUrl = async (): Promise<string> => {
  const given = process.env['DATABASE_URL']
  if (given !== undefined && given !== '') return given
  running ??= startServer()
  return (await running).url
}

export const stopPostgres = async (): Promise<void> => {
  const server = running
  running = undefined
  await (await server)?.stop()
}

let schemas = 0

/** A schema that nobody has used. */
export const newSchema = (): string => `bench_${process.pid}_${++schemas}`
