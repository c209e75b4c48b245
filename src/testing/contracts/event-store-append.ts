import type { Json, JsonObject } from '../../application/ports/json.ts'
import {
  type AppendResult,
  MAX_EVENT_BYTES,
  type NewEvent,
  type Premise,
  type StreamAppend,
} from '../../application/ports/event-store.ts'
import type {
  CorruptIdempotency,
  EventTooLarge,
  PremiseMoved,
  WrongExpectedRevision,
} from '../../application/ports/store-errors.ts'
import { idsOf, sampleEvent, sampleEvents, sampleId, wholeLog } from './sample-events.ts'
import { rejectionOf, type Suite } from './suite.ts'

const nested = (depth: number): Json => (depth === 0 ? 'bottom' : { inner: [nested(depth - 1)] })

const AWKWARD: JsonObject = {
  nul: 'a\u0000b',
  loneHigh: '\ud83d',
  loneLow: 'x\ude00y',
  emoji: '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}',
  rightToLeft: '\u0645\u0631\u062d\u0628\u0627',
  beyondDouble: '9007199254740993',
  double: 0.1,
  empty: {},
  none: null,
  list: [],
  ['__proto__x']: 'plain',
  'key \u0000 \ud800': true,
  deep: nested(200),
}

/** Cases 1 to 21: what an append promises. */
export const appendRules = ({ rule, notApplicable, expect, engine }: Suite): void => {
  rule('1', 'gives the first event of a stream revision 0', async ({ store: { events } }) => {
    const result = await events.append('s', 'none', [sampleEvent(1)])
    expect(result.revision).toBe(0)
    expect(result.replayed).toBe(false)
    expect(await events.head('s')).toStrictEqual({ revision: 0, position: result.position })
  })

  rule('2', 'appends several events together, without holes', async ({ store: { events } }) => {
    const result = await events.append('s', 'none', sampleEvents(1, 5))
    expect(result.revision).toBe(4)
    const read = await events.read('s')
    expect(read.map(({ revision }) => revision)).toStrictEqual([0, 1, 2, 3, 4])
    expect(read.at(-1)?.position).toBe(result.position)
  })

  rule('3', 'appends where the stream stands at the expected revision', async ({ store: { events } }) => {
    await events.append('s', 'none', sampleEvents(1, 2))
    expect((await events.append('s', 1, [sampleEvent(3)])).revision).toBe(2)
  })

  rule('4', 'refuses a revision that is past, and tells the actual one', async ({ store: { events } }) => {
    await events.append('s', 'none', sampleEvents(1, 3))
    const error = (await rejectionOf(events.append('s', 0, [sampleEvent(9)]))) as WrongExpectedRevision
    expect(error.name).toBe('WrongExpectedRevision')
    expect([error.stream, error.expected, error.actual]).toStrictEqual(['s', 0, 2])
  })

  rule('5', 'refuses a revision that is not reached yet', async ({ store: { events } }) => {
    await events.append('s', 'none', [sampleEvent(1)])
    const ahead = (await rejectionOf(events.append('s', 4, [sampleEvent(9)]))) as WrongExpectedRevision
    expect([ahead.name, ahead.actual]).toStrictEqual(['WrongExpectedRevision', 0])
    const missing = (await rejectionOf(events.append('other', 0, [sampleEvent(9)]))) as WrongExpectedRevision
    expect([missing.name, missing.actual]).toStrictEqual(['WrongExpectedRevision', null])
  })

  rule('6', "refuses 'none' where the stream exists", async ({ store: { events } }) => {
    await events.append('s', 'none', [sampleEvent(1)])
    const error = (await rejectionOf(events.append('s', 'none', [sampleEvent(2)]))) as WrongExpectedRevision
    expect([error.name, error.expected, error.actual]).toStrictEqual(['WrongExpectedRevision', 'none', 0])
  })

  rule('7', "takes 'none' where the stream is missing, whatever else there is", async ({ store: { events } }) => {
    await events.append('s', 'none', [sampleEvent(1)])
    expect((await events.append('t', 'none', [sampleEvent(2)])).revision).toBe(0)
  })

  rule('8', "refuses 'exists' where the stream is missing", async ({ store: { events } }) => {
    const error = (await rejectionOf(events.append('s', 'exists', [sampleEvent(1)]))) as WrongExpectedRevision
    expect([error.name, error.expected, error.actual]).toStrictEqual(['WrongExpectedRevision', 'exists', null])
    await events.append('s', 'none', [sampleEvent(1)])
    expect((await events.append('s', 'exists', [sampleEvent(2)])).revision).toBe(1)
  })

  rule('9', "takes 'any' on a missing and on an existing stream", async ({ store: { events } }) => {
    expect((await events.append('s', 'any', [sampleEvent(1)])).revision).toBe(0)
    expect((await events.append('s', 'any', sampleEvents(2, 3))).revision).toBe(2)
  })

  rule('10', 'answers a repeated append with the original result', async ({ store: { events } }) => {
    const first = await events.append('s', 'none', sampleEvents(1, 2))
    const second = await events.append('s', 1, sampleEvents(3, 4))
    expect(await events.append('s', 'none', sampleEvents(1, 2))).toStrictEqual({ ...first, replayed: true })
    expect(await events.append('s', 1, sampleEvents(3, 4))).toStrictEqual({ ...second, replayed: true })
    expect(idsOf(await events.read('s'))).toStrictEqual(idsOf(sampleEvents(1, 4)))
  })

  if (engine.persistent)
    rule('10b', 'answers a repeated append also after the store was reopened', async ({ store, reopen }) => {
      const first = await store.events.append('s', 'none', sampleEvents(1, 2))
      const { events } = await reopen()
      expect(await events.append('s', 'none', sampleEvents(1, 2))).toStrictEqual({ ...first, replayed: true })
    })
  else notApplicable('10b', 'answers a repeated append also after the store was reopened', 'nothing outlives the store')

  rule('11', 'answers a repeated append also when others have appended since', async ({ store: { events } }) => {
    const first = await events.append('s', 'none', sampleEvents(1, 2))
    await events.append('s', 1, sampleEvents(5, 9))
    expect(await events.append('s', 'none', sampleEvents(1, 2))).toStrictEqual({ ...first, replayed: true })
    expect((await events.head('s'))?.revision).toBe(6)
  })

  rule('12', 'refuses events of which only the first ones stand there', async ({ store: { events } }) => {
    await events.append('s', 'none', sampleEvents(1, 2))
    const shorter = (await rejectionOf(events.append('s', 'none', sampleEvents(1, 3)))) as CorruptIdempotency
    expect([shorter.name, shorter.stream]).toStrictEqual(['CorruptIdempotency', 's'])
    const differing = await rejectionOf(events.append('s', 'none', [sampleEvent(1), sampleEvent(9)]))
    expect(differing.name).toBe('CorruptIdempotency')
    const fromTheSecond = await rejectionOf(events.append('s', 'none', [sampleEvent(9), sampleEvent(2)]))
    expect(fromTheSecond.name).toBe('WrongExpectedRevision')
    expect((await events.head('s'))?.revision).toBe(1)
  })

  rule('13', 'takes the same event id in another stream', async ({ store: { events } }) => {
    await events.append('s', 'none', [sampleEvent(1)])
    expect((await events.append('t', 'none', [sampleEvent(1)])).replayed).toBe(false)
    expect(idsOf(await events.read('t'))).toStrictEqual([sampleId(1)])
    await events.append('u', 'none', [sampleEvent(2)])
    expect((await events.append('u', 'any', [sampleEvent(1), sampleEvent(3)])).replayed).toBe(false)
    expect(idsOf(await events.read('u'))).toStrictEqual([2, 1, 3].map((n) => sampleId(n)))
  })

  rule('14', 'leaves nothing of an append that failed', async ({ store: { events } }) => {
    await events.append('s', 'none', sampleEvents(1, 2))
    await rejectionOf(events.append('s', 0, sampleEvents(5, 7)))
    await rejectionOf(events.append('new', 3, sampleEvents(5, 7)))
    await rejectionOf(events.append('new', 'none', [sampleEvent(5), { ...sampleEvent(6), data: { n: 1n } as never }]))
    await rejectionOf(events.append('new', 'none', []))
    expect(idsOf(await wholeLog(events))).toStrictEqual(idsOf(sampleEvents(1, 2)))
    expect(await events.head('new')).toBe(undefined)
  })

  rule('15', 'lets exactly one of 50 racers win', async ({ store: { events } }) => {
    await events.append('s', 'none', [sampleEvent(0)])
    const racers = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) => events.append('s', 0, [sampleEvent(n + 1), sampleEvent(n + 100)])),
    )
    const lost = racers.flatMap((racer) => (racer.status === 'rejected' ? [racer.reason as WrongExpectedRevision] : []))
    expect(lost.length).toBe(49)
    expect(new Set(lost.map(({ name, actual }) => `${name} ${actual}`))).toStrictEqual(
      new Set(['WrongExpectedRevision 2']),
    )
    expect((await events.head('s'))?.revision).toBe(2)
  })

  rule('16', 'appends to 100 streams at once', async ({ store: { events } }) => {
    const streams = Array.from({ length: 100 }, (_, n) => `s-${n}`)
    const results = await Promise.all(streams.map((stream, n) => events.append(stream, 'none', [sampleEvent(n)])))
    expect(new Set(results.map(({ position }) => position)).size).toBe(100)
    for (const [n, stream] of streams.entries()) expect((await events.read(stream))[0]?.id).toBe(sampleId(n))
  })

  rule('16b', 'lets appends that follow each other in one stream share a moment', async ({ store: { events } }) => {
    const results = await Promise.all([
      events.append('s', 'none', [sampleEvent(1)]),
      events.append('s', 0, [sampleEvent(2)]),
      events.append('s', 0, [sampleEvent(2)]),
      events.append('s', 1, [sampleEvent(3)]),
    ])
    expect(results.map(({ revision }) => revision)).toStrictEqual([0, 1, 1, 2])
    expect(results.map(({ replayed }) => replayed)).toStrictEqual([false, false, true, false])
  })

  rule('17', 'lets one bad append among good ones fail alone', async ({ store: { events } }) => {
    await events.append('s', 'none', [sampleEvent(1)])
    const good = Array.from({ length: 40 }, (_, n) => events.append(`good-${n}`, 'none', [sampleEvent(n)]))
    const bad = [
      events.append('s', 'none', [sampleEvent(2)]),
      events.append('s', 'none', sampleEvents(1, 2)),
      events.append('t', 7, [sampleEvent(3)]),
      events.append('t', 'none', [{ ...sampleEvent(4), meta: { n: 1n } as never }]),
    ].map(rejectionOf)
    const more = Array.from({ length: 40 }, (_, n) => events.append(`more-${n}`, 'none', [sampleEvent(n)]))
    const outcomes = await Promise.allSettled([...good, ...more])
    expect(outcomes.filter(({ status }) => status === 'rejected')).toStrictEqual([])
    const refused = await Promise.all(bad)
    expect(refused.map(({ name }) => name)).toStrictEqual([
      'WrongExpectedRevision',
      'CorruptIdempotency',
      'WrongExpectedRevision',
      'TypeError',
    ])
    expect((await wholeLog(events)).length).toBe(81)
  })

  if (engine.appendsAll) {
    rule('17b', 'appends to many streams in the order of the call', async ({ store: { events } }) => {
      await events.append('a', 'none', [sampleEvent(1)])
      const appends: readonly StreamAppend[] = [
        { stream: 'b', expected: 'none', events: sampleEvents(2, 3) },
        { stream: 'a', expected: 0, events: [sampleEvent(4)] },
        { stream: 'b', expected: 1, events: [sampleEvent(5)] },
        ...Array.from({ length: 200 }, (_, n): StreamAppend => {
          return { stream: `many-${199 - n}`, expected: 'none', events: [sampleEvent(6 + n)] }
        }),
      ]
      await events.appendAll?.(appends)
      const log = await wholeLog(events)
      expect(idsOf(log)).toStrictEqual(idsOf(sampleEvents(1, 205)))
      expect(log.slice(0, 5).map(({ stream, revision }) => `${stream} ${revision}`)).toStrictEqual([
        'a 0',
        'b 0',
        'b 1',
        'a 1',
        'b 2',
      ])
      await events.appendAll?.(appends)
      await events.appendAll?.([])
      expect((await wholeLog(events)).length).toBe(205)
      expect((await events.append('b', 2, [sampleEvent(300)])).revision).toBe(3)
    })

    rule('17c', 'appends to none of many streams where one refuses', async ({ store: { events } }) => {
      await events.append('a', 'none', sampleEvents(1, 2))
      const refused = (appends: readonly StreamAppend[]): Promise<Error> =>
        rejectionOf(events.appendAll?.(appends) ?? Promise.resolve())
      const first: StreamAppend = { stream: 'b', expected: 'none', events: [sampleEvent(3)] }
      const last: StreamAppend = { stream: 'c', expected: 'none', events: [sampleEvent(4)] }
      const late: StreamAppend = { stream: 'a', expected: 0, events: [sampleEvent(5)] }
      const wrong = (await refused([first, late, last])) as WrongExpectedRevision
      expect([wrong.name, wrong.stream, wrong.actual]).toStrictEqual(['WrongExpectedRevision', 'a', 1])
      const half: StreamAppend = { stream: 'a', expected: 0, events: [sampleEvent(2), sampleEvent(5)] }
      const [corrupt, other] = await Promise.all([
        refused([first, half, last]),
        events.append('d', 'none', [sampleEvent(6)]),
      ])
      expect([corrupt.name, other.revision]).toStrictEqual(['CorruptIdempotency', 0])
      const nothing = { ...last, events: [sampleEvent(7, { data: { n: 1n } as never })] }
      expect((await refused([first, nothing])).name).toBe('TypeError')
      expect(idsOf(await wholeLog(events))).toStrictEqual(idsOf([...sampleEvents(1, 2), sampleEvent(6)]))
      expect(await events.head('b')).toBe(undefined)
      await events.appendAll?.([first, last])
      expect((await events.append('b', 0, [sampleEvent(8)])).revision).toBe(1)
    })
  } else
    for (const [number, name] of [
      ['17b', 'appends to many streams in the order of the call'],
      ['17c', 'appends to none of many streams where one refuses'],
    ] as const)
      notApplicable(number, name, 'the engine has no such commit')

  if (engine.checksPremises) {
    rule('17d', 'appends nothing that rests on what others have left behind', async ({ store: { events } }) => {
      await events.append('a', 'none', sampleEvents(1, 2))
      const rests = (stream: string, ...premises: readonly Premise[]): Promise<AppendResult> =>
        events.append(stream, 'none', [sampleEvent(3)], { premises })
      expect((await rests('b', { stream: 'a', revision: 1 }, { stream: 'none', revision: -1 })).revision).toBe(0)
      for (const premise of [
        { stream: 'a', revision: 0 },
        { stream: 'a', revision: 2 },
        { stream: 'a', revision: -1 },
        { stream: 'none', revision: 0 },
      ]) {
        const error = (await rejectionOf(rests('c', { stream: 'a', revision: 1 }, premise))) as PremiseMoved
        expect([error.name, error.stream]).toStrictEqual(['PremiseMoved', premise.stream])
      }
      expect(await events.head('c')).toBe(undefined)
      expect((await rests('c')).revision).toBe(0)
      expect((await rejectionOf(events.append('c', 5, [sampleEvent(9)], { premises: [] }))).name).toBe(
        'WrongExpectedRevision',
      )
    })

    rule('17e', 'lets those whose premises hold go on beside those whose do not', async ({ store: { events } }) => {
      await events.append('a', 'none', sampleEvents(1, 2))
      const outcomes = await Promise.allSettled(
        Array.from({ length: 60 }, (_, n) => {
          const premises = n % 3 === 2 ? [] : [{ stream: n % 2 === 0 ? 'a' : 'other', revision: n % 3 === 0 ? 1 : -1 }]
          return events.append(`s-${n}`, 'none', [sampleEvent(n)], { premises })
        }),
      )
      const appended = outcomes.map(({ status }) => status === 'fulfilled')
      expect(appended).toStrictEqual(
        Array.from({ length: 60 }, (_, n) => n % 3 === 2 || (n % 2 === 0) === (n % 3 === 0)),
      )
      const found = await Promise.all(Array.from({ length: 60 }, (_, n) => events.head(`s-${n}`)))
      expect(found.map((head) => head !== undefined)).toStrictEqual(appended)
    })

    rule('17f', 'lets nothing rest on what is moved in the same moment', async ({ store: { events } }) => {
      await events.append('a', 'none', sampleEvents(1, 2))
      const premises = [{ stream: 'a', revision: 1 }]
      const [moves, rests, late] = await Promise.allSettled([
        events.append('a', 1, [sampleEvent(3)]),
        events.append('b', 'none', [sampleEvent(4)], { premises }),
        events.append('c', 'none', [sampleEvent(5)], { premises: [{ stream: 'a', revision: 2 }] }),
      ])
      expect([moves.status, rests.status, late.status]).toStrictEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(await events.head('b')).toBe(undefined)
    })
  } else
    for (const [number, name] of [
      ['17d', 'appends nothing that rests on what others have left behind'],
      ['17e', 'lets those whose premises hold go on beside those whose do not'],
      ['17f', 'lets nothing rest on what is moved in the same moment'],
    ] as const)
      notApplicable(number, name, 'the engine does not check premises')

  rule('18', 'gives back exactly what it was given', async ({ store: { events } }) => {
    const event = sampleEvent(1, { data: AWKWARD, personal: { text: AWKWARD['nul'], more: AWKWARD }, meta: AWKWARD })
    const strange = 'stream \u0000 \ud800 \uffff \u{1f469}'
    await events.append(strange, 'none', [event])
    const [read] = await events.read(strange)
    expect(JSON.stringify(read?.data)).toBe(JSON.stringify(AWKWARD))
    expect(JSON.stringify(read?.personal)).toBe(JSON.stringify(event.personal))
    expect(JSON.stringify(read?.meta)).toBe(JSON.stringify(AWKWARD))
    expect(read?.stream).toBe(strange)
    const [logged] = (await events.readAll({ streamPrefixes: ['stream \u0000 \ud800'] })).events
    expect(logged).toStrictEqual(read)
  })

  rule('18b', 'shares no object with those who wrote or read', async ({ store: { events } }) => {
    const data = { list: [1], gone: undefined }
    await events.append('s', 'none', [sampleEvent(1, { data })])
    data.list.push(2)
    const read = (await events.read('s')).map((event) => event.data as { list: number[] })
    expect(read).toStrictEqual([{ list: [1] }])
    for (const { list } of read) list.push(3)
    expect((await events.read('s'))[0]?.data).toStrictEqual({ list: [1] })
  })

  rule('19', 'takes the largest event and refuses one byte more', async ({ store: { events } }) => {
    const sized = (bytes: number): NewEvent =>
      sampleEvent(1, { data: { t: 'a'.repeat(bytes - '{"t":""}'.length - '{}'.length) }, meta: {} })
    const error = (await rejectionOf(events.append('s', 'none', [sized(MAX_EVENT_BYTES + 1)]))) as EventTooLarge
    expect([error.name, error.limit, error.actual]).toStrictEqual([
      'EventTooLarge',
      MAX_EVENT_BYTES,
      MAX_EVENT_BYTES + 1,
    ])
    const wide = sampleEvent(1, { data: { t: '\u7a93'.repeat(MAX_EVENT_BYTES / 3) } })
    expect((await rejectionOf(events.append('s', 'none', [wide]))).name).toBe('EventTooLarge')
    expect(await events.head('s')).toBe(undefined)
    await events.append('s', 'none', [sized(MAX_EVENT_BYTES)])
    expect((await events.read('s'))[0]?.data).toStrictEqual(sized(MAX_EVENT_BYTES).data)
  })

  rule('20', 'keeps meta, version, time and the absence of personal content', async ({ store: { events } }) => {
    const event = sampleEvent(1, {
      version: 7,
      type: 'TicketOpened',
      recordedAt: 0,
      meta: { actor: 'agent', by: 'a1' },
    })
    const { position } = await events.append('s', 'none', [event])
    expect(await events.read('s')).toStrictEqual([{ ...event, stream: 's', revision: 0, position }])
    const personal = sampleEvent(2, { personal: {} })
    await events.append('s', 0, [personal])
    expect((await events.read('s'))[1]?.personal).toStrictEqual({})
  })

  rule('21', 'refuses at once what cannot be written as JSON', async ({ store: { events } }) => {
    const circle: Record<string, unknown> = {}
    circle['circle'] = circle
    const bad: readonly unknown[] = [{ n: 1n }, circle, undefined, 'text', [1], null]
    for (const data of bad) {
      const error = await rejectionOf(events.append('s', 'none', [{ ...sampleEvent(1), data: data as JsonObject }]))
      expect(error.name).toBe('TypeError')
    }
    const halfway = { ...sampleEvent(1), version: 1.5 }
    expect((await rejectionOf(events.append('s', 'none', [halfway]))).name).toBe('TypeError')
    expect((await rejectionOf(events.append('s', 'none', []))).name).toBe('TypeError')
    expect((await rejectionOf(events.append('s', -1, [sampleEvent(1)]))).name).toBe('TypeError')
    expect(await events.head('s')).toBe(undefined)
  })
}
