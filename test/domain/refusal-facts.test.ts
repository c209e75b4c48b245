import { describe, expect, it } from 'vitest'
import type { ChannelSettings } from '../../src/domain/channel/index.ts'
import { checkIcon, requireIcon } from '../../src/domain/icon.ts'
import { type Actor, isHuman } from '../../src/domain/actor.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { isAdministrator, requireAdministrator } from '../../src/domain/require-administrator.ts'
import { given as shown, requireId, requireName, requireOneOf, requireText } from '../../src/domain/text.ts'
import * as channel from './channel/history.ts'
import { administrator, agent, automation, CHANNEL, ORGANIZATION, stranger, system } from './people.ts'

// A refusal is what a screen explains: the code, and every fact with the field and the bounds that it names.

const refusal = (action: () => unknown): readonly [code: string, facts: unknown] => {
  try {
    action()
  } catch (error) {
    if (isRefusal(error)) return [error.code, error.facts]
    throw error
  }
  return ['allowed', {}]
}
const invalid = (field: string, expected: string, given: string) => ['invalid', { field, expected, given }]

describe('an icon is refused', () => {
  const icon = { blobId: 'blob-1', fileName: 'a.png', mediaType: 'image/png', size: 8 } as const
  const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
  const types = '.jpg, .jpeg or .png'
  const long = `${'n'.repeat(252)}.png`
  const tooLong = ['too-long', { field: 'icon.fileName', limit: 255, actual: 256, unit: 'code points' }]

  it.each([
    ['as a text', 'a.png', invalid('icon', 'a reference to an icon, or null', 'a.png')],
    ['as nothing', null, invalid('icon', 'a reference to an icon, or null', 'null')],
    ['as nothing at all', undefined, invalid('icon', 'a reference to an icon, or null', 'undefined')],
    ['without a name', { ...icon, fileName: '' }, ['empty', { field: 'icon.fileName' }]],
    ['with a name too long', { ...icon, fileName: long }, tooLong],
    [
      'with another extension',
      { ...icon, fileName: 'a.gif' },
      ['icon-type', { field: 'icon', expected: types, given: 'gif' }],
    ],
    [
      'without an extension',
      { ...icon, fileName: 'png' },
      ['icon-type', { field: 'icon', expected: types, given: '' }],
    ],
    [
      'with the media type of another',
      { ...icon, mediaType: 'image/jpeg' },
      ['icon-type', { field: 'icon', expected: 'image/png', given: 'image/jpeg' }],
    ],
    ['smaller than nothing', { ...icon, size: -1 }, invalid('icon.size', 'whole bytes', '-1')],
    ['with half a byte', { ...icon, size: 1.5 }, invalid('icon.size', 'whole bytes', '1.5')],
    ['without a byte', { ...icon, size: 0 }, ['empty', { field: 'icon' }]],
    [
      'one byte too large',
      { ...icon, size: 1_048_577 },
      ['too-long', { field: 'icon', limit: 1_048_576, actual: 1_048_577, unit: 'bytes' }],
    ],
    ['without a place', { ...icon, blobId: '' }, ['empty', { field: 'icon.blobId' }]],
    ['with a place that is no text', { ...icon, blobId: 7 }, invalid('icon.blobId', 'text', '7')],
  ])('%s', (_, given, expected) => {
    expect(refusal(() => requireIcon(given as never))).toEqual(expected)
  })

  it('as a file', () => {
    const upload = (fileName: string, bytes: Uint8Array) => refusal(() => checkIcon({ fileName, bytes }))
    const otherBytes = { field: 'icon', expected: 'image/png', given: 'other bytes' }
    expect(upload('a.png', Uint8Array.of(...PNG.slice(0, 7), 0))).toEqual(['icon-type', otherBytes])
    expect(upload('a.png', new Uint8Array())).toEqual(['empty', { field: 'icon' }])
    expect(upload('a.webp', PNG)).toEqual(['icon-type', { field: 'icon', expected: types, given: 'webp' }])
    expect(upload('\n', PNG)).toEqual(['empty', { field: 'icon.fileName' }])
    expect(upload(long, PNG)).toEqual(tooLong)
    expect(upload(long.slice(1), PNG)).toEqual(['allowed', {}])
  })
})

