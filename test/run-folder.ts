/**
 * One temporary folder for a run of the tests, in which everything else is made: vitest.config.ts names this file as a global setup.
 * A process beside the run removes it at the end, also where the run was killed.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from './temp-folder.ts'

let remover: ChildProcess | undefined

/** Called by vitest before everything else. */
export const setup = (): void => {
  const folder = tempFolder('run')
  // The server of a database runs as another user, who passes through.
  chmodSync(folder, 0o711)
  remover = fork(join(import.meta.dirname, 'run-folder-remover.ts'), [folder], { detached: true, stdio: 'ignore' })
  remover.unref()
  remover.channel?.unref()
  // Workers, and the processes that tests start, have it from here.
  process.env['TMPDIR'] = folder
}

/** Called by vitest at the end of everything. */
export const teardown = async (): Promise<void> => {
  if (remover === undefined) return
  remover.ref()
  const gone = once(remover, 'exit')
  remover.disconnect()
  await gone
}
