import type { Json } from '../../application/ports/json.ts'
import type {
  Checkpoint,
  DocumentPut,
  IndexHit,
  IndexPart,
  IndexQuery,
  ViewChanges,
  ViewId,
  Views,
} from '../../application/ports/views.ts'
import { type CheckpointMoved, refusedIn } from '../../application/ports/store-errors.ts'
import { sampleId } from './sample-events.ts'
import { declareSuite, type Engine, rejectionOf, type Suite, type TestRunner } from './suite.ts'

const INBOX: ViewId = { name: 'inbox', version: 1 }
const TICKETS: ViewId = { name: 'tickets', version: 1 }

const at = (n: number): Checkpoint => ({ position: String(n).padStart(16, '0'), eventId: sampleId(n) })

const put = (key: string, document: Json, entries: DocumentPut['entries'] = {}): DocumentPut => ({
  key,
  document,
  entries,
})

const change = (from: number | undefined, to: number, changes: Partial<ViewChanges> = {}): ViewChanges => ({
  view: INBOX,
  from: from === undefined ? undefined : at(from),
  to: at(to),
  puts: [],
  deletes: [],
  ...changes,
})

const keysOf = (hits: readonly IndexHit[]): readonly string[] => hits.map(({ key }) => key)

const query = (views: Views, changes: Partial<IndexQuery>): Promise<readonly IndexHit[]> =>
  views.query(INBOX, { index: 'by', prefix: [], limit: 1_000, ...changes })

/** One document per tuple in index `by`; the key is its number. */
const fill = (views: Views, tuples: readonly (readonly IndexPart[])[]): Promise<void> =>
  views.commit([change(undefined, 1, { puts: tuples.map((tuple, n) => put(String(n), { n }, { by: [tuple] })) })])

