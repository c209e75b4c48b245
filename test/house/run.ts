import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { ROOT } from './files.ts'

/** Runs a command in a folder as an npm script would; never throws. */
export const run = (
  cwd: string,
  command: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<{ readonly code: number | null; readonly output: string; readonly stdout: string }> =>
  new Promise((done, failed) => {
    const PATH = `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env['PATH']}`
    // Nothing of the run that asks may leak into the run that is asked for.
    const { NODE_OPTIONS: _options, VITEST: _vitest, ...inherited } = process.env
    const child = spawn(command, {
      cwd,
      shell: true,
      env: { ...inherited, PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const both: Buffer[] = []
    const out: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => (both.push(chunk), out.push(chunk)))
    child.stderr.on('data', (chunk: Buffer) => both.push(chunk))
    child.on('error', failed)
    child.on('close', (code) =>
      done({ code, output: Buffer.concat(both).toString(), stdout: Buffer.concat(out).toString() }),
    )
  })
