import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'

/** An event as the server keeps it. */
export interface Kept {
  readonly position: number
  readonly stream: string
  readonly revision: number
  readonly id: string
  readonly type: string
  readonly contentType: string
  /** Base64. */
  readonly data: string
  /** Base64. */
  readonly metadata: string
  /** Milliseconds. */
  readonly created: number
}

export interface Proposed {
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

export type Expected = number | 'any' | 'no-stream' | 'stream-exists'

export type Outcome =
  | { readonly kind: 'done' | 'idempotent'; readonly last: number; readonly position: number | undefined }
  | { readonly kind: 'wrong-version'; readonly current: number | undefined }
  | { readonly kind: 'deleted' }

interface Stream {
  readonly events: Kept[]
  tombstoned: boolean
}

const TOMBSTONE = '$streamDeleted'
/** `$tb` of a stream that was deleted and may be made again. */
const SOFT_DELETED = Number.MAX_SAFE_INTEGER
/** Bytes of a record beside its texts; positions are places in a file of such records. */
const RECORD_OVERHEAD = 93
/** How many ids the server remembers beside its index, each for one stream; after a restart none. */
const REMEMBERED = 1_000

const jsonText = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')

/**
 * The log of the fake: one sequence of records in a file, each durable before it is answered.
 *
 * What it accepts and refuses follows `CheckCommit` of KurrentDB's IndexWriter; see the README beside.
 */
export class FakeLog {
  readonly #file: number
  readonly all: Kept[] = []
  readonly #streams = new Map<string, Stream>()
  readonly #recent = new Map<string, { readonly stream: string; readonly revision: number }>()
  #end = 0
  readonly listeners = new Set<() => void>()

  constructor(path: string) {
    if (existsSync(path))
      for (const line of readFileSync(path, 'utf8').split('\n')) if (line !== '') this.#keep(JSON.parse(line) as Kept)
    this.#file = openSync(path, 'a')
  }

  close(): void {
    closeSync(this.#file)
  }

  #keep(event: Kept): void {
    const stream = this.#streams.get(event.stream) ?? { events: [], tombstoned: false }
    if (event.type === TOMBSTONE) stream.tombstoned = true
    else stream.events.push(event)
    this.#streams.set(event.stream, stream)
    this.all.push(event)
    const texts = event.stream.length + event.type.length * 2 + (event.data.length + event.metadata.length) * 0.75
    this.#end = event.position + RECORD_OVERHEAD + Math.ceil(texts)
  }

  #write(stream: string, proposed: readonly Proposed[]): void {
    this.#save(proposed.map((each) => this.#add(stream, each)))
  }

  /** Puts one event at the end, not durable yet. */
  #add(stream: string, { id, type, contentType, data, metadata }: Proposed): Kept {
    const event: Kept = {
      position: this.#end,
      stream,
      revision: (this.#streams.get(stream)?.events.at(-1)?.revision ?? -1) + 1,
      id,
      type,
      contentType,
      data: Buffer.from(data).toString('base64'),
      metadata: Buffer.from(metadata).toString('base64'),
      created: Date.now(),
    }
    this.#keep(event)
    // For the stream in which it came first, however many it is written to afterwards.
    if (!this.#recent.has(id)) this.#recent.set(id, { stream, revision: event.revision })
    if (this.#recent.size > REMEMBERED) this.#recent.delete(this.#recent.keys().next().value as string)
    return event
  }

  #save(events: readonly Kept[]): void {
    writeSync(this.#file, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
    for (const listener of this.listeners) listener()
  }

  /** How many events are before the first one at or after this position. */
  before(position: number): number {
    let [low, high] = [0, this.all.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.all[middle] as Kept).position < position) low = middle + 1
      else high = middle
    }
    return low
  }

