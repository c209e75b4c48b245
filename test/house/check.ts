/**
 * Runs every `check:*` script of package.json, as many at a time as there are cores, and fails if one of them does.
 *
 * The scripts are started as npm would start them (a shell, with `node_modules/.bin` first on the path) but without npm
 * in between, which costs more than most of them do.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '../..'))
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
const checks = Object.entries(scripts).filter(([name]) => name.startsWith('check:'))
const env = { ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH']}` }

const run = (command: string): Promise<{ readonly failed: boolean; readonly output: string }> =>
  new Promise((done) => {
    const child = spawn(command, { cwd: root, env, shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const output: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
    child.on('error', (error) => done({ failed: true, output: String(error) }))
    child.on('close', (code) => done({ failed: code !== 0, output: Buffer.concat(output).toString() }))
  })

const failures: string[] = []
const waiting = [...checks]
const worker = async (): Promise<void> => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, command] = next
    const began = performance.now()
    const { failed, output } = await run(command)
    console.log(`${failed ? 'FAIL' : 'ok  '} ${name} (${((performance.now() - began) / 1_000).toFixed(1)} s)`)
    if (!failed) continue
    failures.push(name)
    console.log(output.trimEnd())
  }
}
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker))

if (checks.length === 0) failures.push('no check:* script found')
if (failures.length > 0) {
  console.error(`\ncheck failed: ${failures.join(', ')}`)
  process.exitCode = 1
}