const documentRules = ({ rule, notApplicable, expect, engine }: Suite): void => {
  rule('V1', 'knows nothing of a view that was never committed', async ({ store: { views } }) => {
    expect(await views.checkpoint(INBOX)).toBe(undefined)
    expect(await views.get(INBOX, ['a', 'b'])).toStrictEqual([undefined, undefined])
    expect(await query(views, {})).toStrictEqual([])
    expect(await views.builds()).toStrictEqual([])
    await views.drop(INBOX)
  })

  rule(
    'V2',
    'keeps documents and checkpoint, and gives documents in the order asked for',
    async ({ store: { views } }) => {
      await views.commit([
        change(undefined, 3, { puts: [put('a', { n: 1 }), put('b', [null, 'x']), put('c', 'text')] }),
      ])
      expect(await views.get(INBOX, ['c', 'nothing', 'a', 'b', 'a'])).toStrictEqual([
        'text',
        undefined,
        { n: 1 },
        [null, 'x'],
        { n: 1 },
      ])
      expect(await views.checkpoint(INBOX)).toStrictEqual(at(3))
      expect(await views.builds()).toStrictEqual([{ view: INBOX, checkpoint: at(3) }])
    },
  )

  rule('V3', 'replaces and deletes documents together with their entries', async ({ store: { views } }) => {
    const puts = [put('a', 1, { by: [['x'], ['y']], other: [[1]] }), put('b', 2, { by: [['x']] })]
    await views.commit([change(undefined, 1, { puts })])
    await views.commit([change(1, 2, { puts: [put('a', 3, { by: [['y'], ['z']] })] })])
    expect((await query(views, {})).map(({ key, document, entry }) => [key, document, ...entry])).toStrictEqual([
      ['b', 2, 'x'],
      ['a', 3, 'y'],
      ['a', 3, 'z'],
    ])
    expect(await query(views, { index: 'other' })).toStrictEqual([])
    await views.commit([change(2, 3, { puts: [put('b', 4, { by: [['x']] })], deletes: ['a', 'nothing'] })])
    expect((await query(views, {})).map(({ key, document }) => [key, document])).toStrictEqual([['b', 4]])
    expect(await views.get(INBOX, ['a'])).toStrictEqual([undefined])
    await views.commit([change(3, 4, { puts: [put('a', 5, { by: [['w']] })] })])
    expect((await query(views, {})).map(({ key, entry }) => [key, ...entry])).toStrictEqual([
      ['a', 'w'],
      ['b', 'x'],
    ])
  })

  rule('V4', 'lets the last of several puts of one document count', async ({ store: { views } }) => {
    const puts = [put('a', 1, { by: [['x']] }), put('a', 2, { by: [['y'], ['y']] })]
    await views.commit([change(undefined, 1, { puts })])
    expect((await query(views, {})).map(({ document, entry }) => [document, ...entry])).toStrictEqual([[2, 'y']])
  })

  rule(
    'V5',
    'keeps any text in documents, keys and checkpoints, and shares no object',
    async ({ store: { views } }) => {
      const strange = 'nul \u0000 one \u0001 two \u0002 lone \ud800 last \uffff woman \u{1f469}'
      const document = { [strange]: strange, gone: undefined, list: [1] }
      const to = { ...at(1), eventId: strange }
      await views.commit([change(undefined, 1, { to, puts: [put(strange, document, { by: [[strange]] })] })])
      document.list.push(2)
      const [read] = await views.get(INBOX, [strange])
      expect(read).toStrictEqual({ [strange]: strange, list: [1] })
      const [hit] = await query(views, { prefix: [strange] })
      expect([hit?.key, hit?.document, hit?.entry]).toStrictEqual([strange, read, [strange]])
      expect(await query(views, { after: hit?.cursor ?? '' })).toStrictEqual([])
      expect([await views.checkpoint(INBOX), await views.builds()]).toStrictEqual([
        to,
        [{ view: INBOX, checkpoint: to }],
      ])
      const next = { ...at(2), eventId: `next ${strange}` }
      await views.commit([change(undefined, 2, { from: to, to: next })])
      expect(await views.checkpoint(INBOX)).toStrictEqual(next)
    },
  )

  rule('V6', 'keeps the versions of a view apart', async ({ store: { views } }) => {
    const next: ViewId = { name: 'inbox', version: 2 }
    await views.commit([change(undefined, 1, { puts: [put('a', 'old', { by: [['x']] })] })])
    await views.commit([change(undefined, 2, { view: next, puts: [put('a', 'new', { by: [['x']] })] })])
    expect([await views.get(INBOX, ['a']), await views.get(next, ['a'])]).toStrictEqual([['old'], ['new']])
    expect(keysOf(await query(views, {}))).toStrictEqual(['a'])
    await views.drop(INBOX)
    expect(await views.builds()).toStrictEqual([{ view: next, checkpoint: at(2) }])
    expect([await views.get(INBOX, ['a']), await views.get(next, ['a'])]).toStrictEqual([[undefined], ['new']])
    await views.commit([change(undefined, 1, { puts: [put('b', 'again', { by: [['y']] })] })])
    expect((await query(views, {})).map(({ key, document }) => [key, document])).toStrictEqual([['b', 'again']])
  })

  rule('V7', 'forgets a large build without a long transaction', async ({ store: { views } }) => {
    const puts = Array.from({ length: 1_300 }, (_, n) => put(String(n), n, { by: [[n], [-n]] }))
    await views.commit([change(undefined, 1, { puts })])
    await views.drop(INBOX)
    expect(await views.checkpoint(INBOX)).toBe(undefined)
    await views.commit([change(undefined, 1)])
    expect(await query(views, {})).toStrictEqual([])
    expect(await views.get(INBOX, ['1', '1299'])).toStrictEqual([undefined, undefined])
  })

  if (engine.persistent)
    rule(
      'V8',
      'is the same after reopening, and to another store on the same place',
      async ({ store, another, reopen }) => {
        await store.views.commit([change(undefined, 1, { puts: [put('a', 1, { by: [['x']] })] })])
        const other = await another()
        expect(await other.views.get(INBOX, ['a'])).toStrictEqual([1])
        await other.views.commit([change(1, 2, { puts: [put('a', 2, { by: [['y']] })] })])
        expect((await query(store.views, {})).map(({ entry }) => entry)).toStrictEqual([['y']])
        const { views } = await reopen()
        expect((await query(views, {})).map(({ document }) => document)).toStrictEqual([2])
        expect(await views.checkpoint(INBOX)).toStrictEqual(at(2))
      },
    )
  else
    notApplicable(
      'V8',
      'is the same after reopening, and to another store on the same place',
      'nothing outlives the store',
    )
}

