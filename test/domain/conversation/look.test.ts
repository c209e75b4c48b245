import { describe, expect, it } from 'vitest'
import { isEvidenceFor, type PastMessageOfOurs } from '../../../src/domain/conversation/index.ts'
import { MINUTE } from '../../../src/domain/instant.ts'
import { NOON } from '../people.ts'
import * as talk from './talk.ts'

const attempt = { replyId: 'reply-1', part: 0, attempt: 1 }
const inFlight = [talk.receive(), talk.reply(), talk.begin()]
const seen = (changes: Partial<PastMessageOfOurs> = {}): PastMessageOfOurs => ({
  messageId: 'm9',
  at: NOON,
  textDigest: 'digest of hi',
  attachments: 0,
  ...changes,
})
const isEvidence = (message: PastMessageOfOurs, unknownAt = NOON): boolean =>
  isEvidenceFor(talk.given(...inFlight, talk.unknown({ at: unknownAt })).state(), attempt, message)

describe('a message found in the conversation at Meta', () => {
  it('is evidence for an attempt of equal text', () => {
    expect(isEvidence(seen())).toBe(true)
    expect(isEvidence(seen({ textDigest: 'digest of bye' }))).toBe(false)
    expect(isEvidence(seen({ attachments: 1 }))).toBe(false)
  })
  it('is none if it was sent long before the attempt', () => {
    expect(isEvidence(seen({ at: NOON - 5 * MINUTE }))).toBe(true)
    expect(isEvidence(seen({ at: NOON - 5 * MINUTE - 1 }))).toBe(false)
  })
  it('is evidence also when the process that held the call was gone for hours', () => {
    expect(isEvidence(seen(), talk.after(180))).toBe(true)
  })
  it('is none if it is known already', () => {
    const known = talk.given(...inFlight, talk.echo({ messageId: 'm9', mid: 'mid-m9' }), talk.unknown()).state()
    expect(isEvidenceFor(known, attempt, seen())).toBe(false)
  })
})