describe('a reference to an icon', () => {
  it('is kept with what it is known by, its name without the white space around', () => {
    const icon = { blobId: 'blob-1', fileName: ' a.PNG ', mediaType: 'image/png', size: 8, colour: 'red' } as const
    expect(requireIcon(icon)).toEqual({ blobId: 'blob-1', fileName: 'a.PNG', mediaType: 'image/png', size: 8 })
  })
})

describe('a text is refused', () => {
  const one = 'no control characters'
  it.each([
    [requireText, 7, invalid('f', 'text', '7')],
    [requireText, ['a'], invalid('f', 'text', 'list')],
    [requireText, {}, invalid('f', 'text', 'object')],
    [requireText, undefined, invalid('f', 'text', 'undefined')],
    [requireText, 'a\0', invalid('f', 'no NUL', 'NUL at 1')],
    [requireName, 'a\u001fb', invalid('f', one, 'U+001F at 1')],
    [requireName, 'a\ud800', ['lone-surrogate', { field: 'f', index: 1 }]],
    [requireName, ' \u3000 ', ['empty', { field: 'f' }]],
    [requireName, 'ninewords', ['too-long', { field: 'f', limit: 8, actual: 9, unit: 'code points' }]],
    [requireId, null, invalid('f', 'text', 'null')],
    [requireId, 'a\u0085b', invalid('f', one, 'U+0085 at 1')],
    [requireId, '\udc00', ['lone-surrogate', { field: 'f', index: 0 }]],
    [requireId, ' ', ['empty', { field: 'f' }]],
    [requireId, 'i'.repeat(256), ['too-long', { field: 'f', limit: 255, actual: 256, unit: 'bytes' }]],
  ])('%o of %o', (rule, given, expected) => {
    expect(refusal(() => rule('f', given, 8))).toEqual(expected)
  })

  it('that is none of a few words, with the words', () =>
    expect(refusal(() => requireOneOf('f', 7, ['a', 'b']))).toEqual(invalid('f', 'one of a, b', '7')))

  it('and shown short and whole', () => {
    const emoji = '😀'.repeat(41)
    expect(shown(emoji)).toBe('😀'.repeat(40))
    expect(shown('x'.repeat(41))).toBe('x'.repeat(40))
    expect(shown(`a\ud800`)).toBe('a\ufffd')
    expect([shown(true), shown(10n), shown(Symbol('s')), shown(null)]).toEqual(['true', '10', 'symbol', 'null'])
  })
})

describe('an administrator', () => {
  it('is one of that organization, or the desk itself', () => {
    const is = (actor: Actor) => isAdministrator(actor, ORGANIZATION)
    expect([administrator, system, agent, automation, stranger].map(is)).toEqual([true, true, false, false, false])
    expect(refusal(() => requireAdministrator(agent, ORGANIZATION))).toEqual(['not-administrator', { actor: 'bob' }])
  })
  it('is a person, as agents are', () =>
    expect([administrator, agent, automation, system].map(isHuman)).toEqual([true, true, false, false]))
})