const checkpointRules = ({ rule, notApplicable, expect, engine }: Suite): void => {
  rule('V9', 'refuses a commit whose checkpoint has moved, and changes nothing', async ({ store: { views } }) => {
    await views.commit([change(undefined, 2, { puts: [put('a', 1)] })])
    const stale = [undefined, at(1), at(3), { ...at(2), eventId: sampleId(9) }]
    for (const from of stale) {
      const error = (await rejectionOf(
        views.commit([
          { ...change(undefined, 5, { view: TICKETS, puts: [put('t', 1)] }) },
          { ...change(1, 5, { puts: [put('a', 2), put('b', 2)], deletes: ['a'] }), from },
        ]),
      )) as CheckpointMoved
      expect([error.name, error.view]).toStrictEqual(['CheckpointMoved', 'inbox'])
    }
    expect(await views.get(INBOX, ['a', 'b'])).toStrictEqual([1, undefined])
    expect(await views.builds()).toStrictEqual([{ view: INBOX, checkpoint: at(2) }])
    const missing = await rejectionOf(views.commit([change(1, 2, { view: TICKETS })]))
    expect(missing.name).toBe('CheckpointMoved')
  })

  rule('V10', 'commits several views as one', async ({ store: { views } }) => {
    await views.commit([
      change(undefined, 1, { puts: [put('a', 1)] }),
      change(undefined, 2, { view: TICKETS, puts: [put('a', 2)] }),
    ])
    expect([await views.get(INBOX, ['a']), await views.get(TICKETS, ['a'])]).toStrictEqual([[1], [2]])
    expect([await views.checkpoint(INBOX), await views.checkpoint(TICKETS)]).toStrictEqual([at(1), at(2)])
  })

  rule('V11', 'lets one of several commits from the same checkpoint win', async ({ store: { views } }) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => views.commit([change(undefined, n + 1, { puts: [put('winner', n)] })])),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1)
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
    expect(await views.get(INBOX, ['winner'])).toStrictEqual([winner])
    expect(await views.checkpoint(INBOX)).toStrictEqual(at(winner + 1))
  })

  if (engine.persistent)
    rule('V11b', 'lets one of two stores win', async ({ store, another }) => {
      const other = await another()
      for (let n = 0; n < 20; n += 1) {
        const from = (await store.views.checkpoint(INBOX)) ?? undefined
        const outcomes = await Promise.allSettled(
          [store, other].map(({ views }, who) =>
            views.commit([{ ...change(undefined, n, { puts: [put(String(n), who, { by: [[n]] })] }), from }]),
          ),
        )
        expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1)
      }
      expect((await query(store.views, {})).length).toBe(20)
    })
  else notApplicable('V11b', 'lets one of two stores win', 'nothing outlives the store')

  rule('V12', 'refuses what cannot be kept, and changes nothing', async ({ store: { views } }) => {
    const bad: readonly DocumentPut[] = [
      put('b', 1, { by: [[Number.NaN]] }),
      put('b', 1, { by: [[Number.POSITIVE_INFINITY]] }),
      put('b', 1, { by: [[true as unknown as string]] }),
      put('b', 1n as unknown as Json),
      put('b', undefined as unknown as Json),
    ]
    for (const one of bad) {
      const error = await rejectionOf(views.commit([change(undefined, 1, { puts: [put('a', 1), one] })]))
      expect(error.name).toBe('TypeError')
    }
    expect(await views.builds()).toStrictEqual([])
    expect(await views.get(INBOX, ['a'])).toStrictEqual([undefined])
  })

  rule('V12b', 'names what it refuses, so that the rest can be committed', async ({ store: { views } }) => {
    const good = put('a', 1, { by: [['x']] })
    const unindexed = put('b', 2, { by: [[Number.NaN]], other: [['y']] })
    const unwritable = put('c', 3n as unknown as Json)
    await views.commit([change(undefined, 1), change(undefined, 1, { view: TICKETS })])
    const error = await rejectionOf(
      views.commit([
        change(1, 2, { puts: [good, unindexed, unwritable] }),
        change(1, 2, { view: TICKETS, puts: [unwritable] }),
      ]),
    )
    expect(refusedIn(error)).toStrictEqual([
      { view: INBOX, key: 'b', index: 'by' },
      { view: INBOX, key: 'c' },
      { view: TICKETS, key: 'c' },
    ])
    expect(await views.checkpoint(INBOX)).toStrictEqual(at(1))
    await views.commit([
      change(1, 2, { puts: [good, { ...unindexed, entries: { other: [['y']] } }] }),
      change(1, 2, { view: TICKETS }),
    ])
    expect(await views.get(INBOX, ['a', 'b', 'c'])).toStrictEqual([1, 2, undefined])
    expect(keysOf(await query(views, { index: 'other' }))).toStrictEqual(['b'])
  })

  const { refuse } = engine
  const name = 'names documents and entries that the database itself refuses, and keeps nothing of that commit'
  if (refuse === undefined) notApplicable('V12c', name, 'there is nothing that could refuse them')
  else
    rule('V12c', name, async ({ place, store: { views } }) => {
      await views.commit([change(undefined, 1, { puts: [put('document 7', 'before', { by: [['x']] })] })])
      const allow = await refuse(place, { key: 'document 7', entry: 'refused' })
      const puts = Array.from({ length: 100 }, (_, n) =>
        put(`document ${n}`, n, { by: [[n === 50 || n === 51 ? 'refused' : 'x']], other: [[n]] }),
      )
      const error = await rejectionOf(views.commit([change(1, 2, { puts })]))
      expect(error.name).toBe('TypeError')
      const refused = refusedIn(error).map(({ key, index }) => [key, index])
      expect(refused).toStrictEqual([
        ['document 7', undefined],
        ['document 50', 'by'],
        ['document 51', 'by'],
      ])
      expect(await views.get(INBOX, ['document 7', 'document 8'])).toStrictEqual(['before', undefined])
      expect(await views.checkpoint(INBOX)).toStrictEqual(at(1))
      const left = puts.flatMap((one) => {
        const index = refused.find(([key]) => key === one.key)
        return index === undefined
          ? [one]
          : index[1] === undefined
            ? []
            : [{ ...one, entries: { other: one.entries['other'] ?? [] } }]
      })
      await views.commit([change(1, 2, { puts: left })])
      expect((await query(views, {})).length).toBe(98)
      expect((await query(views, { index: 'other' })).length).toBe(99)
      await allow()
      await views.commit([change(2, 3, { puts })])
      expect((await query(views, {})).length).toBe(100)
    })
}

