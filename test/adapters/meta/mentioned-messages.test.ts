import { describe, expect, it } from 'vitest'

import { metaPlatform } from '../../../src/adapters/meta/index.ts'
import type { MentionedMessage } from '../../../src/application/ports/platform.ts'

// An unsend must reach every copy of a message, also one in a body that could not be read.

const ACCOUNT = '17841499000000001'
const OTHER = '17841499000000002'
const { messagesIn, without } = metaPlatform({ appSecrets: ['secret'], verifyToken: 'token' })
const entry = (members: object, id: unknown = ACCOUNT) => ({ id, time: 1, ...members })
const body = (...entries: readonly object[]) => ({ object: 'instagram', entry: entries })
const written = (mid: unknown, text = 'SECRET') => ({ message: { mid, text } })
const of = (accountId: string, ...mids: readonly string[]) => mids.map((mid) => ({ accountId, mid }))
const named = (raw: string): readonly MentionedMessage[] =>
  messagesIn(raw).toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))

/** Bodies and the messages that they name. */
const bodies: readonly (readonly [string, unknown, readonly MentionedMessage[]])[] = [
  ['a message', body(entry({ messaging: [written('m1')] })), of(ACCOUNT, 'm1')],
  [
    'events of every list of an entry',
    body(
      entry({
        messaging: [{ reaction: { mid: 'm1' } }, { message_edit: { mid: 'm2', text: 'SECRET' } }],
        standby: [written('m3')],
        changes: [{ field: 'messages', value: written('m4') }],
        hologram: { deep: [[written('m5')]] },
      }),
    ),
    of(ACCOUNT, 'm1', 'm2', 'm3', 'm4', 'm5'),
  ],
  [
    'several accounts',
    body(entry({ messaging: [written('m1')] }), entry({ messaging: [written('m2')] }, OTHER)),
    [...of(ACCOUNT, 'm1'), ...of(OTHER, 'm2')],
  ],
  ['several bodies', [7, null, body(entry({ messaging: [written('m1')] }))], of(ACCOUNT, 'm1')],
  ['an entry outside of a list', { object: 'instagram', entry: entry(written('m1')) }, of(ACCOUNT, 'm1')],
  ['numbers as ids', body(entry({ messaging: [written(5)] }, 7)), of('7', '5')],
  ['an entry within an event', body(entry({ messaging: [{ entry: [{ id: OTHER, mid: 'm1' }] }] })), of(ACCOUNT, 'm1')],
  [
    'an entry without an id: of every id near it',
    body(entry({ messaging: [{ sender: { id: '1' }, recipient: { id: 2 }, ...written('m1') }] }, '')),
    [...of('1', 'm1'), ...of('2', 'm1')],
  ],
  ['no entry: of every id near it', { recipient: { id: ACCOUNT }, ...written('m1') }, of(ACCOUNT, 'm1')],
  [
    'a quoted message, which is not repeated',
    body(entry({ messaging: [{ message: { mid: 'm1', reply_to: { mid: 'm2' } } }] })),
    of(ACCOUNT, 'm1'),
  ],
  ['no message id', body(entry({ messaging: [written(''), written(null), written({}), written(undefined)] })), []],
  ['no object', 7, []],
]

