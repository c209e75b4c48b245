import { describe, expect, it } from 'vitest'
import type { ConversationCommand, ConversationEvent } from '../../src/domain/conversation/index.ts'
import {
  assigneeKey,
  inbox,
  type InboxDocument,
  lastLine,
  unreadFor,
  waitingSince,
} from '../../src/projections/index.ts'
import * as talk from '../domain/conversation/talk.ts'
import { CHANNEL } from '../domain/people.ts'
import { fold, places, recorded } from './fold.ts'

const { after, history } = talk
const documents = (...commands: readonly ConversationCommand[]) => fold(inbox, recorded(history(...commands)))
const entry = (...commands: readonly ConversationCommand[]): InboxDocument => {
  const document = documents(...commands).get(talk.CONVERSATION)
  if (document === undefined) throw new Error('no entry')
  return document
}
const message = (id: string, minutes: number, words = id): ConversationCommand =>
  talk.receive({ messageId: id, mid: `mid-${id}`, at: after(minutes), content: talk.text(words) })
const answer = (minutes: number, fields: Parameters<typeof talk.reply>[0] = {}): readonly ConversationCommand[] => [
  talk.reply({ at: after(minutes), ...fields }),
  talk.begin({ at: after(minutes) }),
  talk.sent({ at: after(minutes) }),
]

describe('the inbox', () => {
  it('shows who wrote what, and since when', () => {
    const document = entry(
      message('m1', 0, 'Where is\n my order?'),
      talk.learnProfile({ name: 'Hana', username: 'hana' }),
    )
    expect(document.profile).toEqual({ name: 'Hana', username: 'hana' })
    expect(lastLine(document)).toMatchObject({ by: 'customer', kind: 'text', text: 'Where is my order?', at: after(0) })
    expect([document.lastActivityAt, waitingSince(document)]).toEqual([after(0), after(0)])
  })

  it.each([
    ['a reaction', talk.react()],
    ['an edit', talk.edit()],
    ['an unsend', talk.unsend()],
    ['a seen mark', talk.seen()],
    ['a change of control', talk.threadControl()],
    ['a message while the channel is disabled', talk.receive({ channel: talk.disabled })],
  ])('does not show a conversation that has only %s', (_, command) => {
    const [document] = documents(command).values()
    expect(document?.visible).toBe(false)
    expect(Object.keys(inbox.indexes).flatMap((index) => places(inbox, documents(command), index))).toEqual([])
    expect(inbox.counters?.(document as InboxDocument, talk.CONVERSATION)).toEqual([])
  })

  it('stands in the folder of its state, by last activity', () => {
    const folder = (...commands: readonly ConversationCommand[]) =>
      places(inbox, documents(message('m1', 0), message('m2', 5), ...commands), 'folder').map((place) => place.entry)
    expect(folder()).toEqual([[CHANNEL, 'open', after(5)]])
    expect(folder(talk.end({ at: after(6) }))).toEqual([[CHANNEL, 'ended', after(5)]])
    expect(folder(talk.end({ at: after(6) }), talk.block({ at: after(7) }))).toEqual([[CHANNEL, 'blocked', after(5)]])
    expect(folder(talk.end({ at: after(6) }), message('m3', 8))).toEqual([[CHANNEL, 'open', after(8)]])
  })

  it('stands under its assignee and the number of their association, or under nobody', () => {
    const key = (...commands: readonly ConversationCommand[]) =>
      places(inbox, documents(message('m1', 0), ...commands), 'assignee')[0]?.entry[2]
    expect(key()).toBe('')
    expect(key(talk.pickUp())).toBe('bob#1')
    expect(key(talk.pickUp(), talk.transfer({ seen: 'bob', to: 'eve' }))).toBe('eve#2')
    expect(assigneeKey(null)).toBe('')
  })

  it('falls back to a former line when the last is taken back, and to a tombstone when all are', () => {
    expect(lastLine(entry(message('m1', 0), message('m2', 1), talk.unsend({ messageId: 'm2' })))?.text).toBe('m1')
    const gone = lastLine(entry(message('m1', 0), talk.unsend({ messageId: 'm1' })))
    expect(gone).toMatchObject({ unsent: true })
    expect(gone).not.toHaveProperty('text')
  })

  it('honours an unsend and an edit that came before their message', () => {
    const unsent = entry(talk.unsend({ messageId: 'm1' }), message('m1', 0))
    expect(lastLine(unsent)).toMatchObject({ unsent: true })
    expect([unreadFor(unsent, 'bob'), waitingSince(unsent)]).toEqual([0, undefined])
    const edited = entry(talk.edit({ messageId: 'm1', numEdit: 2, text: 'better' }), message('m1', 0, 'first'))
    expect(lastLine(edited)?.text).toBe('better')
  })

  it('honours an unsend that came so long before its message that only the event still says so', () => {
    const others = Array.from({ length: 13 }, (_, n) => talk.unsend({ messageId: `x${n}` }))
    const unsent = entry(talk.unsend({ messageId: 'm1' }), ...others, message('m1', 0))
    expect(lastLine(unsent)).toMatchObject({ unsent: true })
    expect([unreadFor(unsent, 'bob'), waitingSince(unsent)]).toEqual([0, undefined])
    const echo = entry(talk.unsend({ messageId: 'e1', by: 'business' }), ...others, message('m1', 0), talk.echo())
    expect(echo.lines.find(({ id }) => id === 'e1')).toMatchObject({ unsent: true })
  })

  it('shows the newest text of an edited line, by its number', () => {
    const document = entry(
      message('m1', 0),
      talk.edit({ numEdit: 2, text: 'second' }),
      talk.edit({ numEdit: 1, text: 'first' }),
    )
    expect(lastLine(document)?.text).toBe('second')
  })

  it('says what stands where there is no text', () => {
    const video = { kind: 'video', attachments: [{ kind: 'video', url: 'https://cdn/v' }] } as const
    expect(lastLine(entry(talk.receive({ content: video })))).toMatchObject({
      kind: 'video',
      attachments: 1,
      placeholder: true,
    })
  })

  it('shows one line for a reply and its echo, whichever came first', () => {
    const echo = talk.echo({ at: after(1), content: talk.text('hi') })
    const first = entry(message('m1', 0), talk.reply({ at: after(1) }), talk.begin({ at: after(1) }), echo, talk.sent())
    const second = entry(message('m1', 0), ...answer(1), echo)
    for (const document of [first, second]) {
      expect(document.lines.map(({ by }) => by)).toEqual(['customer', 'desk'])
      expect(lastLine(document)).toMatchObject({ by: 'desk', status: 'sent', text: 'hi', messageIds: ['e1'] })
    }
  })

  it('marks a reply that could not be sent', () => {
    const rejected = [
      message('m1', 0),
      talk.reply({ at: after(1) }),
      talk.begin({ at: after(1) }),
      talk.reject('message-refused', { at: after(1) }),
    ]
    expect(lastLine(entry(...rejected))?.status).toBe('rejected')
  })
})

