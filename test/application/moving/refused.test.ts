import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import {
  copyStore,
  EventTooLarge,
  type NewEvent,
  type RecordedEvent,
  SourceHoldsNothing,
  type Store,
  TargetCannotTake,
  TargetHoldsOther,
} from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { sqlite } from 'madoguchi/sqlite'
import { afterwards, folder } from '../desk.ts'
import { contentOf, engines, event, fill, grow, logOf, onlyRead, oneByOne, withEngines } from './places.ts'

withEngines()

const filled = async (many = 60): Promise<Store> => {
  const source = memory()
  await fill(source, many)
  return source
}

const errorOf = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it was not refused')
}

/** Refused for this, and the target is as it was. */
const refuses = async (source: Store, target: Store, facts: Partial<TargetHoldsOther>): Promise<void> => {
  const before = await contentOf(target)
  const error = await errorOf(copyStore(onlyRead(source), onlyRead(target)))
  expect(error).toBeInstanceOf(TargetHoldsOther)
  expect(error).toMatchObject(facts)
  expect(await contentOf(target)).toEqual(before)
}

describe('a source without an event is refused before anything is written', () => {
  it.each(Object.keys(engines))('on %s', async (name) => {
    const source = (await engines[name]?.()) ?? memory()
    await source.keys.digestKey()
    await source.tokens.put('channel-1', 'token 1')
    const target = memory()
    const error = await errorOf(copyStore(onlyRead(source), onlyRead(target)))
    expect(error).toBeInstanceOf(SourceHoldsNothing)
    expect(await contentOf(target)).toEqual(await contentOf(memory()))
  })

  it('also where its path is wrong and the target holds what another one had', async () => {
    const target = memory()
    const { note } = await copyStore(await filled(1_200), target)
    const before = await contentOf(target)
    const source = sqlite(`${folder()}/dekk.db`)
    afterwards(() => source.close())
    const error = await errorOf(copyStore(onlyRead(source), onlyRead(target), note && { since: note }))
    expect(error).toMatchObject({ name: 'SourceHoldsNothing', message: expect.stringContaining('no event') })
    expect(await contentOf(target)).toEqual(before)
  })
})

describe('a target is refused before anything is written', () => {
  it('that holds the log of another desk', async () => {
    const target = memory()
    await target.events.append('channel-other', 'none', [event(1), event(2)])
    await refuses(await filled(), target, { found: 'another-event', place: 'channel-other', revision: 0 })
  })

  it('that has gone on by itself', async () => {
    const source = await filled()
    const target = memory()
    await copyStore(source, target)
    await target.events.append('conversation-0', (await target.events.head('conversation-0'))?.revision ?? 'none', [
      event(900),
    ])
    const { revision } = (await target.events.head('conversation-0')) ?? {}
    await refuses(source, target, { found: 'another-event', place: 'conversation-0', revision: revision ?? -1 })
    await grow(source, 300, 330)
    await refuses(source, target, { found: 'another-event', place: 'conversation-0', revision: revision ?? -1 })
  })

  it('that holds the same events in another order', async () => {
    const source = memory()
    await source.events.append('a', 'none', [event(1)])
    await source.events.append('b', 'none', [event(2)])
    const target = memory()
    await target.events.append('b', 'none', [event(2)])
    await refuses(source, target, { found: 'another-event', place: 'b', revision: 0 })
  })

  const changes: readonly (readonly [string, (one: RecordedEvent) => Partial<NewEvent>])[] = [
    ['id', () => ({ id: event(999).id })],
    ['type', () => ({ type: 'Other' })],
    ['version', ({ version }) => ({ version: version + 1 })],
    ['time', ({ recordedAt }) => ({ recordedAt: recordedAt + 1 })],
    ['data', ({ data }) => ({ data: { ...data, more: null } })],
    ['meta', () => ({ meta: {} })],
    ['personal part', ({ personal }) => ({ personal: { ...personal, text: 'changed' } })],
    ['empty personal part', ({ personal }) => (personal ? { personal: { ...personal, more: 1 } } : { personal: {} })],
  ]
  it.each(changes)('whose event has another %s', async (_, change) => {
    const source = memory()
    await grow(source, 0, 40)
    const target = memory()
    const log = (await source.events.readAll()).events
    for (const [at, { stream, revision, position: _position, ...one }] of log.entries())
      await target.events.append(stream, revision === 0 ? 'none' : revision - 1, [
        at === 23 ? { ...one, ...change({ ...one, stream, revision, position: '' }) } : one,
      ])
    await refuses(source, target, {
      found: 'another-event',
      place: log[23]?.stream ?? '',
      revision: log[23]?.revision ?? -1,
    })
  })

  it('in which somebody changed one event of the file', async () => {
    const source = await filled()
    const path = `${folder()}/desk.db`
    const target = sqlite(path)
    afterwards(() => target.close())
    await copyStore(source, target)
    const changed = (await logOf(target))[30]
    const other = new DatabaseSync(path)
    other.prepare(`update events set data = replace(data, '"n":', '"m":') where id = ?`).run(changed?.id ?? '')
    other.close()
    await refuses(source, target, {
      found: 'another-event',
      place: changed?.stream ?? '',
      revision: changed?.revision ?? -1,
    })
  })

  it('that has a digest key of its own', async () => {
    const target = memory()
    await target.keys.digestKey()
    await refuses(await filled(), target, { found: 'another-key', place: '' })
  })

  it('that has tokens or files of somebody else', async () => {
    const target = memory()
    await target.tokens.put('channel-1', 'token 1')
    await target.tokens.put('channel-x', 'secret')
    await refuses(await filled(), target, { found: 'another-token', place: 'channel-x' })
    const other = memory()
    await other.blobs.put('icon', 'image/png', new Uint8Array([1]))
    await refuses(await filled(), other, { found: 'another-file', place: 'icon' })
  })
})

