import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { idsOf, sampleEvent } from '../../../src/testing/contracts/sample-events.ts'
import { rejectionOf } from '../../../src/testing/contracts/suite.ts'
import { engineOn, type Ground } from './engine.ts'

/** An append that does not reach the server as a whole, as when the process that sends it is killed. */
export const halfwayOn = (ground: Ground): void => {
  describe(`${ground.name}: an append of which only a part reaches the server`, () => {
    it('leaves nothing of itself, and is made as a whole when it is repeated', async () => {
      const engine = engineOn(ground, 'cluster')
      const place = `halfway${crypto.randomUUID().replaceAll('-', '')}`
      const { events, close } = await engine.open(place)
      try {
        const small = sampleEvent(1)
        const large = sampleEvent(2, { data: { text: 'x'.repeat(600_000) } })
        await events.append('other', 'none', [sampleEvent(3)])
        ground.proxy().cutAfter(300_000)
        expect((await rejectionOf(events.append('s', 'none', [small, large]))).name).toBe('StoreUnavailable')
        // Until the server has noticed too.
        await setTimeout(500)
        expect(idsOf(await events.read('s'))).toEqual([])
        expect(await events.append('s', 'none', [small, large])).toMatchObject({ revision: 1, replayed: false })
        expect(idsOf(await events.read('s'))).toEqual(idsOf([small, large]))
      } finally {
        await close()
        await engine.discard?.(place)
      }
    })
  })
}
