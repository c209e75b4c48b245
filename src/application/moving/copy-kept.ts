import type { Blobs } from '../ports/blobs.ts'
import type { IdPage } from '../ports/ids.ts'
import type { Keys } from '../ports/keys.ts'
import type { Tokens } from '../ports/tokens.ts'
import { TargetHoldsOther } from './copy-errors.ts'
import { patiently } from './patiently.ts'

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])

/**
 * Refuses a target whose digest key is not the source's: texts would be compared by digests that do not fit. Writes nothing.
 * @throws TargetHoldsOther
 */
export const assertNoOtherKey = async (source: Keys, target: Keys, signal: AbortSignal | undefined): Promise<void> => {
  const [ours, theirs] = [
    await patiently(() => source.findDigestKey(), signal),
    await patiently(() => target.findDigestKey(), signal),
  ]
  if (theirs !== undefined && (ours === undefined || !isSame(ours, theirs)))
    throw new TargetHoldsOther('another-key', '')
}

/** @throws TargetHoldsOther */
export const copyKey = async (source: Keys, target: Keys, signal: AbortSignal | undefined): Promise<void> => {
  const key = await patiently(() => source.findDigestKey(), signal)
  if (key !== undefined && !(await patiently(() => target.adoptDigestKey(key), signal)))
    throw new TargetHoldsOther('another-key', '')
}

/** Values by id, and how to compare them. */
export interface Kept<Value> {
  /** What it says of a target that has another one. */
  readonly other: 'another-token' | 'another-file'
  ids(page: IdPage): Promise<readonly string[]>
  get(id: string): Promise<Value | undefined>
  put(id: string, value: Value): Promise<void>
  remove(id: string): Promise<void>
  isSame(one: Value, other: Value): boolean
}

export const keptTokens = (tokens: Tokens): Kept<string> => ({
  other: 'another-token',
  ids: (page) => tokens.ids(page),
  get: (id) => tokens.get(id),
  put: (id, token) => tokens.put(id, token),
  remove: (id) => tokens.remove(id),
  isSame: (one, other) => one === other,
})

type File = NonNullable<Awaited<ReturnType<Blobs['get']>>>

export const keptFiles = (blobs: Blobs): Kept<File> => ({
  other: 'another-file',
  ids: (page) => blobs.ids(page),
  get: (id) => blobs.get(id),
  put: (id, { mediaType, bytes }) => blobs.put(id, mediaType, bytes),
  remove: (id) => blobs.remove(id),
  isSame: (one, other) => one.mediaType === other.mediaType && isSame(one.bytes, other.bytes),
})

async function* idsOf(kept: Kept<unknown>, signal: AbortSignal | undefined): AsyncGenerator<string> {
  let after: string | undefined
  for (;;) {
    const page: IdPage = after === undefined ? {} : { after }
    const ids = await patiently(() => kept.ids(page), signal)
    yield* ids
    after = ids.at(-1)
    if (after === undefined) return
  }
}

/**
 * Refuses a target that has values the source has not: for one to which nothing was copied yet. Writes nothing.
 * @throws TargetHoldsOther
 */
export const assertNothingElse = async <Value>(
  source: Kept<Value>,
  target: Kept<Value>,
  signal: AbortSignal | undefined,
): Promise<void> => {
  for await (const id of idsOf(target, signal)) {
    const value = await patiently(() => target.get(id), signal)
    const original = await patiently(() => source.get(id), signal)
    if (value !== undefined && (original === undefined || !source.isSame(original, value)))
      throw new TargetHoldsOther(target.other, id)
  }
}

/**
 * Makes the target's values those of the source: also what the source has replaced or removed since the last copy. Answers how
 * many there are.
 * @throws TargetHoldsOther when what was written is not what can be read
 */
export const mirror = async <Value>(
  source: Kept<Value>,
  target: Kept<Value>,
  signal: AbortSignal | undefined,
): Promise<number> => {
  let many = 0
  for await (const id of idsOf(source, signal)) {
    // The target first: where both are one place, what is read later is not older, and nothing is put back.
    const present = await patiently(() => target.get(id), signal)
    const original = await patiently(() => source.get(id), signal)
    if (original === undefined) continue
    many++
    if (present !== undefined && source.isSame(original, present)) continue
    await patiently(() => target.put(id, original), signal)
    const written = await patiently(() => target.get(id), signal)
    if (written === undefined || !source.isSame(original, written)) throw new TargetHoldsOther(target.other, id)
  }
  for await (const id of idsOf(target, signal))
    if ((await patiently(() => source.get(id), signal)) === undefined) await patiently(() => target.remove(id), signal)
  return many
}
