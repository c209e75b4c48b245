import type { AppendResult, ExpectedRevision } from '../../application/ports/event-store.ts'
import { EventTooLarge, StoreUnavailable, WrongExpectedRevision } from '../../application/ports/store-errors.ts'
import { decideAppend } from '../append-decision.ts'
import type { EventText } from '../event-text.ts'
import { CALL, type Calls, expecting, failureOf, writeError } from './calls.ts'
import type { AppendAnswer, Expectation, ReceivedEvent } from './client.ts'
import { callOf, type Identity, idOf, toProposed } from './envelope.ts'
import { isTold, toPosition } from './position.ts'
import type { StreamNames } from './stream-names.ts'
import type { StreamReads } from './stream-reads.ts'
import { createTurns } from './turns.ts'

const toExpectation = (expected: ExpectedRevision): Expectation => {
  if (typeof expected === 'number') return expecting(BigInt(expected))
  return expecting(expected === 'none' ? 'no_stream' : expected === 'exists' ? 'stream_exists' : 'any')
}

/** The revision right before the events of an append at an exact revision. */
const revisionBefore = (expected: ExpectedRevision): number | undefined =>
  expected === 'none' ? -1 : typeof expected === 'number' ? expected : undefined

const bytesOf = (events: readonly unknown[]): number => new TextEncoder().encode(JSON.stringify(events)).length

export type Append = (stream: string, expected: ExpectedRevision, texts: readonly EventText[]) => Promise<AppendResult>

/**
 * Appends, and tells a repetition from a first time.
 *
 * At an exact revision the server cannot have seen the ids of a call before. So its success is a first time and holds the
 * revision and position; what it refuses is settled by reading what is there. Where the revision does not matter the last event
 * is read back, and says whose call wrote it.
 */
export const createAppends = (parts: {
  readonly calls: Calls
  readonly names: StreamNames
  readonly reads: StreamReads
}): Append => {
  const { calls, names, reads } = parts
  const turns = createTurns()
  /** Whether the server answers with the positions that it reads: seen once, at the first append. */
  let answersPositions: boolean | undefined

  /** The server says that the stream is elsewhere: the events there tell a repetition from a conflict. */
  const settle = async (
    stream: string,
    expected: ExpectedRevision,
    texts: readonly EventText[],
    cause: unknown,
  ): Promise<AppendResult> => {
    const name = names.log(stream)
    const head = await reads.last(name, 'end')
    const last = head === undefined ? null : Number(head.revision)
    const before = revisionBefore(expected)
    const found: ReceivedEvent[] = []
    if (before !== undefined && last !== null && last > before)
      for await (const event of reads.some(name, BigInt(before + 1), texts.length, false)) found.push(event)
    const idAt = (revision: number): string | undefined => {
      const event = found[revision - (before ?? 0) - 1]
      return event && idOf(event)
    }
    const same = found[texts.length - 1]
    if (decideAppend(stream, expected, last, texts, idAt) === 'replayed' && same)
      return { revision: Number(same.revision), position: toPosition(same.position), replayed: true }
    throw new WrongExpectedRevision(stream, expected, last, { cause })
  }

  /** Sends the events; the server's answer, or what it says against them. */
  const send = async (
    stream: string,
    expected: ExpectedRevision,
    texts: readonly EventText[],
    identity: Identity,
  ): Promise<AppendAnswer | { readonly refusal: unknown }> => {
    const events = texts.map((text) => toProposed(text, identity))
    try {
      const answer = await calls.write((client) =>
        client.appendToStream(names.log(stream), events, { ...CALL, ...toExpectation(expected) }),
      )
      // A client that was told not to throw says `false`, and a revision that is wrong.
      return answer.success ? answer : { refusal: undefined }
    } catch (error) {
      const failure = failureOf(error)
      if (failure.kind === 'wrong-revision') return { refusal: error }
      if (failure.kind === 'too-large') throw new EventTooLarge(failure.limit, bytesOf(events))
      throw writeError(error)
    }
  }

  const readBack = async (stream: string, { nextExpectedRevision: revision }: AppendAnswer): Promise<ReceivedEvent> => {
    const last = await reads.last(names.log(stream), revision)
    if (last === undefined || last.revision !== revision) throw new StoreUnavailable('unknown')
    return last
  }

  /** At an exact revision: the answer is enough, once it was seen that its position is right. */
  const firstTime = async (stream: string, answer: AppendAnswer): Promise<AppendResult> => {
    const revision = Number(answer.nextExpectedRevision)
    if (answersPositions === true && isTold(answer.position))
      return { revision, position: toPosition(answer.position), replayed: false }
    const position = toPosition((await readBack(stream, answer)).position)
    answersPositions ??= isTold(answer.position) && toPosition(answer.position) === position
    return { revision, position, replayed: false }
  }

  const exactly: Append = async (stream, expected, texts) => {
    const answer = await turns.take(stream, () => send(stream, expected, texts, { kind: 'ids-of-this-call' }))
    return settled(async () =>
      'refusal' in answer ? settle(stream, expected, texts, answer.refusal) : firstTime(stream, answer),
    )
  }

  /** Where the revision does not matter, the order does not either. */
  const anywhere: Append = async (stream, expected, texts) => {
    const call = crypto.randomUUID()
    const answer = await send(stream, expected, texts, { kind: 'own-ids', call })
    return settled(async () => {
      if ('refusal' in answer) return settle(stream, expected, texts, answer.refusal)
      const last = await readBack(stream, answer)
      return {
        revision: Number(last.revision),
        position: toPosition(last.position),
        replayed: callOf(last) !== call,
      }
    })
  }

  return async (stream, expected, texts) =>
    revisionBefore(expected) === undefined ? anywhere(stream, expected, texts) : exactly(stream, expected, texts)
}

/** What is read after an answer: if that fails, the events may have been appended. */
const settled = async (read: () => Promise<AppendResult>): Promise<AppendResult> => {
  try {
    return await read()
  } catch (error) {
    throw error instanceof StoreUnavailable ? new StoreUnavailable('unknown', { cause: error }) : error
  }
}
