import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for the files of one figure; gone when the process ends. */
export const place = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'madoguchi-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
