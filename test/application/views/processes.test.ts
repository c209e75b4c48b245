import { describe, expect, it } from 'vitest'
import type { Store, ViewChanges } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { sqlite } from 'madoguchi/sqlite'
import { viewReader } from '../../../src/application/views/view-reader.ts'
import { afterwards, deskClock, folder, openDesk, recording, until } from '../desk.ts'
import { fastForwardRuntime } from '../fast-forward.ts'
import { each, folded, head, idOf, running, write } from './runners.ts'

// Several processes, several versions of the code, and views that do not get on.

const stoodAt = async (store: Store, name: string) => (await store.views.checkpoint({ name, version: 1 }))?.position

/** A store for each process: one in memory for both, or one file opened twice. */
const pairs: Readonly<Record<string, () => readonly [Store, Store]>> = {
  memory: () => {
    const store = memory()
    return [store, store]
  },
  sqlite: () => {
    const path = `${folder()}/desk.db`
    return [sqlite(path), sqlite(path)]
  },
}

describe.each(Object.entries(pairs))('views that two processes fold on %s', (_, open) => {
  it('tell the listeners of both of every document, whoever folded it', async () => {
    const [one, other] = open()
    afterwards(() => Promise.all([one.events.close(), other.events.close()]))
    const told = [new Set<string>(), new Set<string>()] as const
    const runners = [running(one, [each('each')]), running(other, [each('each')])]
    runners.forEach((runner, at) =>
      runner.listen((change) => {
        for (const key of change.get('each') ?? []) told[at]?.add(key)
      }),
    )
    await Promise.all(runners.map((runner) => runner.waitFor(undefined)))
    await write(one, 0, 1_000)
    await write(other, 1_000, 2_000)
    await Promise.all(runners.map(async (runner) => runner.waitFor(await head(one), { timeout: 20_000 })))
    await until(async () => told.every(({ size }) => size === 2_000))
    expect(await viewReader(one.views, runners[0]!, each('each')).count(['all'])).toBe(2_000)
  })
})

describe.each(Object.entries(pairs))('views of which one process has the turn, on %s', (_, open) => {
  /** The store as one process sees it, and how often that has written views. */
  const counted = (store: Store) => {
    const count = { commits: 0 }
    const commit = (changes: readonly ViewChanges[]): Promise<void> => {
      count.commits++
      return store.views.commit(changes)
    }
    return { count, store: { ...store, views: { ...store.views, commit } } }
  }

  it('are followed by the other, which writes nothing and tells its listeners all the same; alone it stands in', async () => {
    const [one, second] = open()
    const other = counted(second)
    afterwards(() => Promise.all([one.events.close(), second.events.close()]))
    const holder = running(one, [each('each')], { isMine: () => true })
    const follower = running(other.store, [each('each')], { isMine: () => false })
    const told = new Set<string>()
    follower.listen((change) => {
      for (const key of change.get('each') ?? []) told.add(key)
    })
    await Promise.all([holder, follower].map((runner) => runner.waitFor(undefined)))
    for (let n = 0; n < 300; n += 20) {
      await write(n % 40 === 0 ? one : second, n, n + 20)
      await follower.waitFor(await head(one))
      expect(await viewReader(second.views, follower, each('each')).count(['all'])).toBe(n + 20)
    }
    expect([told.size, other.count.commits]).toEqual([300, 0])

    await holder.stop()
    await write(one, 300, 320)
    await follower.waitFor(await head(one))
    await write(one, 320, 340)
    await follower.waitFor(await head(one), { timeout: 200 })
    expect(await viewReader(second.views, follower, each('each')).count(['all'])).toBe(340)
    expect(told.size).toBe(340)
  })

  it('pass from one to the other without a gap', async () => {
    const [one, second] = open()
    afterwards(() => Promise.all([one.events.close(), second.events.close()]))
    let turn = 0
    const runners = [one, second].map((store, at) => running(store, [each('each')], { isMine: () => turn === at }))
    await Promise.all(runners.map((runner) => runner.waitFor(undefined)))
    for (let n = 0; n < 200; n += 10) {
      turn = (n / 10) % 2
      await write(one, n, n + 10)
      if (n % 30 === 0) await Promise.all(runners.map(async (runner) => runner.waitFor(await head(one))))
    }
    await Promise.all(runners.map(async (runner) => runner.waitFor(await head(one))))
    expect(await viewReader(one.views, runners[0]!, each('each')).count(['all'])).toBe(200)
  })
})

