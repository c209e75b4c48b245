import type { Decider } from '../decider.ts'
import type { OrganizationCommand } from './commands.ts'
import { decideOrganization } from './decide.ts'
import { evolveOrganization } from './evolve.ts'
import type { OrganizationEvent } from './events.ts'
import { initialOrganization, type OrganizationState } from './state.ts'

export type * from './commands.ts'
export type * from './events.ts'
export type { KnownOrganization, OrganizationState, TakenSlot, UnknownOrganization } from './state.ts'
export { liveSlots, MAX_DEPARTMENTS, MAX_DEPARTMENTS_BYTES } from './state.ts'
export { requireDepartment } from './channel-slots.ts'

/** Departments and the slots of live channels: what must be unique within one organization. */
export const organizationDecider: Decider<OrganizationState, OrganizationCommand, OrganizationEvent> = {
  initialState: initialOrganization,
  decide: decideOrganization,
  evolve: evolveOrganization,
}
