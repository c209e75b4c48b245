import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readJson, writeJson } from './saved-json.ts'

/** What the environment and the data folder say. */
export interface Settings {
  /** 0 takes a free one. */
  readonly port: number
  readonly dataDir: string
  readonly appSecret: string
  readonly verifyToken: string
}

/** A variable of the environment cannot be used; the message says what to do. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting'
}

const portOf = (value = '3000'): number => {
  const port = Number(value)
  if (/^\d{1,5}$/.test(value) && port <= 65_535) return port
  throw new BadSetting(`PORT: expected a number from 0 to 65535, given ${JSON.stringify(value)}`)
}

/**
 * `PORT` (3000), `DATA_DIR` (or the folder that is given), `APP_SECRET` and `VERIFY_TOKEN`. The last two are made up at the first start
 * and kept in the data folder, unless the environment gives them.
 */
export const readSettings = (env: Readonly<Record<string, string | undefined>>, folder = '.data/desk'): Settings => {
  const port = portOf(env['PORT'] || undefined)
  const dataDir = resolve(env['DATA_DIR'] || folder)
  mkdirSync(dataDir, { recursive: true })
  const path = join(dataDir, 'secrets.json')
  const kept = readJson(path) as Partial<Settings> | undefined
  const secrets = {
    appSecret: kept?.appSecret ?? randomBytes(16).toString('hex'),
    verifyToken: kept?.verifyToken ?? randomBytes(12).toString('base64url'),
  }
  if (kept === undefined) writeJson(path, secrets)
  return {
    port,
    dataDir,
    appSecret: env['APP_SECRET'] || secrets.appSecret,
    verifyToken: env['VERIFY_TOKEN'] || secrets.verifyToken,
  }
}