/** A store whose commits of one build do not end before they may. */
const held = (store: Store, version: number) => {
  let release = (): void => {}
  const gate = new Promise<void>((resolve) => (release = resolve))
  const commit = async (changes: readonly ViewChanges[]): Promise<void> => {
    if (changes.some(({ view }) => view.version === version)) await gate
    await store.views.commit(changes)
  }
  return { store: { ...store, views: { ...store.views, commit } }, release }
}

describe('a view that is being built', () => {
  it('holds up nobody who waits for another one', async () => {
    const store = memory()
    await write(store, 0, 50)
    const before = running(store, [each('first'), each('second')])
    await before.waitFor(await head(store))
    await before.stop()
    const { store: slow, release } = held(store, 2)
    const after = running(slow, [each('first'), each('second', 2)])
    await write(store, 50, 60)
    await after.waitFor(await head(store), { views: ['first'] })
    await expect(after.waitFor(await head(store), { timeout: 50 })).rejects.toMatchObject({ name: 'ViewsBehind' })
    await expect(after.waitFor(await head(store), { views: ['second'], timeout: 50 })).rejects.toThrow('not reached')
    release()
    await after.waitFor(await head(store))
  })

  it('leaves no older version behind that nobody keeps, and takes none from a process that still runs', async () => {
    const store = memory()
    await write(store, 0, 20)
    const older = running(store, [each('each')])
    await older.waitFor(await head(store))
    const runtime = fastForwardRuntime()
    const newer = running(store, [each('each', 2)], { lookEvery: 60, runtime })
    await newer.waitFor(await head(store))
    for (let n = 20; n < 60; n += 5) {
      await write(store, n, n + 5)
      await runtime.fastForward(60)
    }
    await older.waitFor(await head(store))
    expect(await stoodAt(store, 'each')).toBe(await head(store))
    await older.stop()
    await write(store, 60, 65)
    await until(async () => (await store.views.builds()).every(({ view }) => view.version === 2))
    expect((await store.views.builds()).map(({ view }) => view.name).toSorted()).toEqual(['each', 'each.counters'])
    expect(await viewReader(store.views, newer, each('each', 2)).count(['all'])).toBe(65)
  })

  it('is built anew from nothing when a process died between dropping its documents and its counters', async () => {
    const store = memory()
    await write(store, 0, 20)
    await folded(store, [each('each')])
    await store.views.drop({ name: 'each', version: 1 })
    const back = running(store, [each('each')])
    await back.waitFor(await head(store))
    expect(await viewReader(store.views, back, each('each')).count(['all'])).toBe(20)
  })

  it('writes no more at once than can be written in 15 ms', async () => {
    const store = memory()
    await write(store, 0, 6_000, 1, 500)
    let most = 0
    const commit = async (changes: readonly ViewChanges[]): Promise<void> => {
      const puts = changes.find(({ view }) => view.name === 'each')?.puts.length ?? 0
      most = Math.max(most, puts)
      const end = performance.now() + puts / 10
      while (performance.now() < end);
      await store.views.commit(changes)
    }
    const built = running({ ...store, views: { ...store.views, commit } }, [each('each')])
    await built.waitFor(await head(store), { timeout: 20_000 })
    expect(most).toBeLessThanOrEqual(150)
  })
})

