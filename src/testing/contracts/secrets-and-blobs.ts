import type { Tokens } from '../../application/ports/tokens.ts'
import { declareSuite, type Engine, type TestRunner } from './suite.ts'

/** Ids by their code points, which is not how JavaScript compares them. */
const IN_ORDER = ['a', 'a\u0000', 'a1', 'b', 'z', '\u{e9}', '\ud800 lone', '\uff5e', '\u{1f469}']
const SHUFFLED = [8, 2, 0, 6, 4, 1, 7, 3, 5].map((at) => IN_ORDER[at] ?? '')

const pagesOf = async (listed: Pick<Tokens, 'ids'>, limit: number): Promise<readonly string[]> => {
  const all: string[] = []
  for (;;) {
    const after = all.at(-1)
    const page = await listed.ids({ limit, ...(after !== undefined && { after }) })
    if (page.length === 0) return all
    all.push(...page)
  }
}

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

    rule('K3', 'finds a secret that was made, and makes none by looking', async ({ store: { keys } }) => {
      expect(await keys.findDigestKey()).toBe(undefined)
      expect(await keys.findDigestKey()).toBe(undefined)
      const made = await keys.digestKey()
      const found = await keys.findDigestKey()
      expect([...(found ?? [])]).toStrictEqual([...made])
      found?.fill(0)
      expect([...((await keys.findDigestKey()) ?? [])]).toStrictEqual([...made])
    })

    rule('K4', 'adopts the secret of another engine while it has none of its own', async ({ store: { keys } }) => {
      const foreign = Uint8Array.from({ length: 32 }, (_, n) => n)
      const given = new Uint8Array(foreign)
      expect(await keys.adoptDigestKey(given)).toBe(true)
      given.fill(0)
      expect(await keys.adoptDigestKey(foreign)).toBe(true)
      expect([...(await keys.digestKey())]).toStrictEqual([...foreign])
      expect(await keys.adoptDigestKey(new Uint8Array(32))).toBe(false)
      expect([...(await keys.digestKey())]).toStrictEqual([...foreign])
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

    rule('T3', 'gives the channels that have one in pages, in order', async ({ store: { tokens } }) => {
      expect(await tokens.ids()).toStrictEqual([])
      for (const id of SHUFFLED) await tokens.put(id, `token of ${id}`)
      await tokens.put('gone', 'token')
      await tokens.remove('gone')
      expect(await tokens.ids()).toStrictEqual(IN_ORDER)
      expect(await pagesOf(tokens, 2)).toStrictEqual(IN_ORDER)
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

    rule('B4', 'gives the ids of all files in pages, in order', async ({ store: { blobs } }) => {
      expect(await blobs.ids()).toStrictEqual([])
      for (const id of SHUFFLED) await blobs.put(id, 'image/png', new Uint8Array([1]))
      await blobs.put('gone', 'image/png', new Uint8Array([1]))
      await blobs.remove('gone')
      expect(await blobs.ids()).toStrictEqual(IN_ORDER)
      expect(await pagesOf(blobs, 2)).toStrictEqual(IN_ORDER)
    })

    if (engine.persistent)
      rule('B3', 'outlives the store', async ({ store, reopen }) => {
        await store.blobs.put('b', 'image/png', new Uint8Array([0, 255]))
        expect([...((await (await reopen()).blobs.get('b'))?.bytes ?? [])]).toStrictEqual([0, 255])
      })
    else notApplicable('B3', 'outlives the store', 'nothing does')
  })
