import type { AgentId, OrganizationId } from './ids.ts'

/**
 * Who asks. The host authenticates people and says who they are; the desk decides what they may.
 *
 * An `administrator` may also be associated with a channel under the same id and then answers like any agent.
 * An `automation` (bot, canned answer) needs no association but never writes outside the 24-hour window.
 * `system` is the desk itself: intake, deadlines, delivery, and the host's own set-up calls.
 */
export type Actor =
  | { readonly kind: 'agent'; readonly id: AgentId; readonly organizationId: OrganizationId }
  | { readonly kind: 'administrator'; readonly id: AgentId; readonly organizationId: OrganizationId }
  | { readonly kind: 'automation'; readonly id: string; readonly organizationId: OrganizationId }
  | { readonly kind: 'system' }

/** The part of an actor that events keep. */
export interface ActorRef {
  readonly kind: Actor['kind']
  /** Absent for `system`. */
  readonly id?: string
}

/** What an event remembers of who asked. */
export const actorRef = (actor: Actor): ActorRef =>
  actor.kind === 'system' ? { kind: 'system' } : { kind: actor.kind, id: actor.id }

/** Whether the actor is a person, as Meta's HUMAN_AGENT tag demands. */
export const isHuman = (actor: ActorRef): boolean => actor.kind === 'agent' || actor.kind === 'administrator'
