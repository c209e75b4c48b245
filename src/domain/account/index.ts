import type { Decider } from '../decider.ts'
import type { AccountCommand } from './commands.ts'
import { decideAccount } from './decide.ts'
import { evolveAccount } from './evolve.ts'
import type { AccountEvent } from './events.ts'
import { initialAccount, type AccountState } from './state.ts'

export type * from './commands.ts'
export type * from './events.ts'
export type { AccountState, ClaimedAccount, FormerChannel, FreeAccount } from './state.ts'
export { MAX_FORMER_CHANNELS } from './state.ts'

/** An Instagram account, over all organizations: which channel has it now, and which had it before. */
export const accountDecider: Decider<AccountState, AccountCommand, AccountEvent> = {
  initialState: initialAccount,
  decide: decideAccount,
  evolve: evolveAccount,
}