/** That a build is known to be unfinished, what it may keep back meanwhile, and that nothing of it gets lost. */
const unfinishedRules = ({ rule, notApplicable, expect, engine }: Suite): void => {
  const finished = (views: Views): Promise<void> => views.finish([INBOX])
  const documents = (from: number, to: number, word: string): readonly DocumentPut[] =>
    Array.from({ length: to - from }, (_, n) => put(`k${from + n}`, word, { by: [[word], [from + n]] }))
  const found = async (views: Views): Promise<readonly unknown[]> =>
    (await query(views, { limit: 1_000 })).map(({ key, document, entry }) => [key, document, ...entry])

  rule(
    'V20',
    'finds everything in a build whose entries were kept back, once they are in place',
    async ({ store: { views } }) => {
      await views.commit([{ ...change(undefined, 1, { puts: documents(0, 300, 'old') }), unfinished: true }])
      await views.commit([change(1, 2, { puts: documents(250, 400, 'new'), deletes: ['k0', 'k1', 'nothing'] })])
      expect(await views.get(INBOX, ['k0', 'k2', 'k300'])).toStrictEqual([undefined, 'old', 'new'])
      await finished(views)
      expect(await views.builds()).toStrictEqual([{ view: INBOX, checkpoint: at(2) }])
      await views.commit([change(2, 3, { puts: documents(2, 4, 'newest'), deletes: ['k399'] })])
      await finished(views)
      const expected = Array.from({ length: 397 }, (_, n) => n + 2).map((n) => [
        n,
        n < 4 ? 'newest' : n < 250 ? 'old' : 'new',
      ])
      expect(await found(views)).toStrictEqual([
        ...expected.map(([n, word]) => [`k${n}`, word, n]),
        ...expected
          .map(([n, word]) => [`k${n}`, word, word])
          .toSorted((a, b) => (String([a[2], a[0]]) < String([b[2], b[0]]) ? -1 : 1)),
      ])
    },
  )

  rule('V21', 'puts nothing into place that is there already, or belongs to no build', async ({ store: { views } }) => {
    await views.commit([change(undefined, 1, { puts: documents(0, 3, 'word') })])
    const before = await found(views)
    await views.finish([INBOX, TICKETS])
    expect(await found(views)).toStrictEqual(before)
    await views.drop(INBOX)
    await finished(views)
    expect([await found(views), await views.builds()]).toStrictEqual([[], []])
  })

  rule('V22', 'lets commits go on while entries are put into place', async ({ store: { views } }) => {
    await views.commit([{ ...change(undefined, 1, { puts: documents(0, 900, 'old') }), unfinished: true }])
    const indexing = [finished(views), finished(views)]
    for (let n = 1; n < 40; n += 1) {
      const puts = documents(n * 20, n * 20 + 30, `word ${n}`)
      await views.commit([change(n, n + 1, { puts, deletes: [`k${n}`] })])
      await new Promise((resolve) => setTimeout(resolve, n % 3))
    }
    await Promise.all(indexing)
    await finished(views)
    const kept = await views.get(
      INBOX,
      Array.from({ length: 900 }, (_, n) => `k${n}`),
    )
    const expected = kept.flatMap((word, n) =>
      word === undefined
        ? []
        : [
            [`k${n}`, word, n],
            [`k${n}`, word, word],
          ],
    )
    const sorted = (rows: readonly unknown[]): readonly string[] => rows.map((row) => JSON.stringify(row)).toSorted()
    const all: unknown[] = []
    for (let after: string | undefined; ;) {
      const page = await query(views, { limit: 1_000, ...(after === undefined ? {} : { after }) })
      all.push(...page.map(({ key, document, entry }) => [key, document, ...entry]))
      after = page.at(-1)?.cursor
      if (page.length < 1_000) break
    }
    expect(sorted(all)).toStrictEqual(sorted(expected))
  })

  if (engine.persistent)
    rule(
      'V23',
      'goes on putting entries into place where another store has ended',
      async ({ store, another, reopen }) => {
        await store.views.commit([{ ...change(undefined, 1, { puts: documents(0, 500, 'word') }), unfinished: true }])
        const stop = new AbortController()
        const ended = store.views.finish([INBOX], { signal: stop.signal })
        await new Promise((resolve) => setImmediate(resolve))
        stop.abort()
        await ended
        const other = await another()
        await finished(other.views)
        const { views } = await reopen()
        expect((await found(views)).length).toBe(1_000)
      },
    )
  else
    notApplicable(
      'V23',
      'goes on putting entries into place where another store has ended',
      'nothing outlives the store',
    )

  rule('V24', 'knows which builds are unfinished, whoever has begun them', async ({ store, another }) => {
    const { views } = store
    const unfinishedIn = async ({ views: of }: typeof store): Promise<readonly string[]> =>
      (await of.builds()).flatMap(({ view, unfinished }) => (unfinished === true ? [view.name] : []))
    const other = engine.persistent ? await another() : store
    await views.commit([
      { ...change(undefined, 1, { view: TICKETS }) },
      { ...change(undefined, 1, { puts: documents(0, 3, 'word') }), unfinished: true },
    ])
    expect([await unfinishedIn(store), await unfinishedIn(other)]).toStrictEqual([['inbox'], ['inbox']])
    // Only the first changes of a build begin it.
    await views.commit([change(1, 2), { ...change(1, 2, { view: TICKETS }), unfinished: true }])
    await views.finish([TICKETS, { ...INBOX, version: 2 }])
    expect([await unfinishedIn(store), await unfinishedIn(other)]).toStrictEqual([['inbox'], ['inbox']])
    await other.views.finish([TICKETS, INBOX])
    expect([await unfinishedIn(store), await unfinishedIn(other)]).toStrictEqual([[], []])
    expect((await found(views)).length).toBe(6)
    await views.drop(INBOX)
    await views.commit([{ ...change(undefined, 1), unfinished: true }])
    expect(await unfinishedIn(other)).toStrictEqual(['inbox'])
    await views.drop(INBOX)
    await views.commit([change(undefined, 1)])
    expect(await unfinishedIn(other)).toStrictEqual([])
  })
}

