import { describe, expect, it } from 'vitest'
import type { Attachment, ConversationEvent, MessageContent } from '../../../src/domain/conversation/index.ts'
import { DAY, HOUR } from '../../../src/domain/instant.ts'
import { administrator, agent, automation, byAda, bySystem, CHANNEL, NOON, stranger, system } from '../people.ts'
import * as talk from './talk.ts'

const { after, given } = talk
const RAW = '{"poll":"red?"}'
const came = talk.receive({ content: talk.unreadable(RAW) })
const read: ConversationEvent = {
  type: 'MessageReadAgain',
  data: { messageId: 'm1', outline: { kind: 'text', hasText: true, attachments: [] }, by: byAda, at: NOON },
  personal: { text: 'red?' },
}
const having = (...attachments: readonly Attachment[]): MessageContent => ({
  kind: attachments[0]?.kind ?? 'unknown',
  attachments,
  raw: RAW,
})
/** A message as it came, and as it is read again. */
const readAs = (before: MessageContent, now: MessageContent, channel = talk.channel) => {
  const [received] = given()
    .when(talk.receive({ content: before }))
    .events()
    .filter(({ type }) => type === 'MessageReceived')
  if (received?.type !== 'MessageReceived') throw new Error('nothing received')
  const { outline } = received.data
  return given(talk.receive({ content: before })).when(
    talk.readAgain({ outline, personal: received.personal ?? {}, content: now, channel }),
  )
}

describe('a message of an unknown kind', () => {
  it('gets the content that can be read in it by now', () => {
    given(came).when(talk.readAgain()).yields(read)
  })

  it('may be read again by administrators of the organization and the desk itself', () => {
    for (const actor of [agent, automation, stranger])
      given(came).when(talk.readAgain({ actor })).refuses('not-administrator')
    for (const [actor, by] of [
      [administrator, byAda],
      [system, bySystem],
    ] as const)
      given(came)
        .when(talk.readAgain({ actor }))
        .yields({ ...read, data: { ...read.data, by } })
  })

  it('is not read again on a deleted channel, and is where it was received before the channel was disabled or the customer blocked', () => {
    given(came)
      .when(talk.readAgain({ channel: talk.deleted }))
      .refuses('channel-deleted', { channelId: CHANNEL })
    given(came)
      .when(talk.readAgain({ channel: talk.disabled }))
      .yields(read)
    given(came, talk.block()).when(talk.readAgain()).yields(read)
  })

  it('needs a conversation', () => {
    given().when(talk.readAgain()).refuses('conversation-not-found')
  })

  it.each([
    ['was taken back', [came, talk.unsend()]],
    ['was taken back before it came', [talk.unsend(), came]],
    ['came while the customer was blocked', [talk.receive({ messageId: 'm0' }), talk.block(), came]],
    ['came while the channel was disabled', [talk.receive({ channel: talk.disabled, content: talk.unreadable(RAW) })]],
    ['never came', [talk.receive({ messageId: 'm0' })]],
  ])('stays as it is when it %s', (_, before) => {
    given(...before)
      .when(talk.readAgain())
      .yieldsNothing()
  })

  it('stays as it is when no more of it can be read than before', () => {
    given(came)
      .when(talk.readAgain({ content: talk.unreadable(RAW) }))
      .yieldsNothing()
    given(came, talk.readAgain())
      .when(talk.readAgain({ outline: { kind: 'text', hasText: true, attachments: [] }, personal: { text: 'red?' } }))
      .yieldsNothing()
  })

  it('moves no window, no episode, no due time and nobody’s hands', () => {
    const before = given(came).state()
    const later = given(came).when(talk.readAgain({ at: after(30) }))
    expect(later.state()).toEqual({ ...before, revision: before.revision + 1 })
  })

  it('settles what was due first, as every decision does', () => {
    const types = given(came)
      .when(talk.readAgain({ at: NOON + 8 * DAY }))
      .events()
      .map(({ type }) => type)
    expect(types).toEqual(['ConversationConverted', 'ReplyWindowExpired', 'ReplyWindowExpired', 'MessageReadAgain'])
    // What is quiet leaves it to the deadline worker.
    given(came, talk.unsend())
      .when(talk.readAgain({ at: NOON + 2 * HOUR }))
      .yieldsNothing()
  })
})

