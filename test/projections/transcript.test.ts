import { describe, expect, it } from 'vitest'
import type { ConversationCommand, ConversationEvent, Part } from '../../src/domain/conversation/index.ts'
import {
  assembleReply,
  messageKey,
  partKeys,
  replyKey,
  replyKeyOf,
  standsAlone,
  textOf,
  transcript,
  type TranscriptDocument,
} from '../../src/projections/index.ts'
import * as talk from '../domain/conversation/talk.ts'
import { CHANNEL } from '../domain/people.ts'
import { type Documents, fold, places, recorded } from './fold.ts'

const { after, history, CONVERSATION } = talk
const written = (...commands: readonly ConversationCommand[]) => fold(transcript, recorded(history(...commands)))
const happened = (...events: readonly ConversationEvent[]) => fold(transcript, recorded(events))
const message = (id: string, minutes: number, words = id): ConversationCommand =>
  talk.receive({ messageId: id, mid: `mid-${id}`, at: after(minutes), content: talk.text(words) })

const LONG = 'First sentence. Second one.'
const parts: readonly Part[] = [
  { kind: 'text', from: 0, to: 15 },
  { kind: 'text', from: 16, to: 27 },
]
const long = [
  message('m1', 0),
  talk.reply({ text: LONG, at: after(1) }),
  talk.begin({ parts, at: after(1) }),
  talk.sent({ messageId: 'p0', at: after(1) }),
  talk.begin({ part: 1, parts, at: after(1), textDigest: 'second' }),
  talk.sent({ part: 1, messageId: 'p1', at: after(1) }),
]

const replyIn = (documents: Documents<TranscriptDocument>, id = 'reply-1') => {
  const reply = documents.get(replyKey(CONVERSATION, id))
  if (reply?.kind !== 'reply') throw new Error('no reply')
  return assembleReply(
    reply,
    partKeys(reply).map((key) => documents.get(key)),
  )
}
/** What a reader sees, in order: message ids, and replies with their text. */
const shown = (documents: Documents<TranscriptDocument>): readonly (string | undefined)[] =>
  places(transcript, documents, 'conversation').flatMap(({ key }) => {
    const document = documents.get(key)
    switch (document?.kind) {
      case 'message':
        return [document.messageId]
      case 'reply':
        return [`reply: ${replyIn(documents, document.replyId).text}`]
      case 'part':
        return standsAlone(document, documents.get(replyKeyOf(document))) ? [document.messageId] : []
      case 'system':
        return [document.event.type]
      default:
        return document === undefined ? [] : [document.kind]
    }
  })
const found = (documents: Documents<TranscriptDocument>, token: string): readonly string[] =>
  places(transcript, documents, 'search').flatMap(({ key, entry }) =>
    entry[0] === CHANNEL && entry[1] === token ? [key] : [],
  )

