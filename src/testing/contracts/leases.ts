import { declareSuite, type Engine, type TestRunner } from './suite.ts'

/** What every engine of leases must do. */
export const leasesContract = (runner: TestRunner, engine: Engine): void =>
  declareSuite(runner, engine, 'leases', ({ rule, notApplicable, expect }) => {
    rule('L1', 'has no note at first, then the one that was written', async ({ store: { leases } }) => {
      expect(await leases.read('work')).toBe(undefined)
      expect(await leases.write('work', undefined, { owner: 'a' })).toBe(true)
      expect(await leases.read('work')).toStrictEqual({ revision: 0, value: { owner: 'a' } })
      expect(await leases.read('other')).toBe(undefined)
    })

    rule('L2', 'writes only where the writer thought it stood', async ({ store: { leases } }) => {
      expect(await leases.write('work', 0, { owner: 'a' })).toBe(false)
      await leases.write('work', undefined, { owner: 'a' })
      expect(await leases.write('work', undefined, { owner: 'b' })).toBe(false)
      expect(await leases.write('work', 0, { owner: 'b' })).toBe(true)
      expect(await leases.write('work', 0, { owner: 'c' })).toBe(false)
      expect(await leases.write('work', 2, { owner: 'c' })).toBe(false)
      expect(await leases.read('work')).toStrictEqual({ revision: 1, value: { owner: 'b' } })
    })

    rule('L3', 'lets one of twenty writers win, the first time and every time', async ({ store: { leases } }) => {
      for (const from of [undefined, 0, 1]) {
        const won = await Promise.all(Array.from({ length: 20 }, (_, n) => leases.write('work', from, { n })))
        expect(won.filter(Boolean).length).toBe(1)
        const note = await leases.read('work')
        expect(note?.value).toStrictEqual({ n: won.indexOf(true) })
      }
    })

    rule('L4', 'refuses nobody the same value again, and tells both names apart', async ({ store: { leases } }) => {
      await leases.write('work', undefined, { owner: 'a' })
      expect(await leases.write('work', 0, { owner: 'a' })).toBe(true)
      expect(await leases.write('work 2', undefined, { owner: 'b' })).toBe(true)
      expect((await leases.read('work'))?.revision).toBe(1)
      expect(await leases.read('work 2')).toStrictEqual({ revision: 0, value: { owner: 'b' } })
    })

    rule('L5', 'keeps a note of 60 KiB, and the last one of two hundred', async ({ store: { leases } }) => {
      const value = { text: '窓'.repeat(20_000) }
      await leases.write('work', undefined, value)
      expect(await leases.read('work')).toStrictEqual({ revision: 0, value })
      for (let n = 0; n < 200; n += 1) expect(await leases.write('work', n, { n })).toBe(true)
      expect(await leases.read('work')).toStrictEqual({ revision: 200, value: { n: 199 } })
    })

    if (engine.persistent)
      rule('L6', 'is the same for two stores, and outlives both', async ({ store, another, reopen }) => {
        const other = await another()
        await store.leases.write('work', undefined, { owner: 'a' })
        expect(await other.leases.write('work', undefined, { owner: 'b' })).toBe(false)
        expect(await other.leases.write('work', 0, { owner: 'b' })).toBe(true)
        expect(await store.leases.write('work', 0, { owner: 'a' })).toBe(false)
        expect(await (await reopen()).leases.read('work')).toStrictEqual({ revision: 1, value: { owner: 'b' } })
      })
    else notApplicable('L6', 'is the same for two stores, and outlives both', 'nothing is shared')
  })
