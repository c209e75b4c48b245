import { join } from 'node:path'
import { startServerIn } from '../test/adapters/postgres/server.ts'

/** A PostgreSQL server of its own, with its settings as they come, on the data of that folder. */
export const startPostgres = async (
  folder: string,
): Promise<{ readonly connectionString: string; readonly stop: () => Promise<void> }> => {
  const { url, stop } = await startServerIn(join(folder, 'postgres'))
  return { connectionString: url, stop }
}