describe('an event newer than the code', () => {
  const stopped = async () => {
    const store = memory()
    await write(store, 0, 10)
    const last = await head(store)
    await write(store, 10, 11, 9)
    await write(store, 11, 12)
    const runner = running(store, [each('each')])
    const reader = viewReader(store.views, runner, each('each'))
    await until(async () => runner.progress()[0]?.state === 'stopped')
    return { store, last, runner, reader }
  }

  it('stops every read with the reason and the stream, and all events before it are folded', async () => {
    const { store, last, runner, reader } = await stopped()
    const error = { name: 'ViewsStopped', reason: 'newer-than-code', stream: 'organization-acme', view: 'each' }
    await expect(reader.get(idOf(1))).rejects.toMatchObject(error)
    await expect(reader.getMany([idOf(1)])).rejects.toMatchObject(error)
    await expect(reader.count(['all'])).rejects.toMatchObject(error)
    await expect(reader.query({ index: 'any', prefix: [], limit: 1 })).rejects.toMatchObject(error)
    expect(runner.progress()).toMatchObject([
      { state: 'stopped', problem: 'NewerThanCode', stream: 'organization-acme', position: last },
    ])
    expect(await stoodAt(store, 'each')).toBe(last)
  })

  it('is left to a process of newer code, and views go on behind it', async () => {
    const { store, runner, reader } = await stopped()
    const [eleventh] = await store.events.read('organization-acme', { from: 10, limit: 1 })
    const from = await store.views.checkpoint({ name: 'each', version: 1 })
    const to = { position: eleventh?.position ?? '', eventId: `10 ${idOf(10)} organization-acme` }
    const nothing = { from, to, puts: [], deletes: [] }
    await store.views.commit([
      { view: { name: 'each', version: 1 }, ...nothing },
      { view: { name: 'each.counters', version: 1 }, ...nothing },
    ])
    await until(async () => runner.progress()[0]?.state === 'live')
    expect(await reader.get(idOf(11))).toEqual({ n: 11 })
  })

  describe('does not let a process build again from nothing', () => {
    /** What a process of newer code does to builds of this version: it folds the event into some, and drops others. */
    const moved = async (store: Store, name: string, n: number) => {
      const [next] = await store.events.read('organization-acme', { from: n, limit: 1 })
      const to = { position: next?.position ?? '', eventId: `${n} ${idOf(n)} organization-acme` }
      const builds = [name, `${name}.counters`].map((each) => ({ name: each, version: 1 }))
      const from = await store.views.checkpoint(builds[0]!)
      await store.views.commit(builds.map((view) => ({ view, from, to, puts: [], deletes: [] })))
    }
    const dropped = async (store: Store, name: string) => {
      for (const each of [name, `${name}.counters`]) await store.views.drop({ name: each, version: 1 })
    }
    const builtAgain = async (store: Store, name: string) =>
      (await store.views.builds()).some(({ view }) => view.name === name)
    const ready = async (names: readonly string[]) => {
      const store = memory()
      const runtime = fastForwardRuntime()
      const { lines, log } = recording()
      await write(store, 0, 10)
      const runner = running(
        store,
        names.map((name) => each(name)),
        { retryEvery: 50, log, runtime },
      )
      await runner.waitFor(await head(store))
      await write(store, 10, 11, 9)
      await write(store, 11, 12)
      await until(async () => runner.progress().every(({ state }) => state === 'stopped'))
      const told = () => lines.map(({ message }) => message)
      return { store, runner, told, retries: () => runtime.fastForward(1_000) }
    }

    it('what a newer version has replaced, while other views go on', async () => {
      const { store, runner, told, retries } = await ready(['kept', 'replaced'])
      await moved(store, 'kept', 10)
      const states = () => Object.fromEntries(runner.progress().map(({ name, state }) => [name, state]))
      await until(async () => states()['kept'] === 'live')
      await dropped(store, 'replaced')
      await retries()
      // All stock is taken anew where another process was first.
      await write(store, 12, 13, 9)
      await moved(store, 'kept', 12)
      await write(store, 13, 14)
      await runner.waitFor(await head(store), { views: ['kept'] })
      await retries()
      expect(await builtAgain(store, 'replaced')).toBe(false)
      expect(states()).toEqual({ kept: 'live', replaced: 'stopped' })
      expect(told().at(-1)).toBe('following the log with the views works again')
      await expect(runner.whenLive('replaced')).rejects.toMatchObject({
        name: 'ViewsStopped',
        reason: 'newer-than-code',
        stream: 'organization-acme',
      })
    })

    it('all that newer versions have replaced, until code that can has built it', async () => {
      const { store, runner, retries } = await ready(['replaced'])
      await dropped(store, 'replaced')
      await retries()
      expect(await builtAgain(store, 'replaced')).toBe(false)
      expect(runner.progress()).toMatchObject([{ name: 'replaced', state: 'stopped', problem: 'NewerThanCode' }])
      await expect(runner.whenLive('replaced')).rejects.toMatchObject({ name: 'ViewsStopped' })
      await moved(store, 'replaced', 10)
      await until(async () => runner.progress()[0]?.state === 'live')
      await runner.waitFor(await head(store))
    })

    it('unless the log does not hold that event any more', async () => {
      const { store, runner } = await ready(['restored'])
      await runner.stop()
      await dropped(store, 'restored')
      const restored = memory()
      await write(restored, 0, 10)
      Object.assign(store.events, restored.events)
      runner.start()
      await until(async () => runner.progress()[0]?.state === 'live')
      await until(async () => runner.position === (await head(restored)))
      expect(runner.progress()).toMatchObject([{ state: 'live' }])
    })
  })
})

it('a desk that is started twice listens once', async () => {
  let listening = 0
  const clock = deskClock()
  const onMove = (listener: () => void) => {
    listening++
    return clock.onMove(listener)
  }
  const { desk } = await openDesk({ clock: { ...clock, onMove } })
  await desk.start()
  expect(listening).toBe(1)
})
