import { describe, expect, it } from 'vitest'

import { metaPlatform } from '../../../src/adapters/meta/index.ts'
import { bytes } from './samples.ts'

// A body beyond the limits costs as much as a large one at most, and nothing of it is lost.

const ACCOUNT = '17841499000000001'
const OTHER = '17841499000000002'
const LIMIT = 2_000
const { parse } = metaPlatform({ appSecrets: ['secret'], verifyToken: 'token' })
const entry = (members: object, id: unknown = ACCOUNT) => ({ id, time: 1, ...members })
const body = (...entries: readonly unknown[]) => ({ object: 'instagram', entry: entries })
const one = entry({ messaging: [{ a: 1 }] })
const another = entry({ messaging: [{ b: 1 }, { c: 1 }] }, OTHER)
const nothing = Array<null>(LIMIT).fill(null)
const full = body(entry({ messaging: nothing }))

describe('The events of a body beyond the first 2,000', () => {
  it.each<[string, unknown, string, number, unknown]>([
    ['of one list', body(entry({ messaging: [...nothing, 7, 8] })), ACCOUNT, 2, [7, 8]],
    ['of two lists of an entry', body(entry({ messaging: [...nothing, 7], standby: [8] })), ACCOUNT, 2, 0],
    ['of another entry', body(...full.entry, one, one), ACCOUNT, 2, body(one, one)],
    ['of entries of several accounts', body(...full.entry, one, another), '', 3, body(one, another)],
    ['of an entry without an id', body(...full.entry, entry({ messaging: [7] }, null)), '', 1, 0],
    ['that are no entries', body(...full.entry, 7, null), '', 2, body(7, null)],
    [
      'in entries with nothing in them, or something else',
      body(...full.entry, entry({}), entry({ messaging: {}, standby: null }), { field: 'x', ...one }),
      ACCOUNT,
      4,
      0,
    ],
    ['of other bodies', [full, body(one), body(one)], '', 2, [body(one), body(one)]],
    ['of one other body', [full, body(one)], '', 1, body(one)],
    ['of bodies that hold none', [full, 7, { object: 5 }, body(), { object: 'page', entry: [1, 2] }], '', 5, 0],
    ['of entries and of other bodies', [body(...full.entry, one), body(another)], '', 3, [body(one), body(another)]],
    [
      'of entries of another object',
      { object: 'page', entry: [...nothing, one, another] },
      '',
      2,
      { object: 'page', entry: [one, another] },
    ],
  ])('%s wait as one', (_, value, accountId, count, kept) => {
    const events = parse(bytes(value))
    expect(events).toHaveLength(LIMIT + 1)
    const rest = events.at(-1)
    expect(rest).toMatchObject({
      outcome: 'quarantined',
      reason: 'over-limit',
      detail: `the events of the body: ${LIMIT + count}, at most ${LIMIT}`,
      accountId,
      rest: true,
    })
    const raw: unknown = rest?.outcome === 'quarantined' ? JSON.parse(rest.raw()) : undefined
    if (kept !== 0)
      expect(raw).toEqual(Array.isArray(kept) && typeof kept[0] === 'number' ? body(entry({ messaging: kept })) : kept)
    expect(parse(bytes(raw))).toHaveLength(count)
  })

  it('are as many as those of a body of exactly 2,000', () => {
    expect(parse(bytes(full))).toHaveLength(LIMIT)
    expect(parse(bytes(full)).at(-1)).not.toHaveProperty('rest')
  })
})

const nested = (levels: number, open: string, close: string) => `${open.repeat(levels)}1${close.repeat(levels)}`

