import type { AccountEvent } from './events.ts'
import { MAX_FORMER_CHANNELS, type AccountState } from './state.ts'

export const evolveAccount = (state: AccountState, event: AccountEvent): AccountState => {
  switch (event.type) {
    case 'AccountClaimed': {
      const { accountId, channelId, organizationId, at } = event.data
      return { status: 'claimed', accountId, channelId, organizationId, since: at, former: state.former }
    }
    case 'AccountReleased': {
      if (state.status === 'free' || state.channelId !== event.data.channelId) return state
      const { channelId, organizationId, since } = state
      const former = [...state.former, { channelId, organizationId, from: since, until: event.data.at }]
      return { status: 'free', former: former.slice(-MAX_FORMER_CHANNELS) }
    }
  }
}
