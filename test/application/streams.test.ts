import { describe, expect, it } from 'vitest'
import { systemRuntime } from 'madoguchi'
import { organizationDecider, type OrganizationCommand } from 'madoguchi/domain'
import type { Premise } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { Streams } from '../../src/application/commands/streams.ts'
import { StoreUnavailable } from '../../src/application/ports/store-errors.ts'

const organizations = { name: 'organization', decider: organizationDecider, foldVersion: 1 }
const noon = 1_788_858_000_000
const departments = (count: number): OrganizationCommand => ({
  type: 'SetDepartments',
  data: {
    actor: { kind: 'system' },
    organizationId: 'acme',
    departments: Array.from({ length: count }, (_, index) => `department-${index}`),
    at: noon,
  },
})
const setup = () => {
  const store = faultyStore(memory())
  const streams = new Streams({ runtime: systemRuntime, events: store.events, snapshots: store.snapshots })
  const set = (count: number, key?: string, on = streams) =>
    on.execute(organizations, 'acme', ({ state }) => organizationDecider.decide(departments(count), state), {
      meta: { organizationId: 'acme' },
      at: noon,
      ...(key === undefined ? {} : { key }),
    })
  const written = async () => (await store.events.read('organization-acme')).length
  return { store, streams, set, written }
}

describe('a command', () => {
  it('is decided on the state and appended', async () => {
    const { set, written } = setup()
    expect((await set(2)).revision).toBe(0)
    expect((await set(3)).revision).toBe(1)
    expect(await written()).toBe(2)
  })

  it('writes nothing when there is nothing to do', async () => {
    const { set, written } = setup()
    await set(2)
    const again = await set(2)
    expect(again.events).toEqual([])
    expect(again.position).toBeDefined()
    expect(await written()).toBe(1)
  })

  it('is decided anew when somebody else was first', async () => {
    const { store, set, written } = setup()
    const other = new Streams({ runtime: systemRuntime, events: store.events, snapshots: store.snapshots })
    await set(2)
    await set(3, undefined, other)
    await set(4)
    expect(await written()).toBe(3)
  })

  it('that would write nothing is decided on the head of the stream, not on what was cached', async () => {
    const { store, set } = setup()
    const other = new Streams({ runtime: systemRuntime, events: store.events, snapshots: store.snapshots })
    await set(2)
    await set(3, undefined, other)
    expect((await set(2)).events).toHaveLength(1)
  })

  it('that folded what it made happen hands on the state it came to, and at a conflict decides on the head again', async () => {
    const { store, streams, set, written } = setup()
    const other = new Streams({ runtime: systemRuntime, events: store.events, snapshots: store.snapshots })
    const setFolded = (count: number) =>
      streams.execute(
        organizations,
        'acme',
        ({ state }) => {
          const events = organizationDecider.decide(departments(count), state)
          return { events, state: events.reduce(organizationDecider.evolve, state) }
        },
        { meta: { organizationId: 'acme' }, at: noon },
      )
    await setFolded(2)
    await set(3, undefined, other)
    expect((await setFolded(4)).revision).toBe(2)
    expect((await setFolded(4)).events).toEqual([])
    expect((await set(4)).events).toEqual([])
    await set(5, undefined, other)
    expect((await setFolded(4)).revision).toBe(4)
    expect(await written()).toBe(5)
    expect((await streams.atHead(organizations, 'acme')).state).toEqual(
      (await other.atHead(organizations, 'acme')).state,
    )
  })

  it('loses nothing and doubles nothing when many write at once', async () => {
    const { store, set, written } = setup()
    const others = [0, 1, 2].map(
      () => new Streams({ runtime: systemRuntime, events: store.events, snapshots: store.snapshots }),
    )
    await Promise.all(Array.from({ length: 60 }, (_, index) => set(index + 1, undefined, others[index % 3])))
    expect(await written()).toBe(60)
  })

  it('is repeated with the same ids when the reply of the store was lost, and stands once', async () => {
    const { store, set, written } = setup()
    store.onWrite(({ n }) => (n <= 2 ? { kind: 'lose-reply' } : undefined))
    expect((await set(2)).revision).toBe(0)
    expect(await written()).toBe(1)
  })

  it('fails with the error of the store when that cannot be reached, and works again afterwards', async () => {
    const { store, set, written } = setup()
    store.onWrite(() => ({ kind: 'fail' }))
    await expect(set(2)).rejects.toMatchObject({ name: 'StoreUnavailable', outcome: 'not-applied' })
    store.heal()
    await set(2)
    expect(await written()).toBe(1)
  })

  it('with an idempotency key that was used before changes nothing and answers the same place', async () => {
    const { set, written } = setup()
    const first = await set(2, 'key-1')
    await set(5)
    const again = await set(2, 'key-1')
    expect(again).toMatchObject({ replayed: true, revision: first.revision, position: first.position })
    expect(await written()).toBe(2)
  })

  it('with the same key at two processes at once stands once', async () => {
    const { store, set, written } = setup()
    const other = new Streams({ runtime: systemRuntime, events: store.events, snapshots: store.snapshots })
    await Promise.all([set(2, 'key-1'), set(2, 'key-1', other)])
    expect(await written()).toBe(1)
  })

  it('with the same key at two processes at once is known to both as the one that stands has it', async () => {
    const { store, set, written } = setup()
    const other = new Streams({ runtime: systemRuntime, events: store.events, snapshots: store.snapshots })
    const held = Promise.withResolvers<void>()
    store.onWrite(({ n }) => (n === 1 ? { kind: 'hold', until: held.promise } : undefined))
    // The same request, which comes to another decision at another instant.
    const first = set(2, 'key')
    await set(3, 'key', other)
    held.resolve()
    expect((await first).replayed).toBe(true)
    expect((await set(3)).events).toEqual([])
    expect(await written()).toBe(1)
  })
})

