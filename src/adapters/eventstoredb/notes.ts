import type { JsonObject } from '../../application/ports/json.ts'
import { CALL, type Calls, expecting, failureOf, writeError } from './calls.ts'
import type { EventStoreDbClient } from './client.ts'

/** The last event of a stream that holds nothing else worth reading. */
export interface Note {
  readonly revision: number
  readonly value: JsonObject
}

/** Streams of which only the last event counts; the server may forget the others ($maxCount 1). */
export interface Notes {
  read(stream: string): Promise<Note | undefined>
  /** Whether the stream still stood at `from`, and the value is written. */
  write(stream: string, from: number | undefined, value: JsonObject): Promise<boolean>
}

export const createNotes = (calls: Calls, type: string): Notes => {
  const attempt = async (call: (client: EventStoreDbClient) => Promise<unknown>): Promise<boolean> => {
    try {
      const result = (await calls.write(call)) as { readonly success?: boolean } | undefined
      return result?.success !== false
    } catch (error) {
      if (failureOf(error).kind === 'wrong-revision') return false
      throw writeError(error)
    }
  }

  return {
    read: async (stream) => {
      const last = { ...CALL, fromRevision: 'end', maxCount: 1, direction: 'backwards' } as const
      let note: Note | undefined
      for await (const event of calls.read((client) => client.readStream(stream, last)))
        note = { revision: Number(event.revision), value: event.data as JsonObject }
      return note
    },
    write: async (stream, from, value) => {
      const data = JSON.parse(JSON.stringify(value)) as Record<string, unknown>
      // Before its first event, so that no stream stays unbounded; whoever comes second finds it done.
      if (from === undefined)
        await attempt((client) =>
          client.setStreamMetadata(stream, { maxCount: 1 }, { ...CALL, ...expecting('no_stream') }),
        )
      // A new id each time: the server must not take the same note for a repetition.
      const event = { id: crypto.randomUUID(), type, contentType: 'application/json' as const, data, metadata: {} }
      const expected = expecting(from === undefined ? 'no_stream' : BigInt(from))
      return attempt((client) => client.appendToStream(stream, [event], { ...CALL, ...expected }))
    },
  }
}
