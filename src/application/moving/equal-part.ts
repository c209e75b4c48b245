import type { EventStore, Position, RecordedEvent } from '../ports/event-store.ts'
import { eventLine } from './event-line.ts'
import { patiently } from './patiently.ts'
import { RollingDigest } from './rolling-digest.ts'

/**
 * Up to where two logs are known to be equal. Plain JSON without content, to be kept and given to a later call; it counts
 * only while both logs hold the event it names at these positions.
 */
export interface CopyNote {
  /** Events from the beginning. */
  readonly events: number
  /** Rolling digest of these events, see {@link CopyReport.digest}. */
  readonly digest: string
  /** The last of them. */
  readonly stream: string
  readonly revision: number
  /** Where it stands in the source. */
  readonly source: Position
  /** Where it stands in the target. */
  readonly target: Position
}

/** The beginning that two logs have in common. */
export class EqualPart {
  #events: number
  #source: Position | undefined
  #target: Position | undefined
  #note: CopyNote | undefined
  readonly #digest: RollingDigest

  constructor(note?: CopyNote) {
    this.#events = note?.events ?? 0
    this.#source = note?.source
    this.#target = note?.target
    this.#note = note
    this.#digest = new RollingDigest(note?.digest)
  }

  get events(): number {
    return this.#events
  }
  /** Where it ends in the source; undefined while it is empty. */
  get source(): Position | undefined {
    return this.#source
  }
  /** Where it ends in the target; undefined while it is empty. */
  get target(): Position | undefined {
    return this.#target
  }
  /** Not quite the end: a place from which the digest can go on. */
  get note(): CopyNote | undefined {
    return this.#note
  }

  digest(): Promise<string> {
    return this.#digest.value()
  }

  /** The next event of both, which are equal; `line` is the target's. */
  async add(line: string, source: RecordedEvent, target: RecordedEvent): Promise<void> {
    this.#events++
    this.#source = source.position
    this.#target = target.position
    const digest = await this.#digest.add(line)
    if (digest === undefined) return
    const { stream, revision } = target
    this.#note = {
      events: this.#events,
      digest,
      stream,
      revision,
      source: source.position,
      target: target.position,
    }
  }
}

/** Whether both logs hold the event of the note where it says. */
export const isStanding = async (
  note: CopyNote,
  logs: { readonly source: EventStore; readonly target: EventStore },
  signal: AbortSignal | undefined,
): Promise<boolean> => {
  const { stream, revision } = note
  const eventOf = async (log: EventStore): Promise<RecordedEvent | undefined> =>
    (await patiently(() => log.read(stream, { from: revision, limit: 1 }), signal))[0]
  const [source, target] = await Promise.all([eventOf(logs.source), eventOf(logs.target)])
  return source?.position === note.source && target?.position === note.target && eventLine(source) === eventLine(target)
}
