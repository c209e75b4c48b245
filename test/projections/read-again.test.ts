import { describe, expect, it } from 'vitest'
import type { ConversationCommand } from '../../src/domain/conversation/index.ts'
import {
  inbox,
  lastLine,
  messageKey,
  textOf,
  transcript,
  unknownMessageKey,
  unknownMessages,
} from '../../src/projections/index.ts'
import * as talk from '../domain/conversation/talk.ts'
import { CHANNEL, system } from '../domain/people.ts'
import { fold, places, recorded } from './fold.ts'

const { after, CONVERSATION, CUSTOMER, history } = talk
const RAW = '{"poll":"red?"}'
const came = talk.receive({ mid: 'mid-m1', content: talk.unreadable(RAW) })
const next = talk.receive({ messageId: 'm2', mid: 'mid-m2', at: after(1), content: talk.text('well?') })
const read = talk.readAgain({ at: after(5), actor: system })

const entryOf = (...commands: readonly ConversationCommand[]) => {
  const entry = fold(inbox, recorded(history(...commands))).get(CONVERSATION)
  if (entry === undefined) throw new Error('no entry')
  return entry
}
const transcriptOf = (...commands: readonly ConversationCommand[]) => fold(transcript, recorded(history(...commands)))
const messageOf = (...commands: readonly ConversationCommand[]) => {
  const message = transcriptOf(...commands).get(messageKey(CONVERSATION, 'm1'))
  if (message?.kind !== 'message') throw new Error('no message')
  return message
}
const pendingOf = (...commands: readonly ConversationCommand[]) => fold(unknownMessages, recorded(history(...commands)))

describe('a message that is read again', () => {
  it('changes its line in the inbox and nothing else there', () => {
    const before = entryOf(came)
    const entry = entryOf(came, read)
    expect(lastLine(before)).toMatchObject({ kind: 'unknown' })
    expect(lastLine(entry)).toEqual({ ...lastLine(before), kind: 'text', text: 'red?' })
    expect({ ...entry, lines: [] }).toEqual({ ...before, lines: [] })
    expect(entryOf(came, next, read).lines.map(({ id, text }) => [id, text])).toEqual([
      ['m1', 'red?'],
      ['m2', 'well?'],
    ])
  })

  it('changes its content in the transcript and in search, and stays in its place', () => {
    const before = messageOf(came)
    const message = messageOf(came, read)
    expect(message).toEqual({
      ...before,
      outline: { kind: 'text', hasText: true, attachments: [] },
      content: { text: 'red?' },
    })
    const order = (...commands: readonly ConversationCommand[]) =>
      places(transcript, transcriptOf(...commands), 'conversation').filter(({ key }) => key.includes('/m'))
    expect(order(came, next, read)).toEqual(order(came, next))
    const found = places(transcript, transcriptOf(came, read), 'search')
    expect(found.map(({ entry }) => entry)).toEqual([[CHANNEL, 'red', after(0)]])
  })

  it('keeps a newer text of its own', () => {
    const edit = talk.edit({ text: 'blue?', at: after(2) })
    for (const commands of [
      [came, edit, read],
      [came, read, edit],
    ]) {
      expect(textOf(messageOf(...commands))).toBe('blue?')
      expect(lastLine(entryOf(...commands))).toMatchObject({ kind: 'text', text: 'blue?' })
    }
  })

  it('shows nothing when it was taken back, before or after', () => {
    for (const commands of [
      [came, read, talk.unsend({ at: after(6) })],
      [came, talk.unsend({ at: after(2) }), read],
    ]) {
      expect(messageOf(...commands).content).toBeUndefined()
      expect(JSON.stringify([...transcriptOf(...commands).values(), entryOf(...commands)])).not.toContain('red?')
    }
  })

  it('is read again in an echo of the business as well', () => {
    const echo = talk.echo({ messageId: 'm1', content: talk.unreadable(RAW) })
    expect(textOf(messageOf(echo, read))).toBe('red?')
    expect(lastLine(entryOf(echo, read))).toMatchObject({ by: 'outside', text: 'red?' })
  })
})

describe('the list of what can be read again', () => {
  it('holds where what came is kept, and none of it', () => {
    expect([...pendingOf(came, next).entries()]).toEqual([
      [
        unknownMessageKey(CONVERSATION, 'm1'),
        { conversationId: CONVERSATION, channelId: CHANNEL, customerId: CUSTOMER, messageId: 'm1', revision: 1 },
      ],
    ])
  })

  it('lets go of what was read, and points to the newest of what was read in part', () => {
    expect(pendingOf(came, read).size).toBe(0)
    const two = { kind: 'unknown', attachments: [{ kind: 'unknown' }, { kind: 'unknown' }], raw: RAW } as const
    const half = { kind: 'image', attachments: [{ kind: 'image' }, { kind: 'unknown' }], raw: RAW } as const
    const part = talk.readAgain({
      outline: { kind: 'unknown', hasText: false, attachments: [{ kind: 'unknown' }, { kind: 'unknown' }] },
      content: half,
    })
    const commands = [talk.receive({ content: two }), part]
    const revision = history(...commands).findIndex(({ type }) => type === 'MessageReadAgain')
    expect([...pendingOf(...commands).values()]).toMatchObject([{ messageId: 'm1', revision }])
  })

  it('lets go of what was taken back, and never holds what only a receipt was kept of', () => {
    expect(pendingOf(came, talk.unsend()).size).toBe(0)
    expect(pendingOf(talk.unsend(), came).size).toBe(0)
    expect(pendingOf(talk.receive({ content: talk.unreadable(RAW), channel: talk.disabled })).size).toBe(0)
  })
})