describe('waiting', () => {
  const bot = { kind: 'automation', id: 'bot', organizationId: 'acme' } as const
  const newer = (minutes: number, count = 6) =>
    Array.from({ length: count }, (_, n) => message(`n${n}`, minutes + n / 10))

  it('begins with the first message after the last answer', () => {
    expect(waitingSince(entry(message('m1', 0), message('m2', 5)))).toBe(after(0))
    expect(waitingSince(entry(message('m1', 0), ...answer(3)))).toBe(undefined)
    expect(waitingSince(entry(message('m1', 0), ...answer(3), message('m2', 5), message('m3', 6)))).toBe(after(5))
  })

  it('goes on while a reply is only queued, and counts an answer as of when it was written', () => {
    expect(waitingSince(entry(message('m1', 0), talk.reply({ at: after(1) })))).toBe(after(0))
    const crossed = entry(
      message('m1', 0),
      talk.reply({ at: after(1) }),
      message('m2', 2),
      talk.begin({ at: after(3) }),
      talk.sent({ at: after(3) }),
    )
    expect(waitingSince(crossed)).toBe(after(2))
  })

  it('ends with a reply from outside, but not with an automation', () => {
    expect(waitingSince(entry(message('m1', 0), talk.echo({ at: after(1) })))).toBe(undefined)
    expect(waitingSince(entry(message('m1', 0), ...answer(1, { actor: bot })))).toBe(after(0))
  })

  it('goes on while an automation answers, also when the echo of each of its messages comes first', () => {
    const picture = { media: [{ kind: 'image', url: 'https://cdn.example/a.jpg' }] } as const
    const parts = [{ kind: 'media', indexes: [0] }, talk.whole] as const
    const ofPicture = { kind: 'image', attachments: [{ kind: 'image', url: 'https://cdn/a' }] } as const
    const answered = [
      message('m1', 0),
      talk.reply({ at: after(1), actor: bot, text: 'hi', ...picture }),
      talk.begin({ at: after(1), parts }),
      talk.echo({ messageId: 'e1', at: after(1), content: ofPicture }),
      talk.sent({ messageId: 'e1', at: after(1) }),
      talk.begin({ at: after(1), part: 1 }),
      talk.echo({ messageId: 'e2', at: after(1) }),
    ]
    expect(waitingSince(entry(...answered))).toBe(after(0))
    expect(waitingSince(entry(...answered, talk.sent({ messageId: 'e2', part: 1, at: after(2) })))).toBe(after(0))
  })

  it('goes on when a late echo shows that an automation’s unconfirmed answer has arrived', () => {
    const unconfirmed = [
      message('m1', 0),
      talk.reply({ at: after(1), actor: bot }),
      talk.begin({ at: after(1) }),
      talk.unknown({ at: after(2) }),
      talk.look({ at: after(3) }),
      talk.giveUp({ at: after(3) }),
    ]
    expect(waitingSince(entry(...unconfirmed, talk.echo({ at: after(9) })))).toBe(after(0))
  })

  it('goes by who wrote an answer and when, however many messages have come since', () => {
    const crossed = (fields: Parameters<typeof talk.reply>[0]) =>
      entry(
        message('m1', 0),
        talk.reply({ at: after(1), ...fields }),
        ...newer(2),
        talk.begin({ at: after(9) }),
        talk.sent({ at: after(9) }),
      )
    expect(waitingSince(crossed({ actor: bot }))).toBe(after(0))
    expect(waitingSince(crossed({}))).toBe(after(2))
  })

  it('ends with a reply from outside while an automation’s answer is on its way', () => {
    const outside = talk.echo({ at: after(2), content: talk.text('Let me look.'), textDigest: 'another digest' })
    const queued = [message('m1', 0), talk.reply({ at: after(1), actor: bot })]
    expect(waitingSince(entry(...queued, outside))).toBe(undefined)
    expect(waitingSince(entry(...queued, talk.begin({ at: after(2) }), outside))).toBe(undefined)
  })

  it('is judged by what is at hand where an earlier release recorded the answer', () => {
    const commands = [
      message('m1', 0),
      talk.reply({ at: after(1), actor: bot }),
      talk.begin({ at: after(1) }),
      talk.echo({ at: after(2) }),
      talk.sent({ at: after(2) }),
    ]
    const earlier = history(...commands).map((event): ConversationEvent => {
      if (event.type === 'MessageEchoed') {
        const { equalsAttempt: _, ...data } = event.data
        return { ...event, data }
      }
      if (event.type !== 'ReplyPartSent') return event
      const { written: _, ...data } = event.data
      return { ...event, data }
    })
    const document = fold(inbox, recorded(earlier)).get(talk.CONVERSATION)
    expect(waitingSince(document as InboxDocument)).toBe(after(0))
  })

  it('ends when the message is taken back, and is not moved by a reaction', () => {
    expect(waitingSince(entry(message('m1', 0), talk.unsend({ at: after(1) })))).toBe(undefined)
    expect(waitingSince(entry(message('m1', 0), message('m2', 2), talk.unsend({ at: after(3) })))).toBe(after(2))
    expect(waitingSince(entry(message('m1', 0), ...answer(1), talk.react({ at: after(2), by: 'customer' })))).toBe(
      undefined,
    )
  })
})

