import { join } from 'node:path'
import { readJson, writeJson } from './saved-json.ts'

/** The departments of every organization. They are the host's; the desk only hears how they are called. */
export interface Departments {
  of(organizationId: string): Promise<readonly string[]>
  set(organizationId: string, departments: readonly string[]): Promise<void>
}

/** Kept in the data folder. */
export const keptDepartments = (dataDir: string): Departments => {
  const path = join(dataDir, 'departments.json')
  const kept = new Map(Object.entries((readJson(path) ?? {}) as Readonly<Record<string, readonly string[]>>))
  return {
    of: async (organizationId) => kept.get(organizationId) ?? [],
    set: async (organizationId, departments) => {
      kept.set(organizationId, departments)
      writeJson(path, Object.fromEntries(kept))
    },
  }
}