describe('A body with more objects and lists than can be read', () => {
  const details = (text: string) =>
    parse(bytes(text)).map((event) => (event.outcome === 'quarantined' ? [event.reason, event.detail] : event.outcome))

  it('is kept unread for their number', () => {
    const text = `[${'[],{},'.repeat(750_000)}1]`
    expect(details(text)).toEqual([['over-limit', 'the body: 1500001 objects and lists, at most 1500000']])
  })

  it('is kept unread also where they are right below the levels that are read: each is set aside', () => {
    const below = (lists: number) => `${'['.repeat(128)}${'[],'.repeat(lists)}1${']'.repeat(128)}`
    expect(details(below(1_500_000 - 127))).toEqual([
      ['over-limit', 'the body: 1500001 objects and lists, at most 1500000'],
    ])
    expect(details(below(1_500_000 - 128))[0]).not.toContain('over-limit')
  })

  it.each([
    ['of 2,000,000 levels', nested(2_000_000, '[', ']')],
    ['of 2,000,000 levels of objects', nested(2_000_000, '{"a":', '}')],
    ['of lists beside each other', `[${'[],'.repeat(1_499_999)}1]`],
    ['of objects beside each other', `[${'{},'.repeat(1_499_999)}1]`],
    ['with brackets in its texts', JSON.stringify(['[{'.repeat(800_000)])],
    ['with brackets behind escaped quotes', JSON.stringify([String.raw`"\"[{`.repeat(800_000)])],
    ['with brackets behind escaped backslashes', `["\\\\",${nested(3, '[', ']')},"${'[{'.repeat(800_000)}"]`],
  ])('is no body %s', (_, text) => {
    expect(details(text)[0]).not.toContain('over-limit')
  })

  it.each(['[', '{"a":', '[{"a":'])('is no JSON where %s is never closed', (open) => {
    const text = open.repeat(150_000)
    expect(details(text)).toEqual([['not-json', `${text.length} bytes`]])
  })
})

describe('An event of very many levels', () => {
  const deep = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`
  const rawOf = (members: string, time: string) => {
    const [event] = parse(
      bytes(`{"object":"instagram","entry":[{"id":"${ACCOUNT}",${time}"messaging":[{${members}}]}]}`),
    )
    return event?.outcome === 'quarantined' ? [event.detail, event.raw()] : event?.outcome
  }

  it.each([2_000, 100_000])('is kept as it came: %d', (levels) => {
    for (const time of ['"time":1,', '']) {
      for (const members of [
        `"x":${deep(levels)}`,
        `"x":${deep(levels)},"y":[null,true,"\\n\\"","é",1.5,[],{},[[]]],"z":{"":{},"b\\n":null}`,
      ]) {
        expect(rawOf(members, time)).toEqual([
          'an event: nested more than 64 levels deep',
          `{"object":"instagram","entry":[{"id":"${ACCOUNT}",${time}"messaging":[{${members}}]}]}`,
        ])
      }
    }
  })

  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
    ['both', '[{"a":[{"a":', '}]}]'],
  ])('costs the others of its body nothing: %s', (_, open, close) => {
    const items = [`{"x":"a"}`, `{"x":${nested(100_000, open, close)}}`, `{"x":[[1]],"y":9007199254740993}`]
    const body = `{"object":"instagram","entry":[{"id":"${ACCOUNT}","messaging":[${items.join(',')}]}]}`
    const raws = parse(bytes(body)).map((event) => event.outcome === 'quarantined' && event.raw())
    const alone = items.map((item) => `{"object":"instagram","entry":[{"id":"${ACCOUNT}","messaging":[${item}]}]}`)
    expect(raws).toEqual([alone[0], alone[1], alone[2]?.replace('9007199254740993', '"9007199254740993"')])
  })

  it('is kept as it came wherever it stands: in a list of bodies, in the flat form, in another object', () => {
    const member = `"x":${nested(3_000, '[{"a":', '}]')}`
    for (const [before, after] of [
      ['[{"object":"instagram","entry":[{"id":"1","messaging":[{', '}]}]}]'],
      ['{"object":"instagram","entry":[{"id":"1","field":"comments","value":{', '}}]}'],
      ['{"object":"page","entry":[{"id":"1",', '}]}'],
      ['{', '}'],
    ])
      for (const event of parse(bytes(`${before}${member}${after}`)))
        if (event.outcome === 'quarantined') expect(event.raw()).toContain(member)
        else expect(event.outcome).toBe('ignored')
  })

  it('is read up to 64', () => {
    const event = (levels: number) => rawOf(`"x":${'['.repeat(levels)}${']'.repeat(levels)}`, '')?.[0]
    expect(event(63)).toBe('x')
    expect(event(64)).toBe('an event: nested more than 64 levels deep')
  })
})
