import type { Actor } from 'madoguchi/domain'

/** The host owns its people; the desk only hears who is asking. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly kind: 'agent' | 'administrator'
}

/** The organization of the first start. */
export const ORGANIZATION = 'demo'
export const DEPARTMENTS: readonly string[] = ['sales', 'support']
export const PEOPLE: readonly Person[] = [
  { id: 'aki', name: 'Aki', kind: 'agent' },
  { id: 'ben', name: 'Ben', kind: 'agent' },
  { id: 'mina', name: 'Mina', kind: 'administrator' },
]

export const ADMINISTRATOR: Actor = { kind: 'administrator', id: 'mina', organizationId: ORGANIZATION }

const SHAPE = /^(agent|administrator|automation):([^\s:@]{1,64})(?:@([^\s:@]{1,64}))?$/

/**
 * `agent:aki`, `administrator:mina`, `automation:bot`, each with `@organization` if it is not the first one.
 *
 * A real host takes this from its own sign-in. This one believes whoever asks: it is a demonstration on your own machine.
 */
export const actorFrom = (text: string): Actor | undefined => {
  const [, kind, id, organizationId = ORGANIZATION] = SHAPE.exec(text) ?? []
  if (id === undefined) return undefined
  return { kind: kind as Exclude<Actor['kind'], 'system'>, id, organizationId }
}
