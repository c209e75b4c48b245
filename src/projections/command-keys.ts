import { EVENT_TYPES } from '../domain/upcasting.ts'
import type { Projection, Recorded } from './projection.ts'

/** The use of an idempotency key on a stream. */
export interface CommandKeyDocument {
  readonly revision: number
  readonly position: string
  /** Keyed digest of what it was used for; absent in events of older versions. */
  readonly content?: string
}

export const commandKeyKey = (stream: string, commandKey: string): string => `${stream}/${commandKey}`

/** Idempotency keys, for those that are older than what a stream's state remembers. */
export const commandKeys: Projection<unknown, CommandKeyDocument> = {
  name: 'command-keys',
  version: 2,
  types: EVENT_TYPES,
  keys: ({ stream, commandKey }: Recorded<unknown>) =>
    commandKey === undefined ? [] : [commandKeyKey(stream, commandKey)],
  evolve: (_, { revision, position, commandContent }) => ({
    revision,
    position,
    ...(commandContent === undefined ? {} : { content: commandContent }),
  }),
  indexes: {},
}