  #settings(stream: string): { readonly $maxCount?: number; readonly $tb?: number } {
    const last = this.#streams.get(`$$${stream}`)?.events.at(-1)
    return last === undefined ? {} : JSON.parse(Buffer.from(last.data, 'base64').toString('utf8'))
  }

  #isSoftDeleted(stream: string): boolean {
    return this.#settings(stream).$tb === SOFT_DELETED
  }

  #setTruncateBefore(stream: string, $tb: number): void {
    const data = Buffer.from(JSON.stringify({ ...this.#settings(stream), $tb }))
    const event = { id: crypto.randomUUID(), type: '$metadata', contentType: 'application/json' }
    this.#write(`$$${stream}`, [{ ...event, data, metadata: new Uint8Array() }])
  }

  /** Of a stream: its events that can be read, undefined when there is no stream, `deleted` when it is gone for ever. */
  stream(name: string): readonly Kept[] | 'deleted' | undefined {
    const found = this.#streams.get(name)
    if (found?.tombstoned === true) return 'deleted'
    const last = found?.events.at(-1)
    if (found === undefined || last === undefined || this.#isSoftDeleted(name)) return undefined
    const { $maxCount = Infinity, $tb = 0 } = this.#settings(name)
    const first = Math.max($tb, last.revision - $maxCount + 1, name.startsWith('$$') ? last.revision : 0)
    return found.events.slice(first)
  }

  append(name: string, expected: Expected, proposed: readonly Proposed[]): Outcome {
    const stream = this.#streams.get(name)
    if (stream?.tombstoned === true) return { kind: 'deleted' }
    const current = stream?.events.at(-1)?.revision ?? -1
    const wrong = { kind: 'wrong-version', current: current < 0 ? undefined : current } as const
    const softDeleted = this.#isSoftDeleted(name)
    if (expected === 'stream-exists' && (softDeleted || (current < 0 && !this.#streams.has(`$$${name}`)))) return wrong

    if (expected === 'any' || expected === 'stream-exists') {
      // Only what was written lately is known again.
      const known = proposed.map(({ id }) => {
        const place = this.#recent.get(id)
        return place?.stream === name ? place.revision : undefined
      })
      const first = known.indexOf(undefined)
      if (first > 0) return wrong
      if (first < 0 && known.length > 0) return this.#repeated(name, known.at(-1) ?? 0)
      return this.#done(name, current, proposed, softDeleted)
    }
    const before = expected === 'no-stream' ? -1 : expected
    if (before > current) return wrong
    if (before === current) return this.#done(name, current, proposed, softDeleted)
    const differs = proposed.findIndex(({ id }, at) => stream?.events[before + 1 + at]?.id !== id)
    if (differs < 0 && proposed.length > 0) return this.#repeated(name, before + proposed.length)
    if (differs === 0 && expected === 'no-stream' && softDeleted) return this.#done(name, current, proposed, true)
    return wrong
  }

  #done(name: string, current: number, proposed: readonly Proposed[], softDeleted: boolean): Outcome {
    if (softDeleted && proposed.length > 0) this.#setTruncateBefore(name, current + 1)
    if (proposed.length > 0) this.#write(name, proposed)
    return { kind: 'done', last: current + proposed.length, position: this.all.at(-1)?.position }
  }

  /** The server has no position of a repetition at hand when its index does not give one. */
  #repeated(name: string, last: number): Outcome {
    const position = last % 2 === 0 ? this.#streams.get(name)?.events[last]?.position : undefined
    return { kind: 'idempotent', last, position }
  }

  /** Deletes a stream so that it can be made again. */
  delete(name: string): void {
    this.#setTruncateBefore(name, SOFT_DELETED)
  }

  tombstone(name: string): void {
    const empty = new Uint8Array()
    this.#write(name, [
      {
        id: crypto.randomUUID(),
        type: TOMBSTONE,
        contentType: 'application/octet-stream',
        data: empty,
        metadata: empty,
      },
    ])
  }

  /** What a server writes about itself, and what other users of the cluster do. */
  writeForeign(count: number): void {
    const written: Kept[] = []
    for (let n = 0; n < count; n += 1) {
      const event = { id: crypto.randomUUID(), contentType: 'application/json', metadata: new Uint8Array() }
      const data = Buffer.from(jsonText({ n }), 'base64')
      written.push(
        this.#add('$stats-0.0.0.0:2113', { ...event, type: '$statsCollected', data }),
        this.#add('somebody-else', {
          ...event,
          id: crypto.randomUUID(),
          type: 'SomethingElse',
          data: Buffer.from('no json'),
          contentType: 'x',
        }),
      )
    }
    this.#save(written)
  }
}
