import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '../../temp-folder.ts'

const folder = tempFolder('sqlite')

/** The database of a place, in a folder of this run. */
export const fileOf = (place: string): string => join(folder, `${place}.db`)

/** The file of its views. */
export const viewsFileOf = (place: string): string => fileOf(`${place}.views`)

export const removeFiles = (place: string): void => {
  for (const path of [fileOf(place), viewsFileOf(place), fileOf(`${place}.keys`)])
    for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true })
}
