import type { JsonObject } from '../../../application/ports/json.ts'
import { derivedKey } from './derived-key.ts'
import { readReferral } from './referral.ts'
import type { Addressed } from './thread.ts'
import { ignored, read, type Verdict } from './verdict.ts'

/** `referral` alone: an ig.me link was opened in an existing thread. It carries no message id. */
export const readReferralEvent = (member: JsonObject, { thread, by }: Addressed): Verdict => {
  if (by === 'business') return ignored('self')
  const { source, type, ref } = readReferral(member) ?? {}
  const key = derivedKey('referral', thread.customerId, thread.metaAt, [source ?? null, type ?? null, ref ?? null])
  return read({
    ...thread,
    kind: 'referral',
    key,
    ...(source !== undefined && { source }),
    ...(type !== undefined && { type }),
    ...(ref !== undefined && { ref }),
  })
}
