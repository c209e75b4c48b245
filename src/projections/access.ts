import type { ReadByAdministrator } from '../domain/access/events.ts'
import type { Projection } from './projection.ts'

export type AccessDocument = ReadByAdministrator['data']

/** What administrators read on channels whose agents they are not. */
export const access: Projection<ReadByAdministrator, AccessDocument> = {
  name: 'access',
  version: 1,
  types: ['ReadByAdministrator'],
  keys: ({ id }) => [id],
  evolve: (_, { event }) => event.data,
  indexes: {
    /** channel, instant */
    channel: ({ channelId, at }) => [[channelId, at]],
  },
}
