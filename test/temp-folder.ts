import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder in the one temporary folder of a run of the tests, which goes when the run ends, however it ends. */
export const tempFolder = (name = 'test'): string => mkdtempSync(join(tmpdir(), `madoguchi-${name}-`))