describe('the transcript', () => {
  it('stands in the order of message time, then of Meta’s id, whatever came first', () => {
    const documents = written(
      message('m3', 2),
      message('m2', 2),
      talk.receive({ messageId: 'm1', metaAt: after(1), at: after(2) }),
    )
    expect(shown(documents).filter((id) => id?.startsWith('m'))).toEqual(['m1', 'm2', 'm3'])
  })

  it('shows the newest text by its number, and keeps no older one', () => {
    const documents = written(
      message('m1', 0, 'old'),
      talk.edit({ numEdit: 2, text: 'new' }),
      talk.edit({ text: 'middle' }),
    )
    const item = documents.get(messageKey(CONVERSATION, 'm1'))
    expect(item?.kind === 'message' && textOf(item)).toBe('new')
    expect(JSON.stringify([...documents])).not.toMatch(/old|middle/)
  })

  it('keeps a tombstone of what was taken back, and finds it no more', () => {
    const documents = written(message('m1', 0, 'kept'), message('m2', 1, 'secret'), talk.unsend({ messageId: 'm2' }))
    expect(shown(documents)).toContain('m2')
    expect(documents.get(messageKey(CONVERSATION, 'm2'))).toMatchObject({ marks: { unsent: { by: 'customer' } } })
    expect([found(documents, 'kept').length, found(documents, 'secret').length]).toEqual([1, 0])
    expect(JSON.stringify([...documents])).not.toContain('secret')
  })

  it('keeps a tombstone of what was taken back in another place before it came', () => {
    const elsewhere = { unsent: true }
    const documents = written(message('m1', 0), talk.receive({ messageId: 'm2', at: after(1), elsewhere }))
    expect(documents.get(messageKey(CONVERSATION, 'm2'))).toMatchObject({
      marks: { unsent: { by: 'customer', at: after(1) } },
    })
    expect(written(talk.echo({ elsewhere })).get(messageKey(CONVERSATION, 'e1'))).toMatchObject({
      marks: { unsent: { by: 'business' } },
    })
  })

  it('holds what came too early back until its message comes', () => {
    const early = [talk.react({ emoji: '🎉' }), talk.edit({ text: 'better' })]
    expect(shown(written(...early))).toEqual([])
    const item = written(...early, message('m1', 0, 'worse')).get(messageKey(CONVERSATION, 'm1'))
    expect(item).toMatchObject({ kind: 'message', marks: { customer: { emoji: '🎉' }, edit: { text: 'better' } } })
  })

  it('keeps one reaction of each side, the newest by Meta’s time', () => {
    const item = written(
      message('m1', 0),
      talk.react({ at: after(3), emoji: '🎉' }),
      talk.react({ at: after(4), by: 'business', emoji: '👍' }),
      talk.react({ at: after(5), metaAt: after(2), emoji: '👎' }),
    ).get(messageKey(CONVERSATION, 'm1'))
    expect(item).toMatchObject({ marks: { customer: { emoji: '🎉' }, business: { emoji: '👍' } } })
  })

  it('keeps the story, the advert and the quoted message of a message', () => {
    const item = written(
      talk.receive({
        content: {
          kind: 'story-reply',
          text: 'nice',
          attachments: [],
          replyTo: 'm0',
          story: { url: 'https://cdn/story' },
          referral: { source: 'ADS', adId: '7' },
        },
      }),
    ).get(messageKey(CONVERSATION, 'm1'))
    expect(item).toMatchObject({
      outline: { replyTo: 'm0', fromAd: true },
      content: { story: { url: 'https://cdn/story' }, referral: { adId: '7' } },
    })
  })

  it('shows a placeholder for what was not received, without its link', () => {
    const audio = { kind: 'audio', attachments: [{ kind: 'audio', url: 'https://cdn/a' }] } as const
    const item = written(talk.receive({ content: audio })).get(messageKey(CONVERSATION, 'm1'))
    expect(item).toMatchObject({ outline: { attachments: [{ kind: 'audio', placeholder: true }] } })
    expect(JSON.stringify(item)).not.toContain('https')
  })

  it('shows what happened to the conversation, and notes', () => {
    const documents = written(
      message('m1', 0),
      talk.pickUp({ at: after(1) }),
      talk.addNote({ at: after(2) }),
      talk.convert({ at: after(3) }),
      talk.block({ at: after(4) }),
    )
    expect(shown(documents)).toEqual([
      'm1',
      'ConversionScheduled',
      'ConversationAssigned',
      'note',
      'ConversationConverted',
      'CustomerBlocked',
    ])
  })

  it('gives the messages of a ticket by episode and revision, without notes', () => {
    const documents = written(
      message('m1', 0),
      talk.addNote(),
      ...long.slice(1),
      talk.convert({ at: after(2) }),
      message('m2', 3),
    )
    const items = places(transcript, documents, 'episode').filter(({ entry }) => entry[1] === 1)
    expect(items.map(({ key }) => key)).toEqual([messageKey(CONVERSATION, 'm1'), replyKey(CONVERSATION, 'reply-1')])
  })
})