describe('a snapshot', () => {
  it('saves reading the stream from its beginning', async () => {
    const { store, streams, set } = setup()
    for (let count = 1; count <= 60; count++) await set(count)
    await streams.settled()
    const snapshot = await store.snapshots.load('organization-acme')
    expect(snapshot?.revision).toBeGreaterThanOrEqual(49)
    const reads: number[] = []
    const fresh = new Streams({
      runtime: systemRuntime,
      events: {
        ...store.events,
        read: (stream, options) => (reads.push(options?.from ?? 0), store.events.read(stream, options)),
      },
      snapshots: store.snapshots,
    })
    const { state, revision } = await fresh.atHead(organizations, 'acme')
    expect(revision).toBe(59)
    expect(state).toEqual((await streams.atHead(organizations, 'acme')).state)
    // First the event on which it stands, as proof, then what came after it.
    expect(reads).toEqual([snapshot?.revision, (snapshot?.revision ?? 0) + 1])
  })

  it('of another fold is ignored', async () => {
    const { store, streams, set } = setup()
    for (let count = 1; count <= 60; count++) await set(count)
    await streams.settled()
    const newer = new Streams({ runtime: systemRuntime, events: store.events, snapshots: store.snapshots })
    const { state } = await newer.atHead({ ...organizations, foldVersion: 2 }, 'acme')
    expect(state).toMatchObject({ status: 'known' })
  })
})

/** Something that is decided on another stream. */
const resting = (on: Streams, premise: Premise | undefined) =>
  on.execute(
    { ...organizations, name: 'resting' },
    'acme',
    ({ state, revision }) => organizationDecider.decide(departments(revision + 7), state),
    { meta: {}, at: noon, premises: premise === undefined ? [] : [premise] },
  )