describe('reading again', () => {
  const picture: Attachment = { kind: 'image', url: 'https://cdn/p.jpg' }
  const hologram: Attachment = { kind: 'unknown', type: 'hologram', url: 'https://cdn/h' }
  const video: Attachment = { kind: 'video', url: 'https://cdn/v.mp4' }

  it('keeps what was understood when it came, and the rest of the raw message while some of it is unknown', () => {
    const [event] = readAs(
      { ...having(picture, hologram, hologram), text: 'look', replyTo: 'm0', referral: { adId: '7' } },
      { ...having({ kind: 'image' }, { ...hologram, kind: 'file' }, hologram), text: 'look' },
    ).events()
    expect(event).toMatchObject({
      data: {
        outline: {
          kind: 'image',
          hasText: true,
          attachments: [{ kind: 'image' }, { kind: 'file' }, { kind: 'unknown' }],
          replyTo: 'm0',
          fromAd: true,
        },
      },
      personal: {
        text: 'look',
        attachments: [{ url: 'https://cdn/p.jpg' }, { url: 'https://cdn/h' }, { url: 'https://cdn/h' }],
        referral: { adId: '7' },
        raw: RAW,
      },
    })
  })

  it('lets the raw message go when everything is understood', () => {
    const [event] = readAs(having(hologram), { kind: 'file', attachments: [{ ...hologram, kind: 'file' }] }).events()
    expect(event?.personal).toEqual({ attachments: [{ type: 'hologram', url: 'https://cdn/h' }] })
  })

  it('keeps no link of audio and video but where the channel receives them (S17), and never one of view-once media', () => {
    const open = talk.having({ receiveAudioVideo: true })
    const now = (kind: Attachment['kind']): MessageContent => ({
      kind,
      attachments: [{ kind, url: 'https://cdn/v.mp4' }],
    })
    expect(readAs(having(hologram), now('video')).events()[0]).toMatchObject({
      data: { outline: { attachments: [{ kind: 'video', placeholder: true }] } },
      personal: { attachments: [{}] },
    })
    expect(readAs(having(hologram), now('video'), open).events()[0]).toMatchObject({
      personal: { attachments: [{ url: 'https://cdn/v.mp4' }] },
    })
    expect(JSON.stringify(readAs(having(hologram), now('view-once'), open).events())).not.toContain('cdn')
  })

  it('leaves a placeholder of then in its place, whatever the channel receives by now', () => {
    const [event] = readAs(
      having(video, hologram),
      { kind: 'video', attachments: [video, { ...hologram, kind: 'file' }] },
      talk.having({ receiveAudioVideo: true }),
    ).events()
    expect(event).toMatchObject({
      data: { outline: { attachments: [{ kind: 'video', placeholder: true }, { kind: 'file' }] } },
      personal: { attachments: [{}, { url: 'https://cdn/h' }] },
    })
  })

  it('reads an echo of the business too', () => {
    given(talk.echo({ messageId: 'm1', content: talk.unreadable(RAW) }))
      .when(talk.readAgain())
      .yields(read)
  })
})

describe('the content of a message of the business that was missed', () => {
  const missed = talk.echo({ channel: talk.disabled })
  const recovered: ConversationEvent = {
    type: 'MessageReadAgain',
    data: {
      messageId: 'e1',
      outline: { kind: 'text', hasText: true, attachments: [] },
      recovered: true,
      by: bySystem,
      at: NOON,
    },
    personal: { text: 'hi' },
  }
  it('is recorded once it is known', () => given(missed).when(talk.recover()).yields(recovered))
  it.each([
    ['the channel is disabled', [missed], talk.recover({ channel: talk.disabled })],
    ['it was taken back', [missed, talk.unsend({ messageId: 'e1', by: 'business' })], talk.recover()],
    ['it never came', [talk.receive()], talk.recover()],
  ])('is left alone where %s', (_, before, command) => {
    given(...before)
      .when(command)
      .yieldsNothing()
  })
  it('is refused on a deleted channel and without a conversation', () => {
    given(missed)
      .when(talk.recover({ channel: talk.deleted }))
      .refuses('channel-deleted', { channelId: CHANNEL })
    given().when(talk.recover()).refuses('conversation-not-found')
  })
})

describe('attachments that are read again', () => {
  const of = (kind: Attachment['kind'], url?: string): Attachment => ({ kind, ...(url === undefined ? {} : { url }) })
  const again = (before: readonly Attachment[], now: readonly Attachment[], personal?: object) => {
    const outline = { kind: 'unknown', hasText: false, attachments: before.map(({ kind }) => ({ kind })) } as const
    const kept = personal ?? { attachments: before.map(({ url }) => (url === undefined ? {} : { url })), raw: RAW }
    const [event] = given(came)
      .when(talk.readAgain({ outline, personal: kept, content: { kind: 'image', attachments: now } }))
      .events()
    return event?.type === 'MessageReadAgain' ? [event.data.outline.attachments, event.personal] : undefined
  }
  it('keep each what was understood of its kind, and take the rest from the new reading', () => {
    expect(
      again(
        [of('unknown', 'u1'), of('file', 'f1'), of('image', 'i1')],
        [of('image', 'i2'), of('share', 's2'), of('file', 'f2'), of('image', 'i3')],
      ),
    ).toEqual([
      [{ kind: 'image' }, { kind: 'share' }, { kind: 'file' }, { kind: 'image' }],
      { attachments: [{ url: 'i1' }, { url: 's2' }, { url: 'f1' }, { url: 'i3' }] },
    ])
  })
  it('do without personal content that was forgotten', () => {
    expect(again([of('image'), of('unknown')], [of('image', 'i2'), of('file')], {})).toEqual([
      [{ kind: 'image' }, { kind: 'file' }],
      { attachments: [{}, {}] },
    ])
    expect(again([of('unknown')], [])).toEqual([[], { attachments: [{}] }])
  })
})