/** In the order every engine must give: null, numbers, texts by code point (not by UTF-16 unit). */
const IN_ORDER: readonly IndexPart[] = [
  null,
  -Number.MAX_VALUE,
  -1_772_445_600_000,
  -1.5,
  -1,
  -Number.MIN_VALUE,
  0,
  Number.MIN_VALUE,
  0.1,
  1,
  9,
  10,
  1_772_445_600_000,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_VALUE,
  '',
  '\u0000',
  '\u0000\u0000',
  '\u0000a',
  '\u0001',
  '\u0002',
  '\u0003',
  '10',
  '9',
  'A',
  'a',
  'a\u0000',
  'aa',
  'b',
  '\u00e4',
  '\u7a93',
  '\ud7ff',
  '\ud800',
  '\udfff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{1f469}',
  '\u{10ffff}',
]

const queryRules = ({ rule, expect }: Suite): void => {
  /** Also sees that the places alone are the same. */
  const query = async (views: Views, changes: Partial<IndexQuery>): Promise<readonly IndexHit[]> => {
    const asked: IndexQuery = { index: 'by', prefix: [], limit: 1_000, ...changes }
    const hits = await views.query(INBOX, asked)
    expect(await views.places(INBOX, asked)).toStrictEqual(
      hits.map(({ key, cursor, entry }) => ({ key, cursor, entry })),
    )
    return hits
  }

  rule('V13', 'sorts null before numbers before texts, texts by code point', async ({ store: { views } }) => {
    const shuffled = IN_ORDER.map((part, n) => ({ part, n: (n * 17) % IN_ORDER.length })).toSorted((a, b) => a.n - b.n)
    await fill(
      views,
      shuffled.map(({ part }) => [part]),
    )
    const hits = await query(views, {})
    expect(hits.map(({ entry }) => entry[0])).toStrictEqual(IN_ORDER)
    expect((await query(views, { backwards: true })).map(({ key }) => key)).toStrictEqual(keysOf(hits).toReversed())
    const cursors = hits.map(({ cursor }) => cursor)
    expect(cursors.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))).toStrictEqual(cursors)
    expect(keysOf(await query(views, { prefix: [-0] }))).toStrictEqual(keysOf(await query(views, { prefix: [0] })))
    await views.commit([change(1, 2, { puts: [put('minus', -0, { by: [[-0]] })] })])
    expect((await query(views, { prefix: [0] })).length).toBe(2)
    await views.commit([change(2, 3, { deletes: ['minus'] })])
    for (const [place, part] of IN_ORDER.entries())
      expect((await query(views, { prefix: [part] })).map(({ cursor }) => cursor)).toStrictEqual([cursors[place]])
  })

  rule('V14', 'walks from one bound to the other, both included', async ({ store: { views } }) => {
    await fill(
      views,
      ['ch1', 'ch2'].flatMap((channel) => [1, 2, 2, 3, 4].map((n) => [channel, n, 'x'])),
    )
    const numbers = async (changes: Partial<IndexQuery>): Promise<readonly unknown[]> =>
      (await query(views, { prefix: ['ch1'], ...changes })).map(({ entry }) => entry[1])
    expect(await numbers({})).toStrictEqual([1, 2, 2, 3, 4])
    expect(await numbers({ from: 2 })).toStrictEqual([2, 2, 3, 4])
    expect(await numbers({ to: 2 })).toStrictEqual([1, 2, 2])
    expect(await numbers({ from: 2, to: 3, backwards: true })).toStrictEqual([3, 2, 2])
    expect(await numbers({ from: 3, to: 2 })).toStrictEqual([])
    expect(await numbers({ limit: 2 })).toStrictEqual([1, 2])
    expect(await numbers({ limit: 2, backwards: true })).toStrictEqual([4, 3])
    expect((await query(views, { prefix: ['ch1', 2, 'x'] })).length).toBe(2)
    expect(await query(views, { prefix: ['ch'] })).toStrictEqual([])
    expect(await query(views, { prefix: ['ch1', 2, 'x', 'more'] })).toStrictEqual([])
  })

  rule('V15', 'goes on after a cursor, page by page, each hit once', async ({ store: { views } }) => {
    await fill(
      views,
      Array.from({ length: 25 }, (_, n) => ['ch1', n % 4]),
    )
    for (const backwards of [false, true]) {
      const whole = await query(views, { prefix: ['ch1'], backwards })
      const pages: IndexHit[] = []
      for (;;) {
        const after = pages.at(-1)?.cursor
        const page = await query(views, { prefix: ['ch1'], backwards, limit: 4, ...(after !== undefined && { after }) })
        pages.push(...page)
        if (page.length < 4) break
      }
      expect(pages).toStrictEqual(whole)
      expect(new Set(keysOf(pages)).size).toBe(25)
    }
  })

  rule('V16', 'goes on after a cursor whose document is gone', async ({ store: { views } }) => {
    await fill(
      views,
      [1, 2, 3, 4].map((n) => [n]),
    )
    const [, second] = await query(views, {})
    await views.commit([change(1, 2, { deletes: [second?.key ?? ''] })])
    expect(keysOf(await query(views, { after: second?.cursor ?? '' }))).toStrictEqual(['2', '3'])
    expect(keysOf(await query(views, { after: second?.cursor ?? '', backwards: true }))).toStrictEqual(['0'])
  })

  rule('V17', 'lets no cursor leave the range of its query', async ({ store: { views } }) => {
    await fill(views, [['a'], ['a', 1], ['b', 1], ['b', 2], ['c'], ['c', 1]])
    const cursors = (await query(views, {})).map(({ cursor }) => cursor)
    const [below, above] = [cursors[0] ?? '', cursors[5] ?? '']
    expect(keysOf(await query(views, { prefix: ['b'], after: below }))).toStrictEqual(['2', '3'])
    expect(await query(views, { prefix: ['b'], after: above })).toStrictEqual([])
    const backwards = await query(views, { prefix: ['b'], after: above, backwards: true })
    expect(keysOf(backwards)).toStrictEqual(['3', '2'])
    expect(await query(views, { prefix: ['b'], after: below, backwards: true })).toStrictEqual([])
    for (const after of ['', 'nonsense', '2abc', '1short/'])
      for (const way of ['query', 'places'] as const) {
        const walk = views[way](INBOX, { index: 'by', prefix: [], limit: 1, after })
        expect((await rejectionOf(walk)).name).toBe('TypeError')
      }
  })

  rule('V18', 'finds one document at several places of an index, or at none', async ({ store: { views } }) => {
    const puts = [
      put('a', 1, { word: [['hello'], ['world']] }),
      put('b', 2, { word: [] }),
      put('c', 3, { word: [['help']] }),
    ]
    await views.commit([change(undefined, 1, { puts })])
    const hits = await query(views, { index: 'word', prefix: [], from: 'hel', to: 'hel\u{10ffff}' })
    expect(hits.map(({ key, entry }) => [key, ...entry])).toStrictEqual([
      ['a', 'hello'],
      ['c', 'help'],
    ])
    expect((await query(views, { index: 'word' })).length).toBe(3)
    expect(await query(views, { index: 'missing' })).toStrictEqual([])
  })

  rule('V19', 'sorts equal entries by key', async ({ store: { views } }) => {
    const keys = ['b', 'a', '\u{1f469}', '\uffff', '', 'a\u0000']
    await views.commit([change(undefined, 1, { puts: keys.map((key) => put(key, key, { by: [['same']] })) })])
    expect(keysOf(await query(views, {}))).toStrictEqual(['', 'a', 'a\u0000', 'b', '\uffff', '\u{1f469}'])
    const [first] = await query(views, { limit: 1 })
    expect((await query(views, { after: first?.cursor ?? '' })).length).toBe(5)
    expect(await query(views, { after: first?.cursor ?? '', backwards: true })).toStrictEqual([])
  })
}

/** What every engine of views must do, in numbered cases. */
export const viewsContract = (runner: TestRunner, engine: Engine): void =>
  declareSuite(runner, engine, 'views', (suite) => {
    documentRules(suite)
    checkpointRules(suite)
    unfinishedRules(suite)
    queryRules(suite)
  })
