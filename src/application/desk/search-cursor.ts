import type { ChannelId } from '../../domain/ids.ts'
import { derivedId } from '../identity.ts'
import { readCursor, refuseCursor, writeCursor } from '../views/cursor.ts'
import type { Stand } from '../views/places-in-common.ts'

/** Where one way of looking goes on. */
export interface Where {
  /** Absent: at the newest. */
  readonly stand?: Stand | undefined
  /** What is looked at together begins behind these cursors; channels without one are done. Absent: at the first words of all. */
  readonly windows?: Readonly<Record<ChannelId, string>> | undefined
}

/** How far each way of looking has come, in their order; what is missing has not begun. */
export type Progress = readonly (Where | 'end')[]

interface SearchProgress {
  readonly customers: Progress
  readonly messages: Progress
}

/** Ways of looking at most. */
const MOST_WAYS = 2
/** Longest key of a document or of a place, in code units. */
const LONGEST_KEY = 2_000
const digestOf = (about: string): string => derivedId('search', about)

const isKey = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST_KEY

const toStand = (value: object): Stand => {
  const { at, key, isDone } = value as { readonly [Member in keyof Stand]: unknown }
  if (!Number.isSafeInteger(at) || !isKey(key)) return refuseCursor()
  return isDone === true ? { at: Number(at), key, isDone } : { at: Number(at), key }
}

const toWhere = (value: unknown): Where | 'end' => {
  if (value === 'end') return value
  if (typeof value !== 'object' || value === null) return refuseCursor()
  const { stand, windows } = value as { readonly [Member in keyof Where]: unknown }
  const cursors = Object.entries(windows ?? {})
  if (!cursors.every((entry): entry is [ChannelId, string] => isKey(entry[1]))) return refuseCursor()
  return {
    ...(typeof stand === 'object' && stand !== null ? { stand: toStand(stand) } : {}),
    ...(windows === undefined ? {} : { windows: Object.fromEntries(cursors) }),
  }
}

const toProgress = (value: unknown): Progress =>
  Array.isArray(value) && value.length <= MOST_WAYS ? value.map(toWhere) : refuseCursor()

/** `about` says what is searched: a cursor goes on with the search that it came from, and with no other. */
export const writeSearchCursor = (progress: SearchProgress, about: string): string =>
  writeCursor({ ...progress, about: digestOf(about) })

/** @throws Refusal `invalid` for what is no cursor of this search */
export const readSearchCursor = (cursor: string, about: string): SearchProgress => {
  const given = readCursor(cursor)
  if (given['about'] !== digestOf(about)) return refuseCursor()
  return { customers: toProgress(given['customers']), messages: toProgress(given['messages']) }
}
