import { claimAccount, releaseAccount } from './claims.ts'
import type { AccountCommand } from './commands.ts'
import type { AccountEvent } from './events.ts'
import type { AccountState } from './state.ts'

export const decideAccount = (command: AccountCommand, state: AccountState): readonly AccountEvent[] => {
  switch (command.type) {
    case 'ClaimAccount':
      return claimAccount(command, state)
    case 'ReleaseAccount':
      return releaseAccount(command, state)
  }
}
