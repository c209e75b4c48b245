import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import type { AccessEvent } from '../../src/domain/access/events.ts'
import type { AccountEvent } from '../../src/domain/account/events.ts'
import type { ChannelEvent } from '../../src/domain/channel/events.ts'
import type { ConversationEvent } from '../../src/domain/conversation/events.ts'
import type { IntakeEvent } from '../../src/domain/intake/events.ts'
import type { OrganizationEvent } from '../../src/domain/organization/events.ts'
import type { TicketEvent } from '../../src/domain/ticket/events.ts'
import { currentVersion, decode, decoderOf, EVENT_TYPES, type Upcasts } from '../../src/domain/upcasting.ts'
import { holds, tells } from '../holds.ts'

describe('reading a stored event', () => {
  it('gives back an event of the present version as it was written', () => {
    const data = { channelId: 'c1', at: 1 }
    expect(decode('ChannelSlotConfirmed', 1, data)).toEqual({
      kind: 'event',
      event: { type: 'ChannelSlotConfirmed', data },
    })
  })

  it('accepts that the personal part is gone, and does not invent one', () => {
    const decoded = decode('NoteAdded', 1, { noteId: 'n1' }, undefined)
    expect(decoded.kind === 'event' && Object.hasOwn(decoded.event, 'personal')).toBe(false)
    expect(decode('NoteAdded', 1, { noteId: 'n1' }, { text: 'hello' })).toMatchObject({
      event: { personal: { text: 'hello' } },
    })
  })

  it('never skips what is newer than the code: it says so', () => {
    expect(decode('ChannelSlotConfirmed', 2, {})).toEqual({
      kind: 'newer-than-code',
      type: 'ChannelSlotConfirmed',
      version: 2,
    })
    expect(decode('ChannelPainted', 1, {})).toEqual({ kind: 'newer-than-code', type: 'ChannelPainted', version: 1 })
  })

  it.each([0, -1, 1.5, Number.NaN])('reads no event of version %s', (version) =>
    expect(decode('ChannelSlotConfirmed', version, {}).kind).toBe('newer-than-code'),
  )

  it('knows no type by the members that every object has', () =>
    holds(
      fc.property(fc.constantFrom('constructor', 'toString', '__proto__', 'hasOwnProperty'), (type) => {
        tells(true)
        expect(decode(type, 1, {}).kind).toBe('newer-than-code')
        expect(() => currentVersion(type)).toThrow(TypeError)
      }),
      { floor: 1 },
    ))
})

describe('upcasting', () => {
  const upcasts: Upcasts = {
    Named: [
      ({ data, ...rest }) => ({ ...rest, data: { ...data, second: true } }),
      ({ data, personal }) => ({
        data: { ...data, third: true },
        ...(personal === undefined ? {} : { personal: { ...personal, third: true } }),
      }),
    ],
  }
  const read = decoderOf<object>(upcasts)

  it('takes an old event through every step up to the present version', () => {
    expect(read('Named', 1, { first: true }, { name: 'x' })).toEqual({
      kind: 'event',
      event: { type: 'Named', data: { first: true, second: true, third: true }, personal: { name: 'x', third: true } },
    })
    expect(read('Named', 2, {})).toEqual({ kind: 'event', event: { type: 'Named', data: { third: true } } })
    expect(read('Named', 3, {})).toEqual({ kind: 'event', event: { type: 'Named', data: {} } })
    expect(read('Named', 4, {}).kind).toBe('newer-than-code')
  })
})

describe('the table of event types', () => {
  it('names each with the version that is written', () => {
    expect(EVENT_TYPES.length).toBe(new Set(EVENT_TYPES).size)
    for (const type of EVENT_TYPES) expect(currentVersion(type)).toBeGreaterThanOrEqual(1)
  })

  it('gives no name to two aggregates, so that a name alone tells what happened', () => {
    // Held by the compiler: each type stands in exactly one of the unions.
    const apart: [
      OrganizationEvent['type'] & (AccountEvent | ChannelEvent | ConversationEvent | TicketEvent | Other)['type'],
      AccountEvent['type'] & (ChannelEvent | ConversationEvent | TicketEvent | Other)['type'],
      ChannelEvent['type'] & (ConversationEvent | TicketEvent | Other)['type'],
      ConversationEvent['type'] & (TicketEvent | Other)['type'],
      TicketEvent['type'] & Other['type'],
      IntakeEvent['type'] & AccessEvent['type'],
    ] extends never[]
      ? true
      : false = true
    expect(apart).toBe(true)
  })
})

type Other = IntakeEvent | AccessEvent
