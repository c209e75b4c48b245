import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Flavour } from '../test/adapters/eventstoredb/flavour.ts'
import type { Figure } from './measure.ts'

const PROCESS = fileURLToPath(new URL('append-eventstoredb-process.ts', import.meta.url))
const FLAVOURS: readonly Flavour[] = ['db-client', 'kurrentdb-client']

const measured = async (flavour: Flavour, rounds: number): Promise<Figure> => {
  const argv = ['--expose-gc', '--conditions=madoguchi-source', PROCESS, flavour, String(rounds)]
  const { stdout } = await promisify(execFile)(process.execPath, argv)
  return JSON.parse(stdout) as Figure
}

/** Single appends of 32 callers against the same of the bare client, on the stand-in, with either client. */
export const appendOnEventStoreDb = async (rounds: number): Promise<readonly Figure[]> => {
  const figures: Figure[] = []
  for (const flavour of FLAVOURS) figures.push(await measured(flavour, rounds))
  return figures
}
