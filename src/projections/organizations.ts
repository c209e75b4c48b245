import type { AccountId, ChannelId, DepartmentId, OrganizationId } from '../domain/ids.ts'
import type { Instant } from '../domain/instant.ts'
import {
  liveSlots,
  organizationDecider,
  type KnownOrganization,
  type OrganizationEvent,
} from '../domain/organization/index.ts'
import type { Projection, Recorded } from './projection.ts'

/** An organization as its administrators see it. */
export interface OrganizationDocument {
  readonly organizationId: OrganizationId
  readonly departments: readonly DepartmentId[]
  readonly channels: readonly ChannelId[]
  /** Channels that are being made, each until it is completed or undone. */
  readonly unfinished: readonly {
    readonly channelId: ChannelId
    readonly accountId: AccountId
    readonly completeBy: Instant
  }[]
  /** Both together: what the number of departments limits. */
  readonly live: number
}

const organizationOf = ({ event, scope, stream }: Recorded<OrganizationEvent>): OrganizationId =>
  'organizationId' in event.data ? event.data.organizationId : (scope.organizationId ?? stream)

const stateOf = (document: OrganizationDocument): KnownOrganization => ({
  status: 'known',
  organizationId: document.organizationId,
  departments: document.departments,
  taken: Object.fromEntries(document.unfinished.map(({ channelId, ...slot }) => [channelId, slot])),
  confirmed: document.channels,
})

/** Organizations with their departments and channels. Key: the organization. */
export const organizations: Projection<OrganizationEvent, OrganizationDocument> = {
  name: 'organizations',
  version: 1,
  types: ['DepartmentsSet', 'ChannelSlotTaken', 'ChannelSlotConfirmed', 'ChannelSlotReleased'],
  keys: (recorded) => [organizationOf(recorded)],
  evolve: (document, { event }) => {
    const before = document === undefined ? organizationDecider.initialState() : stateOf(document)
    const state = organizationDecider.evolve(before, event)
    if (state.status === 'unknown') return document
    const { organizationId, departments, confirmed, taken } = state
    return {
      organizationId,
      departments,
      channels: confirmed,
      unfinished: Object.entries(taken).map(([channelId, slot]) => ({ channelId, ...slot })),
      live: liveSlots(state),
    }
  },
  indexes: {},
}
