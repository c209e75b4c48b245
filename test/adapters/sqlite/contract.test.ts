import { execFile } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { storeContract } from '../../../src/testing/contracts/index.ts'
import { fileOf, removeFiles } from './files.ts'
import { refuseInFile } from './refuse.ts'

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

storeContract(
  { describe, it, expect },
  {
    name: 'sqlite',
    persistent: true,
    appendsAll: true,
    open: async (place) => sqlite(fileOf(place)),
    discard: async (place) => removeFiles(place),
    write: async (place, task) => {
      const script = ['--conditions=madoguchi-source', here('writer-process.ts'), fileOf(place), JSON.stringify(task)]
      await promisify(execFile)(process.execPath, script)
    },
    hold: async (place) => {
      const other = new DatabaseSync(fileOf(place))
      other.exec(`begin immediate; update events set type = 'Changed by nobody'`)
      return async () => {
        other.exec('rollback')
        other.close()
      }
    },
    refuse: refuseInFile,
    older: [
      {
        release: 'schema 1 (the log alone)',
        prepare: async (place) => copyFileSync(here('schema-1.db'), fileOf(place)),
      },
    ],
  },
)
