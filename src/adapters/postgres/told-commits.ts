import { createHash } from 'node:crypto'
import type { Position } from '../../application/ports/event-store.ts'
import type { Commits, ViewChanges, ViewId } from '../../application/ports/views.ts'
import { createBell } from '../bell.ts'

/** What the text of a notification begins with that is about views. */
const VIEWS = 'views'

/** Sets of views by what is common to all their commits: few, and asked for again and again. */
const names = new Map<string, string>()
const nameOf = (views: readonly ViewId[]): string => {
  const whole = views
    .map(({ name, version }) => JSON.stringify([name, version]))
    .toSorted()
    .join()
  let name = names.get(whole)
  if (name === undefined) names.set(whole, (name = createHash('sha256').update(whole).digest('base64url').slice(0, 22)))
  return name
}

/** The text that tells of a commit: which views it brought how far, if it brought all of them to one place. */
export const commitText = (changes: readonly Pick<ViewChanges, 'view' | 'to'>[]): string => {
  const to = changes[0]?.to.position
  if (to === undefined || changes.some((change) => change.to.position !== to)) return VIEWS
  return `${VIEWS} ${nameOf(changes.map(({ view }) => view))} ${to}`
}

export interface ToldCommits extends Commits {
  /** Whether the text is about views, which is taken note of; without one: notifications may have been missed. */
  heard(text?: string): boolean
}

/** What notifications tell of commits of views; `listen` is called when somebody waits for one. */
export const createToldCommits = (listen: () => void): ToldCommits => {
  const bell = createBell((someone) => {
    if (someone) listen()
  })
  const places = new Map<string, Position>()
  return {
    rings: bell.rings,
    after: bell.after,
    reached: (views) => places.get(nameOf(views)),
    heard: (text) => {
      if (text === undefined) places.clear()
      else if (text !== VIEWS && !text.startsWith(`${VIEWS} `)) return false
      const [, name, place] = /^\S+ (\S+) (.+)$/s.exec(text ?? '') ?? []
      // Not the furthest place: views that are built anew stand further back than they did.
      if (name !== undefined && place !== undefined) places.set(name, place)
      bell.ring()
      return text !== undefined
    },
  }
}
