import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import type { NewEvent } from '../../../src/application/ports/event-store.ts'
import { afterwards } from '../../application/desk.ts'
import { aside, discardPlace, openPlace, postgresUrl } from './places.ts'

const event = (): NewEvent => ({ id: randomUUID(), type: 'Noted', version: 1, data: {}, meta: {}, recordedAt: 0 })

/** How often the functions of a log were called, as the server counts. */
const calls = async (schema: string): Promise<Record<string, number>> => {
  const rows = await aside('select funcname, calls::int from pg_stat_user_functions where schemaname = $1', [schema])
  return Object.fromEntries(rows.map(({ funcname, calls }) => [String(funcname), Number(calls)]))
}

it('looks at every append by itself only where one of them does not stand where it should', async () => {
  const place = `plain_${process.pid}`
  afterwards(() => discardPlace(place))
  const counted = new URL(await postgresUrl())
  counted.searchParams.set('options', '-c track_functions=pl')
  const store = await openPlace(place, { connectionString: counted.href })
  const append = (n: number, stream: string): Promise<unknown> => store.events.append(stream, n, [event()])
  // Several streams at once, which begin and go on, and several events of one append.
  await Promise.all(['a', 'b', 'c'].map((stream) => store.events.append(stream, 'none', [event()])))
  await Promise.all(['a', 'b', 'c'].map((stream) => append(0, stream)))
  await store.events.append('d', 'none', [event(), event(), event()])
  await store.close()
  const { append_together: plain = 0, append: singly = 0 } = await calls(place)
  expect(plain).toBeGreaterThanOrEqual(3)
  expect(singly).toBe(0)

  const again = await openPlace(place, { connectionString: counted.href })
  await expect(again.events.append('a', 0, [event()])).rejects.toThrow()
  await again.close()
  expect((await calls(place))['append']).toBe(1)
})
