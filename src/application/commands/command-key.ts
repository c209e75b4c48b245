import type { Actor } from '../../domain/actor.ts'
import { refuse } from '../../domain/refusal.ts'
import { given } from '../../domain/text.ts'
import { derivedId } from '../identity.ts'
import type { Runtime } from '../ports/runtime.ts'

/** Longest idempotency key, in UTF-16 code units. */
const MAX_KEY_LENGTH = 200

const whoOf = (actor: Actor): readonly string[] =>
  actor.kind === 'system' ? ['system'] : [actor.kind, actor.id, actor.organizationId]

const requireKey = (key: string): string =>
  typeof key === 'string' && key.length >= 1 && key.length <= MAX_KEY_LENGTH
    ? key
    : refuse('invalid', { field: 'key', expected: `a text of 1 to ${MAX_KEY_LENGTH} characters`, given: given(key) })

/**
 * An idempotency key as the log keeps it: of one actor and one command, so that nobody's key answers for somebody else,
 * or for another command. @throws Refusal `invalid`
 */
export const commandKey = (actor: Actor, command: string, key: string | undefined): { readonly key?: string } =>
  key === undefined ? {} : { key: derivedId('key', command, ...whoOf(actor), requireKey(key)) }

/** The id of what a command makes: the same for every repetition of a keyed command, new otherwise. @throws Refusal `invalid` */
export const idOfRequest = (
  runtime: Runtime,
  actor: Actor,
  kind: string,
  place: string,
  key: string | undefined,
): string => (key === undefined ? runtime.newId() : derivedId(kind, place, ...whoOf(actor), requireKey(key)))