describe('the end of a stream', () => {
  /** A log whose readings can be counted and held up. */
  const counted = async () => {
    const { events, snapshots } = memory()
    let readings = 0
    let held: Promise<void> | undefined
    const reading: typeof events = {
      ...events,
      read: async (...asked) => {
        readings++
        await held
        return events.read(...asked)
      },
    }
    // Its time passes only when it is told to.
    let now = 0
    const runtime = { ...systemRuntime, monotonic: () => now }
    const streams = new Streams({ runtime, events: reading, snapshots })
    const set = (count: number, on: Streams) =>
      on.execute(organizations, 'acme', ({ state }) => organizationDecider.decide(departments(count), state), {
        meta: { organizationId: 'acme' },
        at: noon,
      })
    await set(1, streams)
    readings = 0
    return {
      passes: (milliseconds: number) => void (now += milliseconds),
      streams,
      others: new Streams({ runtime: systemRuntime, events, snapshots }),
      set,
      end: async (since?: number) => (await streams.atHead(organizations, 'acme', since)).revision,
      readings: () => readings,
      hold: () => {
        const { promise, resolve } = Promise.withResolvers<void>()
        held = promise
        return () => {
          held = undefined
          resolve()
        }
      },
    }
  }

  it('is read once for all who came before the reading began, also when it has ended', async () => {
    const { streams, end, readings } = await counted()
    const since = streams.moment()
    expect(await Promise.all([end(since), end(), end(since)])).toEqual([0, 0, 0])
    expect(await end(since)).toBe(0)
    expect(readings()).toBe(1)
  })

  it('is read again for whoever came later', async () => {
    const { streams, others, set, end, readings } = await counted()
    const before = streams.moment()
    await end(before)
    await set(2, others)
    const after = streams.moment()
    expect(await end(before)).toBe(0)
    expect(await end(after)).toBe(1)
    expect(await end()).toBe(1)
    expect(readings()).toBe(3)
  })

  it('is read again for whoever comes while it is read', async () => {
    const { streams, others, set, end, hold } = await counted()
    const goOn = hold()
    const first = end()
    await Promise.resolve()
    await Promise.resolve()
    await set(2, others)
    const second = end(streams.moment())
    goOn()
    expect([await second, (await first) >= 0]).toEqual([1, true])
  })

  it('is not shared any more after a while, and shows what this process has written since', async () => {
    const { streams, others, set, end, readings, passes } = await counted()
    const since = streams.moment()
    await end(since)
    await set(2, streams)
    expect(await end(since)).toBe(1)
    await set(3, others)
    passes(60)
    expect(await end(since)).toBe(2)
    expect(readings()).toBe(2)
  })

  it('that could not be read is read again', async () => {
    const { events, snapshots } = memory()
    let fails = true
    const streams = new Streams({
      runtime: systemRuntime,
      events: { ...events, head: async (stream) => (fails ? Promise.reject(new Error('gone')) : events.head(stream)) },
      snapshots,
    })
    const since = streams.moment()
    await expect(streams.atHead(organizations, 'acme', since)).rejects.toThrow('gone')
    fails = false
    expect((await streams.atHead(organizations, 'acme', since)).revision).toBe(-1)
  })

  it('is a premise of what was decided on it: nothing is appended once it has moved', async () => {
    const { streams, others, set } = await counted()
    const { premise } = streams.remembered(organizations, 'acme') ?? {}
    expect(premise).toEqual({ stream: 'organization-acme', revision: 0 })
    expect((await resting(streams, premise)).revision).toBe(0)
    await set(2, others)
    await expect(resting(streams, premise)).rejects.toMatchObject({
      name: 'PremiseMoved',
      stream: 'organization-acme',
    })
  })

  it.each(['applied', 'not applied'] as const)(
    'is a premise of a repetition too, but of what was appended already: %s before it moved',
    async (became) => {
      const { events, snapshots } = memory()
      const others = new Streams({ runtime: systemRuntime, events, snapshots })
      const move = (count: number) =>
        others.execute(organizations, 'acme', ({ state }) => organizationDecider.decide(departments(count), state), {
          meta: {},
          at: noon,
        })
      await move(1)
      let isLost = true
      const losing: typeof events = {
        ...events,
        append: async (...asked) => {
          if (!isLost) return events.append(...asked)
          isLost = false
          if (became === 'applied') await events.append(...asked)
          await move(2)
          throw new StoreUnavailable('unknown')
        },
      }
      const outcome = resting(new Streams({ runtime: systemRuntime, events: losing, snapshots }), {
        stream: 'organization-acme',
        revision: 0,
      })
      if (became === 'applied') expect((await outcome).revision).toBe(0)
      else await expect(outcome).rejects.toMatchObject({ name: 'PremiseMoved' })
      expect((await events.read('resting-acme')).length).toBe(became === 'applied' ? 1 : 0)
    },
  )
})
