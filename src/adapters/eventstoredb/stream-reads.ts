import { CALL, type Calls } from './calls.ts'
import type { ReceivedEvent } from './client.ts'

/** Reads of single streams of the cluster, by their full names. */
export interface StreamReads {
  some(
    name: string,
    fromRevision: bigint | 'start' | 'end',
    maxCount: number,
    backwards: boolean,
    signal?: AbortSignal,
  ): AsyncIterable<ReceivedEvent>
  /** The last event at or before a revision. */
  last(name: string, revision: bigint | 'end', signal?: AbortSignal): Promise<ReceivedEvent | undefined>
}

export const createStreamReads = (calls: Calls): StreamReads => {
  const some: StreamReads['some'] = (name, fromRevision, maxCount, backwards, signal) => {
    const options = { ...CALL, fromRevision, maxCount, direction: backwards ? 'backwards' : 'forwards' } as const
    return calls.read((client) => client.readStream(name, options), signal)
  }
  return {
    some,
    last: async (name, revision, signal) => {
      let found: ReceivedEvent | undefined
      for await (const event of some(name, revision, 1, true, signal)) found = event
      return found
    },
  }
}
