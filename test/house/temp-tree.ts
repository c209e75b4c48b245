import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { tempFolder } from '../temp-folder.ts'
import { ROOT } from './files.ts'

/** Path to text. */
export type Plants = Readonly<Record<string, string>>

/** The files that decide how the tree is checked. */
export const HOUSE_RULES = [
  'package.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'tsconfig.pure.json',
  'tsconfig.build.json',
  '.oxlintrc.json',
  '.oxfmtrc.json',
] as const

/** A folder of its own with the house's rules, some of its files and folders, and what is planted; gone when the test is over. */
export const tempTree = (plants: Plants, copied: readonly string[] = [], linked: readonly string[] = []): string => {
  const root = tempFolder('house')
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const path of [...HOUSE_RULES, ...copied]) cpSync(join(ROOT, path), join(root, path), { recursive: true })
  for (const path of ['node_modules', ...linked]) symlinkSync(join(ROOT, path), join(root, path), 'dir')
  for (const [path, text] of Object.entries(plants)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}
