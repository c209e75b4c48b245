import { describe, expect, it } from 'vitest'
import { organizationDecider, type OrganizationCommand } from 'madoguchi/domain'
import { memory } from 'madoguchi/memory'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { Streams } from '../../src/application/commands/streams.ts'

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
  const streams = new Streams({ events: store.events, snapshots: store.snapshots })
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
    const other = new Streams({ events: store.events, snapshots: store.snapshots })
    await set(2)
    await set(3, undefined, other)
    await set(4)
    expect(await written()).toBe(3)
  })

  it('that would write nothing is decided on the head of the stream, not on what was cached', async () => {
    const { store, set } = setup()
    const other = new Streams({ events: store.events, snapshots: store.snapshots })
    await set(2)
    await set(3, undefined, other)
    expect((await set(2)).events).toHaveLength(1)
  })

  it('that folded what it made happen hands on the state it came to, and at a conflict decides on the head again', async () => {
    const { store, streams, set, written } = setup()
    const other = new Streams({ events: store.events, snapshots: store.snapshots })
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
    const others = [0, 1, 2].map(() => new Streams({ events: store.events, snapshots: store.snapshots }))
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
    const other = new Streams({ events: store.events, snapshots: store.snapshots })
    await Promise.all([set(2, 'key-1'), set(2, 'key-1', other)])
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
    const newer = new Streams({ events: store.events, snapshots: store.snapshots })
    const { state } = await newer.atHead({ ...organizations, foldVersion: 2 }, 'acme')
    expect(state).toMatchObject({ status: 'known' })
  })
})
