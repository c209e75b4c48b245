import { declareSuite, type Engine, type TestRunner } from './suite.ts'

/** What every engine of keys must do. */
export const keysContract = (runner: TestRunner, engine: Engine): void =>
  declareSuite(runner, engine, 'keys', ({ rule, notApplicable, expect }) => {
    rule('K1', 'makes a secret of 32 bytes once', async ({ store: { keys } }) => {
      const [one, two] = await Promise.all([keys.digestKey(), keys.digestKey()])
      expect(one.length).toBe(32)
      expect(new Set(one).size > 1).toBe(true)
      expect([...two]).toStrictEqual([...one])
      one.fill(0)
      expect([...(await keys.digestKey())]).toStrictEqual([...two])
    })

    if (engine.persistent)
      rule('K2', 'gives the same secret to every store of the place, for ever', async ({ store, another, reopen }) => {
        const other = await another()
        const [one, two] = await Promise.all([store.keys.digestKey(), other.keys.digestKey()])
        expect([...two]).toStrictEqual([...one])
        expect([...(await (await reopen()).keys.digestKey())]).toStrictEqual([...one])
      })
    else
      notApplicable('K2', 'gives the same secret to every store of the place, for ever', 'nothing outlives the store')
  })

/** What every engine of tokens must do. */
export const tokensContract = (runner: TestRunner, engine: Engine): void =>
  declareSuite(runner, engine, 'tokens', ({ rule, notApplicable, expect }) => {
    rule('T1', 'keeps, replaces and forgets the token of a channel', async ({ store: { tokens } }) => {
      expect(await tokens.get('c1')).toBe(undefined)
      await tokens.put('c1', 'first')
      await tokens.put('c2', 'other')
      await tokens.put('c1', 'second')
      expect([await tokens.get('c1'), await tokens.get('c2')]).toStrictEqual(['second', 'other'])
      await tokens.remove('c1')
      await tokens.remove('c1')
      expect([await tokens.get('c1'), await tokens.get('c2')]).toStrictEqual([undefined, 'other'])
    })

    if (engine.persistent)
      rule('T2', 'outlives the store', async ({ store, reopen }) => {
        await store.tokens.put('c1', 'first')
        expect(await (await reopen()).tokens.get('c1')).toBe('first')
      })
    else notApplicable('T2', 'outlives the store', 'nothing does')
  })

/** What every engine of blobs must do. */
export const blobsContract = (runner: TestRunner, engine: Engine): void =>
  declareSuite(runner, engine, 'blobs', ({ rule, notApplicable, expect }) => {
    const bytes = Uint8Array.from({ length: 1_048_576 }, (_, n) => (n * 31) % 256)

    rule('B1', 'keeps, replaces and forgets a file of 1 MB', async ({ store: { blobs } }) => {
      expect(await blobs.get('b')).toBe(undefined)
      await blobs.put('b', 'image/jpeg', new Uint8Array([1]))
      await blobs.put('b', 'image/png', bytes)
      const read = await blobs.get('b')
      expect(read?.mediaType).toBe('image/png')
      expect(Buffer.compare(read?.bytes ?? new Uint8Array(), bytes)).toBe(0)
      await blobs.remove('b')
      await blobs.remove('b')
      expect(await blobs.get('b')).toBe(undefined)
    })

    rule('B2', 'shares no bytes with those who wrote or read', async ({ store: { blobs } }) => {
      const own = new Uint8Array([1, 2, 3])
      const written = blobs.put('b', 'image/png', own)
      own.fill(9)
      await written
      const read = await blobs.get('b')
      expect([...(read?.bytes ?? [])]).toStrictEqual([1, 2, 3])
      read?.bytes.fill(7)
      expect([...((await blobs.get('b'))?.bytes ?? [])]).toStrictEqual([1, 2, 3])
    })

    if (engine.persistent)
      rule('B3', 'outlives the store', async ({ store, reopen }) => {
        await store.blobs.put('b', 'image/png', new Uint8Array([0, 255]))
        expect([...((await (await reopen()).blobs.get('b'))?.bytes ?? [])]).toStrictEqual([0, 255])
      })
    else notApplicable('B3', 'outlives the store', 'nothing does')
  })
