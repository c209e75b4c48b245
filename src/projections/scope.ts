import type { ChannelId, ConversationId } from '../domain/ids.ts'
import type { Recorded } from './projection.ts'

// Given with every event of a conversation; '' only keeps folds total.

export const conversationOf = ({ scope }: Recorded<unknown>): ConversationId => scope.conversationId ?? ''
export const channelOf = ({ scope }: Recorded<unknown>): ChannelId => scope.channelId ?? ''