describe('unread', () => {
  it('is counted per agent, and ends with reading', () => {
    const document = entry(message('m1', 0), message('m2', 1), talk.markRead({ upTo: 2 }))
    expect([unreadFor(document, 'bob'), unreadFor(document, 'eve')]).toEqual([1, 2])
  })

  it('ends when everything was taken back, also what has left the lines', () => {
    const ids = Array.from({ length: 8 }, (_, n) => `m${n}`)
    const written = ids.map((id, n) => message(id, n))
    const takenBack = ids.map((messageId, n) => talk.unsend({ messageId, at: after(10 + n) }))
    expect(unreadFor(entry(...written, ...takenBack.slice(0, 6)), 'bob')).toBe(2)
    expect(unreadFor(entry(...written, ...takenBack), 'bob')).toBe(0)
  })

  it('stops counting at 100', () => {
    const many = Array.from({ length: 120 }, (_, n) => message(`m${n}`, n / 10))
    expect(unreadFor(entry(...many), 'bob')).toBe(100)
  })

  it('is summed as conversations written in, without those read to the end', () => {
    const counters = (...commands: readonly ConversationCommand[]) =>
      inbox.counters?.(entry(message('m1', 0), ...commands), talk.CONVERSATION)
    expect(counters()).toContainEqual(['written', CHANNEL, 'open'])
    expect(counters(talk.markRead({ upTo: 2 }))).toContainEqual(['read', CHANNEL, 'bob', 'open'])
    expect(counters(talk.markRead({ upTo: 2 }), message('m2', 1))).not.toContainEqual(['read', CHANNEL, 'bob', 'open'])
  })
})