describe('The messages that a kept body names', () => {
  it.each(bodies)('are those of %s', (_, value, messages) => {
    expect(named(JSON.stringify(value))).toEqual(messages)
  })

  const below = (levels: number) =>
    JSON.stringify(body(entry({ messaging: [] }))).replace(
      '[]',
      `${'['.repeat(levels)}${JSON.stringify(written('m1'))}${']'.repeat(levels)}`,
    )

  it('are found however deep they are', () => {
    expect(named(below(100))).toEqual(of(ACCOUNT, 'm1'))
    expect(named(below(100_000))).toEqual(of(ACCOUNT, 'm1'))
  })

  it('lose what was written where they can be read, and with all of the body where they are too deep', () => {
    expect(without(below(100), () => true)).toBe(below(100).replace(',"text":"SECRET"', ''))
    expect(without(below(100_000), () => true)).toBeUndefined()
    expect(without(below(100_000), () => false)).toBe(below(100_000))
  })

  it.each([
    ['broke off', JSON.stringify(body(entry({ messaging: [written('m1'), written('m1'), written('m2')] })))],
    ['broke off, with spaces and numbers', `{"entry" : [{"id" :\n${ACCOUNT}, "mid" : "m1", x: {"mid"\t: "m2" }] `],
  ])('are those of every id near them in a body that %s', (_, text) => {
    expect(named(text.slice(0, -1))).toEqual(of(ACCOUNT, 'm1', 'm2'))
  })

  it('have their ids as JSON reads them, and as they are where JSON cannot', () => {
    const broken = (mid: string) => `{"id":"${ACCOUNT}","mid":"${mid}",`
    expect(named(broken(String.raw`m\/\u0031\"`))).toEqual(of(ACCOUNT, 'm/1"'))
    expect(named(broken(String.raw`m\x1`))).toEqual(of(ACCOUNT, String.raw`m\x1`))
    expect(named(broken('m'.repeat(512)))).toEqual(of(ACCOUNT, 'm'.repeat(512)))
    expect(named(broken('m'.repeat(513)))).toEqual([])
    expect(named(broken(''))).toEqual([])
  })

  it('of a body that broke off are of what stands near, and of the most frequent of all', () => {
    const ids = (some: readonly string[]) => some.map((id) => `{"id":"${id}"}`).join()
    const raw = `[${ids(['a', '1', '2', '3', 'a'])},{"mid":"m1"},${ids(['4', '5', '6', 'b', 'a'])}`
    expect(named(`${raw},{"mid":"m2"},{"id":"7"},{"id":"8"}`)).toEqual([
      ...of('3', 'm1'),
      ...of('4', 'm1'),
      ...of('5', 'm1'),
      ...of('7', 'm2'),
      ...of('8', 'm2'),
      ...of('a', 'm1', 'm2'),
      ...of('b', 'm2'),
    ])
  })

  it('of a body that broke off are looked for among its first 100,000 ids', () => {
    const raw = (ids: number) => `${`"id":"${ACCOUNT}",`.repeat(ids)}"mid":"m1"`
    expect(named(raw(99_999))).toEqual(of(ACCOUNT, 'm1'))
    expect(named(raw(100_000))).toEqual([])
  })
})

describe('A kept body without an unsent message', () => {
  const m1 = ({ accountId, mid }: MentionedMessage) => accountId === ACCOUNT && mid === 'm1'

  it('has nothing of it but what says nothing of its content', () => {
    const members = { mid: 'm1', is_echo: true, is_deleted: 'x', is_self: 1, is_unsupported: {}, action: 'react' }
    const content = { text: 'SECRET', attachments: [{ mid: 'm1' }], reaction: 'SECRET', emoji: 'SECRET', hologram: 1 }
    const raw = body(entry({ messaging: [{ timestamp: 1, message: { ...members, ...content } }, written('m2', 'x')] }))
    expect(JSON.parse(without(JSON.stringify(raw), m1) ?? '')).toEqual(
      body(entry({ messaging: [{ timestamp: 1, message: members }, written('m2', 'x')] })),
    )
  })

  it('has those of other accounts and of other ids', () => {
    const raw = JSON.stringify(
      body(entry({ messaging: [written('m2')] }), entry({ messaging: [written('m1')] }, OTHER)),
    )
    expect(without(raw, m1)).toBe(raw)
  })

  it.each(bodies)('has nothing of any where all are unsent: %s', (_, value) => {
    const all = named(JSON.stringify(value))
    const left = without(JSON.stringify(value), (message) => all.some(({ mid }) => mid === message.mid))
    expect((left ?? '').includes('SECRET')).toBe(JSON.stringify(value).includes('SECRET') && all.length === 0)
  })

  it('is not kept at all where it broke off and names the message', () => {
    const raw = `{"object":"instagram","entry":[{"id":"${ACCOUNT}","messaging":[${JSON.stringify(written('m1'))}`
    expect(without(raw, m1)).toBeUndefined()
    expect(without(raw, ({ mid }) => mid === 'm2')).toBe(raw)
  })
})
