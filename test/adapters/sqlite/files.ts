import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'madoguchi-sqlite-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** The database of a place, in a folder of this run. */
export const fileOf = (place: string): string => join(folder, `${place}.db`)

export const removeFiles = (place: string): void => {
  for (const name of [`${place}.db`, `${place}.keys.db`])
    for (const ending of ['', '-wal', '-shm']) rmSync(join(folder, name + ending), { force: true })
}