describe('a reply in the transcript', () => {
  it('is one bubble over its parts, with its text as it was written', () => {
    const documents = written(...long)
    expect(shown(documents)).toEqual(['m1', 'ConversionScheduled', 'ConversationAssigned', `reply: ${LONG}`])
    expect(replyIn(documents).reply.progress.status).toBe('sent')
    expect(replyIn(documents).parts.map(({ status, messageId }) => [status, messageId])).toEqual([
      ['sent', 'p0'],
      ['sent', 'p1'],
    ])
  })

  it.each([2, 3, 4, 5, 6])('has all of its text after %i steps', (steps) =>
    expect(replyIn(written(...long.slice(0, steps))).text).toBe(LONG),
  )

  it('loses exactly the part that was taken back', () => {
    const documents = written(...long, talk.unsend({ messageId: 'p0', by: 'business' }))
    expect(replyIn(documents).text).toBe('Second one.')
    expect(replyIn(documents).parts[0]?.marks.unsent).toBeDefined()
    expect(JSON.stringify([...documents])).not.toContain('First')
  })

  it('carries reactions and seen marks of its parts', () => {
    const documents = written(
      ...long,
      talk.react({ messageId: 'p1', emoji: '🎉' }),
      talk.seen({ messageId: 'p1', at: after(9) }),
    )
    expect(replyIn(documents).parts[1]?.marks).toMatchObject({ customer: { emoji: '🎉' }, seenAt: after(9) })
  })

  it('appears once with its echo, whichever came first', () => {
    const asked = [message('m1', 0), talk.reply({ at: after(1) }), talk.begin({ at: after(1) })]
    const echo = talk.echo({ at: after(1) })
    for (const commands of [
      [...asked, echo, talk.sent({ at: after(1) })],
      [...asked, talk.sent({ at: after(1) }), echo],
      [...asked, talk.unknown({ at: after(1) }), echo],
    ]) {
      expect(shown(written(...commands)).filter((item) => item === 'e1' || item === 'reply: hi')).toEqual(['reply: hi'])
    }
  })

  it('gives a message back that equal text had joined, when Meta’s late answer names another', () => {
    const documents = written(
      message('m1', 0),
      talk.reply({ at: after(1) }),
      talk.begin({ at: after(1) }),
      talk.unknown({ at: after(1) }),
      talk.echo({ messageId: 'e1', at: after(2) }),
      talk.sent({ messageId: 'e2', at: after(3) }),
    )
    expect(shown(documents)).toContain('e1')
    expect(shown(documents)).toContain('reply: hi')
    expect(replyIn(documents).parts[0]?.messageId).toBe('e2')
  })

  it('is open again when Meta’s late answer gives its message to another reply, and keeps its text', () => {
    const documents = written(
      message('m1', 0),
      talk.reply({ at: after(1) }),
      talk.reply({ replyId: 'reply-2', at: after(1) }),
      talk.begin({ at: after(1) }),
      talk.unknown({ at: after(1) }),
      talk.look({ at: after(2) }),
      talk.giveUp({ at: after(2) }),
      talk.begin({ replyId: 'reply-2', at: after(3) }),
      talk.unknown({ replyId: 'reply-2', at: after(3) }),
      talk.echo({ messageId: 'e1', at: after(4) }),
      talk.sent({ replyId: 'reply-2', messageId: 'e1', at: after(5) }),
    )
    expect(replyIn(documents).parts[0]).toMatchObject({ status: 'unconfirmed' })
    expect(replyIn(documents).parts[0]).not.toHaveProperty('messageId')
    expect(replyIn(documents, 'reply-2').parts[0]).toMatchObject({ status: 'sent', messageId: 'e1' })
    expect([replyIn(documents).text, replyIn(documents, 'reply-2').text]).toEqual(['hi', 'hi'])
    expect(shown(documents).filter((item) => /^e|^reply/.test(item ?? ''))).toEqual(['reply: hi', 'reply: hi'])
  })

  it('is still one bubble when it turns out to have arrived twice, and stays while one of the two does', () => {
    const twice = [
      message('m1', 0),
      talk.reply({ at: after(1) }),
      talk.begin({ at: after(1) }),
      talk.unknown({ at: after(1) }),
      talk.look({ at: after(2) }),
      talk.giveUp({ at: after(2) }),
      talk.resend({ mayArriveTwice: true, at: after(3) }),
      talk.begin({ attempt: 2, at: after(3) }),
      talk.sent({ attempt: 2, messageId: 'e2', at: after(3) }),
      talk.echo({ messageId: 'e1', at: after(4) }),
    ]
    const documents = written(...twice)
    expect(shown(documents).filter((item) => /^e|^reply/.test(item ?? ''))).toEqual(['reply: hi'])
    expect(replyIn(documents).parts[0]).toMatchObject({ messageId: 'e2', again: [{ attempt: 1, messageId: 'e1' }] })
    expect(replyIn(written(...twice, talk.unsend({ messageId: 'e2', by: 'business' }))).text).toBe('hi')
    const both = [talk.unsend({ messageId: 'e2', by: 'business' }), talk.unsend({ messageId: 'e1', by: 'business' })]
    expect(replyIn(written(...twice, ...both)).text).toBe(undefined)
  })

  it('says why it was rejected, and can still be read and found', () => {
    const documents = written(
      message('m1', 0),
      talk.reply({ text: 'forbidden words', at: after(1) }),
      talk.begin({ parts: [{ kind: 'text', from: 0, to: 15 }], at: after(1) }),
      talk.reject('message-refused', { at: after(1), code: '100' }),
    )
    expect(replyIn(documents)).toMatchObject({
      text: 'forbidden words',
      reply: { progress: { status: 'rejected', rejection: { reason: 'message-refused', code: '100' } } },
    })
    expect(found(documents, 'forbidden')).toEqual([replyKey(CONVERSATION, 'reply-1')])
  })

  it('is a reply from outside without a request of ours', () => {
    const item = written(message('m1', 0), talk.echo({ at: after(1) })).get(messageKey(CONVERSATION, 'e1'))
    expect(item).toMatchObject({ kind: 'message', origin: 'outside', content: { text: 'hi' } })
  })

  it('accepts evidence for a reply that it does not know', () => {
    const data = { replyId: 'r', part: 0, attempt: 1, messageId: 'x', mid: 'mid-x', settledBy: 'echo', at: 1 } as const
    expect(shown(happened({ type: 'ReplyPartSent', data }))).toEqual([])
  })
})