describe('a channel refuses', () => {
  const settings = 'name, icon, departmentId, conversion, assigneeOnly, receiveAudioVideo, ' // as they stand on the screen
  const any = `any of ${settings}storyMentionOpensWindow, reactionOpensWindow`
  const conversion = (changes: object) => ({ conversion: { ...channel.settings.conversion, ...changes } })
  const delay = 'whole minutes from 1 to 1440, or never'
  const interval = 'whole minutes from 0 to 43200, or delay'
  const flags = 'true or false'

  it.each([
    ['a setting that is none', { colour: 'red' }, invalid('changes', any, 'colour')],
    ['a name that is none', { name: 7 }, invalid('name', 'text', '7')],
    ['an icon that is none', { icon: 'a.png' }, invalid('icon', 'a reference to an icon, or null', 'a.png')],
    ['no department', { departmentId: '' }, ['empty', { field: 'departmentId' }]],
    ['no policy', { conversion: null }, invalid('conversion', 'a conversion policy', 'null')],
    ['a policy that is none', { conversion: 'often' }, invalid('conversion', 'a conversion policy', 'often')],
    ['a delay of nothing', conversion({ delay: 0 }), invalid('conversion.delay', delay, '0')],
    [
      'another way to go on',
      conversion({ afterTicket: 'party' }),
      invalid('conversion.afterTicket', 'one of new-ticket, thread-while-open', 'party'),
    ],
    [
      'an interval too long',
      conversion({ reopenWithin: 43_201 }),
      invalid('conversion.reopenWithin', interval, '43201'),
    ],
    ['a flag that is none', conversion({ cancelOnAnswer: 1 }), invalid('conversion.cancelOnAnswer', flags, '1')],
    ['a text for a flag', { receiveAudioVideo: 'no' }, invalid('receiveAudioVideo', flags, 'no')],
  ])('%s', (_, changes, [code, facts]) => {
    channel
      .given(channel.created)
      .when(channel.change(changes as Partial<ChannelSettings>))
      .refuses(code as 'invalid', facts as never)
  })

  it('every setting that is wrong, also at its creation', () => {
    const wrong = {
      conversion: {},
      assigneeOnly: 1,
      receiveAudioVideo: 1,
      storyMentionOpensWindow: 1,
      reactionOpensWindow: 1,
    }
    for (const [name, value] of Object.entries({ ...wrong, name: '', icon: 1, departmentId: '' })) {
      const asked = channel.create({ settings: { ...channel.settings, [name]: value } })
      expect(refusal(() => channel.given().when(asked).events())).toMatchObject([
        expect.stringMatching(/^(invalid|empty)$/u),
        { field: name === 'conversion' ? 'conversion.delay' : name },
      ])
    }
  })

  it.each([
    [{ accountId: '' }, ['empty', { field: 'account.accountId' }]],
    [{ pageId: '' }, ['empty', { field: 'account.pageId' }]],
    [{ appScopedId: '' }, ['empty', { field: 'account.appScopedId' }]],
    [{ username: '' }, ['empty', { field: 'account.username' }]],
    [{ flavour: 'pigeon' }, invalid('account.flavour', 'one of facebook-login, instagram-login', 'pigeon')],
  ])('an account with %o', (wrong, [code, facts]) => {
    const account = {
      accountId: '1',
      flavour: 'facebook-login',
      pageId: '2',
      appScopedId: '3',
      username: 'shop',
    } as const
    channel
      .given()
      .when(channel.create({ account }))
      .yields({ ...channel.created, data: { ...channel.created.data, account } } as never)
    channel
      .given()
      .when(channel.create({ account: { ...account, ...wrong } as never }))
      .refuses(code as 'empty', facts as never)
  })

  it('other words than there are, with those there are', () => {
    const one = channel.given(channel.created)
    one.when(channel.authorize('fine' as never, 'x')).refuses('invalid', {
      field: 'authorization',
      expected: 'one of connected, suspended, lost, restricted',
      given: 'fine',
    })
    one
      .when(channel.authorize('lost', 'r'.repeat(101)))
      .refuses('too-long', { field: 'reason', limit: 100, actual: 101, unit: 'code points' })
    one
      .when(channel.permit('perhaps' as never))
      .refuses('invalid', { field: 'permission', expected: 'one of unknown, granted, refused', given: 'perhaps' })
    one
      .when(channel.deleteChannel('perhaps' as never))
      .refuses('invalid', { field: 'pendingConversions', expected: 'one of convert, discard', given: 'perhaps' })
    channel
      .given()
      .when(channel.create({ humanAgent: 'maybe' as never }))
      .refuses('invalid', { field: 'humanAgent', expected: 'one of unknown, granted, refused', given: 'maybe' })
    for (const permission of ['granted', 'refused', 'unknown'] as const) {
      const before = permission === 'unknown' ? [channel.permitted('granted')] : []
      channel
        .given(channel.created, ...before)
        .when(channel.permit(permission))
        .yields(channel.permitted(permission))
    }
    for (const word of ['suspended', 'lost', 'restricted'] as const)
      one.when(channel.authorize(word, 'r'.repeat(100))).yields(channel.authorization(word, 'r'.repeat(100)))
  })

  it('an id that is none or has another account', () => {
    channel
      .given(channel.created)
      .when(channel.create({ account: { accountId: '1', flavour: 'instagram-login' } }))
      .refuses('invalid', { field: 'channelId', expected: 'an id of no other channel', given: CHANNEL })
    channel
      .given()
      .when(channel.create({ channelId: '' }))
      .refuses('empty', { field: 'channelId' })
    channel.given(channel.created).when(channel.associate('')).refuses('empty', { field: 'agentId' })
  })
})
