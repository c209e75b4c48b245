import type { OrganizationCommand } from './commands.ts'
import { confirmChannelSlot, releaseChannelSlot, takeChannelSlot } from './channel-slots.ts'
import type { OrganizationEvent } from './events.ts'
import { setDepartments } from './set-departments.ts'
import type { OrganizationState } from './state.ts'

export const decideOrganization = (
  command: OrganizationCommand,
  state: OrganizationState,
): readonly OrganizationEvent[] => {
  switch (command.type) {
    case 'SetDepartments':
      return setDepartments(command, state)
    case 'TakeChannelSlot':
      return takeChannelSlot(command, state)
    case 'ConfirmChannelSlot':
      return confirmChannelSlot(command, state)
    case 'ReleaseChannelSlot':
      return releaseChannelSlot(command, state)
  }
}
