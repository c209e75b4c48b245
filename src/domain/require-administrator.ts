import type { Actor } from './actor.ts'
import type { OrganizationId } from './ids.ts'
import { refuse } from './refusal.ts'

/** Administrators of that very organization, and the desk itself. */
export const isAdministrator = (actor: Actor, organizationId: OrganizationId): boolean =>
  actor.kind === 'system' || (actor.kind === 'administrator' && actor.organizationId === organizationId)

/** Checked before anything else, so that nobody else learns what there is. @throws Refusal `not-administrator` */
export const requireAdministrator = (actor: Actor, organizationId: OrganizationId): void => {
  if (!isAdministrator(actor, organizationId)) {
    refuse('not-administrator', { actor: actor.kind === 'system' ? 'system' : actor.id })
  }
}
