import { recordAppRoles, recordPolicyEnforcement } from './account-events.ts'
import { associateAgent, removeAgent } from './agents.ts'
import { changeSettings } from './change-settings.ts'
import type { ChannelCommand } from './commands.ts'
import { abandonChannelCreation, createChannel } from './create-channel.ts'
import type { ChannelEvent } from './events.ts'
import { deleteChannel, disableChannel, enableChannel } from './life-cycle.ts'
import { setAuthorization, setHumanAgentPermission } from './permissions.ts'
import type { ChannelState } from './state.ts'

export const decideChannel = (command: ChannelCommand, state: ChannelState): readonly ChannelEvent[] => {
  switch (command.type) {
    case 'CreateChannel':
      return createChannel(command, state)
    case 'AbandonChannelCreation':
      return abandonChannelCreation(command, state)
    case 'ChangeChannelSettings':
      return changeSettings(command, state)
    case 'AssociateAgent':
      return associateAgent(command, state)
    case 'RemoveAgent':
      return removeAgent(command, state)
    case 'DisableChannel':
      return disableChannel(command, state)
    case 'EnableChannel':
      return enableChannel(command, state)
    case 'DeleteChannel':
      return deleteChannel(command, state)
    case 'SetAuthorization':
      return setAuthorization(command, state)
    case 'SetHumanAgentPermission':
      return setHumanAgentPermission(command, state)
    case 'RecordPolicyEnforcement':
      return recordPolicyEnforcement(command, state)
    case 'RecordAppRoles':
      return recordAppRoles(command, state)
  }
}
