import type { JsonObject } from '../../../application/ports/json.ts'
import { derivedKey } from './derived-key.ts'
import { readPostbackContent } from './message.ts'
import { asId } from './readers.ts'
import { readReferral } from './referral.ts'
import type { Addressed } from './thread.ts'
import { ignored, read, type Verdict } from './verdict.ts'

/** A tap is a message of the customer. The account's own taps are of no interest. */
export const readPostback = (postback: JsonObject, { thread, by }: Addressed, event: JsonObject): Verdict => {
  if (by === 'business') return ignored('self')
  const mid = asId(postback['mid'], 'postback.mid')
  const content = readPostbackContent(postback, readReferral(postback['referral']) ?? readReferral(event['referral']))
  const { customerId, metaAt } = thread
  const key = mid ?? derivedKey('postback', customerId, metaAt, [content.text ?? null, content.payload ?? null])
  return read({ ...thread, kind: 'message', key, ...(mid !== undefined && { mid }), content })
}
