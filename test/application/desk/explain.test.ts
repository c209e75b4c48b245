import { describe, expect, it } from 'vitest'
import { explain, explainRejection, type RefusalCode, type Refusals, type RejectionReason } from 'madoguchi'

const HOUR = 3_600_000
const noon = 1_788_858_000_000

describe('a refusal in words', () => {
  it('says when the window ended and what opens it again', () => {
    const facts = { anchor: noon, expiredAt: noon + 168 * HOUR, attemptedAt: noon + 170 * HOUR }
    expect(explain({ code: 'window-expired', facts }, noon + 170 * HOUR)).toBe(
      'The customer last wrote 7 days ago, and the 7 days to answer ended 2 hours ago. Writing is possible again as soon as the customer writes.',
    )
  })

  it('names the field, the limit and what was given', () => {
    const facts = { field: 'text', limit: 1_600, actual: 1_601, unit: 'code points' } as const
    expect(explain({ code: 'too-long', facts }, noon)).toBe('text has 1601 code points; at most 1600 are allowed.')
  })

  it('says what to do in place of sending a reply again that ended too long ago', () => {
    const facts = { replyId: 'r', status: 'too-old' } as const
    expect(explain({ code: 'reply-state', facts }, noon)).toMatch(/Write a new one/)
  })

  it('tells nothing else to who is not associated', () => {
    expect(explain({ code: 'not-associated', facts: {} }, noon)).toBe('Only agents of the channel may do this.')
  })
})

/** Facts of every code, and what its sentence must say of the remedy; null: there is none, or the sentence is it. */
const REFUSALS: { readonly [Code in RefusalCode]: readonly [Refusals[Code], RegExp | null] } = {
  'window-expired': [{ anchor: noon, expiredAt: noon, attemptedAt: noon }, /as soon as the customer writes/],
  'window-never-opened': [{ attemptedAt: noon }, /only after that/],
  'human-agent-only': [{ standardUntil: noon, humanAgentUntil: noon, attemptedAt: noon }, /A person may answer/],
  'human-agent-refused': [{ standardUntil: noon, attemptedAt: noon }, /App Review/],
  'channel-disabled': [{ channelId: 'c' }, /until an administrator enables it/],
  'channel-deleted': [{ channelId: 'c' }, null],
  'channel-not-found': [{ channelId: 'c' }, null],
  'authorization-lost': [{ channelId: 'c' }, /An administrator has to connect it again/],
  'authorization-suspended': [{ channelId: 'c' }, /owner.*administrator connects the channel again/],
  'authorization-restricted': [{ channelId: 'c' }, /account status.*administrator connects the channel again/],
  'not-administrator': [{ actor: 'aki' }, /Only an administrator/],
  'not-associated': [{}, /Only agents of the channel/],
  'not-the-assignee': [{ assignee: 'ben' }, /only the assignee answers: ben/],
  'assignee-changed': [{ assignee: 'ben', seen: null }, /Look again/],
  'target-not-associated': [{ agentId: 'ben' }, /An administrator can associate them/],
  'already-converted': [{ ticketId: 't' }, /ticket t/],
  'nothing-to-convert': [{}, null],
  'no-pending-conversion': [{}, null],
  blocked: [{}, /Unblock/],
  'conversation-ended': [{}, /Reopen/],
  'other-app-in-control': [{ ownerAppId: null }, /Take it over/],
  'conversation-not-found': [{}, null],
  'message-not-found': [{ messageId: 'm' }, null],
  'reply-not-found': [{ replyId: 'r' }, null],
  'reply-state': [{ replyId: 'r', status: 'sent' }, null],
  'may-arrive-twice': [{ replyId: 'r' }, /confirm/],
  'too-long': [{ field: 'text', limit: 1, actual: 2, unit: 'code points' }, /at most 1/],
  empty: [{ field: 'text' }, null],
  'lone-surrogate': [{ field: 'text', index: 3 }, /place 3/],
  invalid: [{ field: 'name', expected: 'a text', given: '7' }, /must be a text/],
  'key-reused': [{ field: 'key' }, /new key/],
  'icon-type': [{ field: 'icon', expected: 'a JPEG or PNG', given: 'gif' }, /must be a JPEG or PNG/],
  'channel-limit': [{ limit: 1, live: 1 }, /at most one live channel for each department/],
  'department-not-found': [{ departmentId: 'd' }, null],
  'account-in-use': [{ accountId: 'a' }, /deleted there first/],
  'account-not-shown': [{ accountId: 'a' }, /Sign in as the account/],
  'ticket-not-found': [{ ticketId: 't' }, null],
  'ticket-closed': [{ ticketId: 't', closedAt: noon }, /Reopen/],
  'lease-lost': [{ epoch: 1, current: 2 }, null],
  'attempt-out-of-turn': [{ replyId: 'r' }, null],
  'not-started': [{}, /desk\.start\(\)/],
}

it.each(Object.entries(REFUSALS))(
  'the refusal %s has a sentence, with its remedy where there is one',
  (code, asked) => {
    const [facts, remedy] = asked as readonly [Refusals[RefusalCode], RegExp | null]
    const sentence = explain({ code: code as RefusalCode, facts }, noon)
    expect(sentence).toMatch(/^\S.*\.$/u)
    if (remedy !== null) expect(sentence).toMatch(remedy)
  },
)

const REJECTIONS: { readonly [Reason in RejectionReason]: RegExp | null } = {
  'window-expired': /as soon as the customer writes/,
  'window-never-opened': /as soon as the customer writes/,
  'human-agent-only': /A person may answer/,
  'human-agent-refused': /App Review/,
  'channel-disabled': /enabled it.*sent again/,
  'channel-deleted': null,
  'authorization-restricted': /account status.*administrator connects the channel again/,
  blocked: /unblocked.*sent again/,
  'not-associated': /Another agent can send it again/,
  'not-the-assignee': /The assignee can send it again/,
  'other-app-in-control': /Take it over in the Instagram inbox/,
  withdrawn: null,
  'content-gone': /write it anew/,
  'meta-window-closed': /as soon as the customer writes/,
  'customer-unavailable': /If they write again/,
  'media-refused': /link is public.*send the reply again/,
  'message-refused': /Write another one/,
  'not-permitted': /App Review/,
}

it.each(Object.entries(REJECTIONS))('a reply rejected as %s has a sentence, with its remedy', (reason, remedy) => {
  const sentence = explainRejection(reason as RejectionReason)
  expect(sentence).toMatch(/^\S.*\.$/u)
  if (remedy !== null) expect(sentence).toMatch(remedy)
  // Meta may say so while the window is open here.
  if (reason === 'meta-window-closed') expect(sentence).not.toMatch(/over|ended|closed/)
})
