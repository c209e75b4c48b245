import { readdirSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'

/** The repository. */
export const ROOT = resolve(import.meta.dirname, '../..')

const PASSED_OVER = new Set(['node_modules', '.mutation', 'dist', 'coverage', '.git', '.data'])

/** Every file below a folder, as paths from `root` with forward slashes, sorted. A folder that is not there has none. */
export const filesBelow = (root: string, folder: string): readonly string[] => {
  const found: string[] = []
  const walk = (path: string): void => {
    const entries = (() => {
      try {
        return readdirSync(join(root, path), { withFileTypes: true })
      } catch {
        return []
      }
    })()
    for (const entry of entries) {
      if (PASSED_OVER.has(entry.name)) continue
      const next = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.isDirectory()) walk(next)
      else if (entry.isFile()) found.push(next.split(sep).join('/'))
    }
  }
  walk(folder)
  return found.toSorted()
}
