import { writeSync } from 'node:fs'
import { sqlite } from '../../../src/adapters/sqlite/index.ts'
import { sampleEvent, sampleId } from '../../../src/testing/contracts/sample-events.ts'

/** Appends pairs of events without end, 8 at a time, and prints the number of each pair that was acknowledged. */
const [file, round] = process.argv.slice(2)
const store = sqlite(file ?? '')
const group = Number(round) + 1
for (let n = 0; ; n += 8) {
  await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      const pair = [0, 1].map((half) => sampleEvent(n, { id: sampleId((n + at) * 2 + half, group) }))
      await store.events.append(`stream-${at}`, 'any', pair)
      writeSync(1, `${n + at}\n`)
    }),
  )
}
