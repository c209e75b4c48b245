import { sampleSnapshot } from './sample-events.ts'
import { declareSuite, type Engine, type TestRunner } from './suite.ts'

/** What every engine of snapshots must do. */
export const snapshotsContract = (runner: TestRunner, engine: Engine): void =>
  declareSuite(runner, engine, 'snapshots', ({ rule, notApplicable, expect }) => {
    rule('S1', 'has none at first, then the one that was saved', async ({ store: { snapshots } }) => {
      expect(await snapshots.load('s')).toBe(undefined)
      await snapshots.save('s', sampleSnapshot(3))
      expect(await snapshots.load('s')).toStrictEqual(sampleSnapshot(3))
      expect(await snapshots.load('t')).toBe(undefined)
    })

    rule('S2', 'keeps the one of the higher revision, whoever is last', async ({ store: { snapshots } }) => {
      await snapshots.save('s', sampleSnapshot(3))
      await snapshots.save('s', sampleSnapshot(2))
      expect((await snapshots.load('s'))?.revision).toBe(3)
      await snapshots.save('s', sampleSnapshot(4))
      expect((await snapshots.load('s'))?.revision).toBe(4)
    })

    rule('S3', 'lets another fold replace the one of the same revision', async ({ store: { snapshots } }) => {
      await snapshots.save('s', sampleSnapshot(3))
      const next = sampleSnapshot(3, { fold: 'conversation@2', state: '{"next":true}' })
      await snapshots.save('s', next)
      expect(await snapshots.load('s')).toStrictEqual(next)
    })

    rule('S4', 'keeps a state of 64 KiB exactly', async ({ store: { snapshots } }) => {
      const state = JSON.stringify({ text: '\u7a93\u0000\ud800'.repeat(4_000) })
      await snapshots.save('s', sampleSnapshot(1, { state }))
      expect((await snapshots.load('s'))?.state).toBe(state)
    })

    if (engine.persistent)
      rule('S5', 'outlives the store', async ({ store, reopen }) => {
        await store.snapshots.save('s', sampleSnapshot(3))
        expect(await (await reopen()).snapshots.load('s')).toStrictEqual(sampleSnapshot(3))
      })
    else notApplicable('S5', 'outlives the store', 'nothing does')
  })