describe('what is read back is compared', () => {
  const tampering = (store: Store, change: (events: readonly NewEvent[]) => readonly NewEvent[]): Store => ({
    ...store,
    events: {
      ...oneByOne(store).events,
      append: (stream, expected, events, options) => store.events.append(stream, expected, change(events), options),
    },
  })

  it('with an engine that keeps something else than it was given', async () => {
    const source = memory()
    await grow(source, 0, 40)
    const target = tampering(memory(), (events) =>
      events.map((one) => (one.data['n'] === 31 ? { ...one, meta: { ...one.meta, n: 30 } } : one)),
    )
    const other = (await logOf(source)).find(({ data }) => data['n'] === 31)
    const error = await errorOf(copyStore(onlyRead(source), target))
    expect(error).toMatchObject({ found: 'another-event', place: other?.stream, revision: other?.revision })
  })

  it('with a target to which somebody else writes meanwhile', async () => {
    const source = memory()
    await grow(source, 0, 2_500)
    for (const stream of ['conversation-3', 'other']) {
      const target = memory()
      const copying = copyStore(onlyRead(source), target, {
        onProgress: ({ events, step }) => {
          if (events === 1_000 && step === 'copying') void target.events.append(stream, 'any', [event(9_999)])
        },
      })
      const error = await errorOf(copying)
      expect(error).toBeInstanceOf(TargetHoldsOther)
      expect(error).toMatchObject({ found: 'another-event', place: stream })
    }
  })

  it('with a target that loses what it was given', async () => {
    const source = memory()
    await grow(source, 0, 20)
    const store = memory()
    const target: Store = {
      ...store,
      events: { ...store.events, appendAll: async (appends) => store.events.appendAll?.(appends.slice(0, 2)) },
    }
    const third = (await logOf(source))[3]
    expect(await errorOf(copyStore(onlyRead(source), target))).toMatchObject({
      found: 'fewer-events',
      place: third?.stream,
      revision: third?.revision,
    })
  })
})

describe('a target that takes less', () => {
  const most = (store: Store, units: number): Store => ({
    ...store,
    events: {
      ...oneByOne(store).events,
      append: async (stream, expected, events, options) => {
        const size = JSON.stringify(events).length
        if (size > units) throw new EventTooLarge(units, size)
        return store.events.append(stream, expected, events, options)
      },
    },
  })

  it('in one append gets them in smaller ones', async () => {
    const source = memory()
    await source.events.append(
      's',
      'none',
      Array.from({ length: 30 }, (_, n) => event(n, { data: { text: 'x'.repeat(900) } })),
    )
    const target = memory()
    await copyStore(onlyRead(source), most(target, 4_000))
    expect(await logOf(target)).toEqual(await logOf(source))
  })

  it('than an event of the source is told which one', async () => {
    const source = await filled(10)
    const error = await errorOf(copyStore(onlyRead(source), most(memory(), 500_000)))
    expect(error).toBeInstanceOf(TargetCannotTake)
    expect(error).toMatchObject({ stream: 'large', revision: 0 })
    expect((error as Error).cause).toBeInstanceOf(EventTooLarge)
  })

  it('than an id that comes twice in a stream is told which one', async () => {
    const source = memory()
    await source.events.append('s', 'none', [event(1), event(2)])
    await source.events.append('s', 1, [event(1)])
    const target = sqlite(':memory:')
    afterwards(() => target.close())
    const error = await errorOf(copyStore(onlyRead(source), target))
    expect(error).toBeInstanceOf(TargetCannotTake)
    expect(error).toMatchObject({ stream: 's', revision: 2 })
  })
})
