import type { ChannelId } from '../ids.ts'
import type { OrganizationEvent } from './events.ts'
import type { KnownOrganization, OrganizationState, TakenSlot } from './state.ts'

const known = (state: OrganizationState, organizationId: string): KnownOrganization =>
  state.status === 'known' ? state : { status: 'known', organizationId, departments: [], taken: {}, confirmed: [] }

const without = (slots: KnownOrganization['taken'], channelId: ChannelId): Readonly<Record<ChannelId, TakenSlot>> =>
  Object.fromEntries(Object.entries(slots).filter(([id]) => id !== channelId))

export const evolveOrganization = (state: OrganizationState, event: OrganizationEvent): OrganizationState => {
  switch (event.type) {
    case 'DepartmentsSet':
      return { ...known(state, event.data.organizationId), departments: event.data.departments }
    case 'ChannelSlotTaken': {
      const { organizationId, channelId, accountId, completeBy, content } = event.data
      const before = known(state, organizationId)
      const slot = { accountId, completeBy, ...(content === undefined ? {} : { content }) }
      return { ...before, taken: { ...before.taken, [channelId]: slot } }
    }
    case 'ChannelSlotConfirmed': {
      const { channelId } = event.data
      if (state.status === 'unknown') return state
      const others = state.confirmed.filter((id) => id !== channelId)
      return { ...state, taken: without(state.taken, channelId), confirmed: [...others, channelId] }
    }
    case 'ChannelSlotReleased': {
      const { channelId } = event.data
      if (state.status === 'unknown') return state
      const confirmed = state.confirmed.filter((id) => id !== channelId)
      return { ...state, taken: without(state.taken, channelId), confirmed }
    }
  }
}
