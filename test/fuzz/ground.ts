import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Store } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { tempFolder } from '../temp-folder.ts'

export type Engine = 'memory' | 'sqlite' | 'postgres'

/** Stores of one engine, one after the other, each empty; what they leave behind goes with them. */
export interface Ground {
  open(): Promise<{ readonly store: Store; remove(): Promise<void> }>
  close(): Promise<void>
}

export const groundOf = async (engine: Engine): Promise<Ground> => {
  switch (engine) {
    case 'memory':
      return {
        open: async () => ({ store: memory(), remove: async () => {} }),
        close: async () => {},
      }
    case 'sqlite': {
      const { sqlite } = await import('madoguchi/sqlite')
      return {
        open: async () => {
          const folder = tempFolder('fuzz')
          return {
            store: sqlite(join(folder, 'desk.db')),
            remove: async () => rmSync(folder, { recursive: true, force: true }),
          }
        },
        close: async () => {},
      }
    }
    case 'postgres':
      return onPostgres()
  }
}

const onPostgres = async (): Promise<Ground> => {
  const { postgres } = await import('madoguchi/postgres')
  const { Client } = (await import('pg')).default
  const { startServer } = await import('../adapters/postgres/server.ts')
  const given = process.env['DATABASE_URL']
  const server = given === undefined || given === '' ? await startServer() : undefined
  const connectionString = server?.url ?? given!
  let count = 0
  return {
    open: async () => {
      const schema = `fuzz_${process.pid}_${count++}`
      return {
        store: postgres({ connectionString, schema }),
        remove: async () => {
          const client = new Client({ connectionString })
          await client.connect()
          await client.query(`drop schema if exists ${schema} cascade`)
          await client.end()
        },
      }
    },
    close: async () => server?.stop(),
  }
}
