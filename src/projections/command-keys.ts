import { EVENT_TYPES } from '../domain/upcasting.ts'
import type { Projection, Recorded } from './projection.ts'

/** The use of an idempotency key on a stream. */
export interface CommandKeyDocument {
  readonly revision: number
  readonly position: string
}

export const commandKeyKey = (stream: string, commandKey: string): string => `${stream}/${commandKey}`

/** Idempotency keys, for those that are older than what a stream's state remembers. */
export const commandKeys: Projection<unknown, CommandKeyDocument> = {
  name: 'command-keys',
  version: 1,
  types: EVENT_TYPES,
  keys: ({ stream, commandKey }: Recorded<unknown>) =>
    commandKey === undefined ? [] : [commandKeyKey(stream, commandKey)],
  evolve: (_, { revision, position }) => ({ revision, position }),
  indexes: {},
}
