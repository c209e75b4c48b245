import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { place } from './place.ts'

const ROOT = dirname(import.meta.dirname)

/** A TypeScript file as JavaScript, with its imports of other files. */
const plain = (source: string): string =>
  stripTypeScriptTypes(source).replaceAll(/(['"]\.[^'"\n]*)\.ts(?=['"])/g, '$1.js')

/**
 * The package and the bench as plain JavaScript in a folder of their own, as a host has them: a process that strips types
 * while it loads holds memory for that. Answers with the folder.
 */
export const asPublished = (): string => {
  const folder = place()
  for (const [from, to] of [
    ['src', 'dist'],
    ['bench', 'bench'],
  ] as const) {
    for (const entry of readdirSync(join(ROOT, from), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
      const path = join(entry.parentPath, entry.name)
      const target = join(folder, to, path.slice(join(ROOT, from).length).replace(/\.ts$/, '.js'))
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, plain(readFileSync(path, 'utf8')))
    }
  }
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return folder
}
