import type { Actor } from '../../domain/actor.ts'
import { refuse } from '../../domain/refusal.ts'
import { given } from '../../domain/text.ts'
import { derivedId } from '../identity.ts'
import type { Runtime } from '../ports/runtime.ts'
import type { ContentDigest } from '../text-digest.ts'
import { canonical } from './canonical.ts'

/** Longest idempotency key, in UTF-16 code units. */
const MAX_KEY_LENGTH = 200

const whoOf = (actor: Actor): readonly string[] =>
  actor.kind === 'system' ? ['system'] : [actor.kind, actor.id, actor.organizationId]

const requireKey = (key: string): string =>
  typeof key === 'string' && key.length >= 1 && key.length <= MAX_KEY_LENGTH
    ? key
    : refuse('invalid', { field: 'key', expected: `a text of 1 to ${MAX_KEY_LENGTH} characters`, given: given(key) })

/** An idempotency key as the log keeps it, and what it was used for. */
export interface CommandUse {
  readonly key: string
  /** Keyed digest of what the command asked for. */
  readonly content: string
}

/**
 * The use of an idempotency key by one actor for one command, so that nobody's key answers for somebody else, or for another command.
 *
 * @param content what was asked for, beside the key and the stream that it is asked of
 * @throws Refusal `invalid`; StoreUnavailable
 */
export const commandKey = async (
  digest: ContentDigest,
  actor: Actor,
  command: string,
  key: string | undefined,
  content: object,
): Promise<Partial<CommandUse>> => {
  if (key === undefined) return {}
  const kept = derivedId('key', command, ...whoOf(actor), requireKey(key))
  return { key: kept, content: await digest(kept, canonical(content)) }
}

/** The id of what a command makes: the same for every repetition of a keyed command, new otherwise. @throws Refusal `invalid` */
export const idOfRequest = (
  runtime: Runtime,
  actor: Actor,
  kind: string,
  place: string,
  key: string | undefined,
): string => (key === undefined ? runtime.newId() : derivedId(kind, place, ...whoOf(actor), requireKey(key)))
