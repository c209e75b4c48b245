import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openEngine } from './engine-store.ts'
import { wholeLog } from './evidence.ts'
import type { Stage } from './stage.ts'

/** Keeps what a run left behind, one file for each kind of thing and one line for each of them, to be searched for a cause. */
export const keepEvidence = async (
  folder: string,
  { ground, lives, outages, observer }: Stage,
  violations: readonly string[],
): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const keep = (name: string, things: Iterable<unknown>): Promise<void> =>
    writeFile(join(folder, `${name}.jsonl`), Array.from(things, (thing) => `${JSON.stringify(thing)}\n`).join(''))
  await keep('violations', violations)
  if (ground.documents !== undefined) await keep('documents', await ground.documents())
  await keep(
    'lives',
    lives.map(({ life, slot, worker, pauses, death, complaint }) => ({ life, slot, worker, pauses, death, complaint })),
  )
  await keep(
    'said',
    lives.flatMap(({ life, said }) => said.map((each) => ({ life, ...each }))),
  )
  await keep('outages', outages)
  await keep('calls', observer.calls)
  await keep(
    'looks',
    observer.looks.map(({ mids, ...look }) => ({ ...look, mids: [...mids] })),
  )
  const store = await openEngine(ground.settings)
  await keep('log', await wholeLog(store.events))
  await store.close()
}
