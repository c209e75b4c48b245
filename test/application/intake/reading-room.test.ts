import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Runtime, systemRuntime } from 'madoguchi'
import { signature256, toWire } from 'madoguchi/simulator'
import { MAX_BODY_BYTES, READ_WITHIN, readBody } from '../../../src/application/intake/read-body.ts'
import { MAX_BYTES_BEING_READ, ReadingRoom } from '../../../src/application/intake/reading-room.ts'
import { holds, tells } from '../../holds.ts'
import {
  ACCOUNT,
  body,
  openDesk,
  post,
  recording,
  says,
  SECRET,
  signed,
  withChannel,
  withOrganization,
} from '../desk.ts'

// A signature is over the whole body: how much memory do bodies with false ones take until that shows?

const MIB = 1_048_576
const PIECE = new Uint8Array(MIB)
const FALSE_SIGNATURE = signature256('something else', SECRET)

/** A body that stops after some MiB, and never ends by itself. `arrived` resolves once they were read, or it was given up. */
const unfinished = (mebibytes: number) => {
  const { promise: arrived, resolve } = Promise.withResolvers<void>()
  let read = 0
  let isGivenUp = false
  let hangUp = (): void => {}
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (controller) => void (hangUp = () => controller.error(new Error('gone'))),
      pull: (controller) => {
        if (read === mebibytes) return resolve()
        read++
        controller.enqueue(PIECE)
      },
      cancel: () => {
        isGivenUp = true
        resolve()
      },
    },
    { highWaterMark: 0 },
  )
  const request = new Request('http://desk.test/', {
    method: 'POST',
    body: stream,
    headers: { 'x-hub-signature-256': FALSE_SIGNATURE },
    duplex: 'half',
  })
  return { request, arrived, hangUp: () => hangUp(), kept: () => (isGivenUp ? 0 : read * MIB) }
}

const opened = async () => {
  const { lines, log } = recording()
  const each = await openDesk({ log })
  await withOrganization(each.desk)
  await withChannel(each.desk, ACCOUNT)
  return { ...each, lines }
}

describe('bodies that are read at the same time', () => {
  it('sixty unfinished ones of 15 MiB keep at most 64 MiB, and a message gets in beside them', async () => {
    const { desk, lines } = await opened()
    const bodies = Array.from({ length: 60 }, () => unfinished(15))
    const answers = bodies.map(({ request }) => desk.handle(request))
    await Promise.all(bodies.map(({ arrived }) => arrived))
    const left = bodies.filter(({ kept }) => kept() > 0)
    expect(left.reduce((sum, { kept }) => sum + kept(), 0)).toBeLessThanOrEqual(MAX_BYTES_BEING_READ)
    expect(left.length).toBeGreaterThanOrEqual(4)
    expect(await post(desk, body([says('m1', 'Hello')]))).toBe(200)
    const still = left.filter(({ kept }) => kept() > 0)
    expect(still.length).toBeGreaterThanOrEqual(left.length - 1)
    for (const { hangUp } of still) hangUp()
    const answered = await Promise.all(answers)
    expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([503]))
    const later = answered.filter(({ headers }) => headers.get('retry-after') === '10')
    expect(later).toHaveLength(60 - still.length)
    expect(lines.filter(({ message }) => String(message).includes('was given up'))).toHaveLength(10)
  })

  it('a signed body of the largest size gets in when the others have hung up', async () => {
    const { desk } = await opened()
    const bodies = Array.from({ length: 4 }, () => unfinished(16))
    const answers = bodies.map(({ request }) => desk.handle(request))
    await Promise.all(bodies.map(({ arrived }) => arrived))
    const letter = toWire(body([says('m1', 'Hello')]) as never)
    const largest = `${letter}${' '.repeat(MAX_BODY_BYTES - letter.length)}`
    for (const { hangUp } of bodies) hangUp()
    await Promise.all(answers)
    expect((await desk.handle(signed(largest))).status).toBe(200)
  })
})

describe('what a body takes is released', () => {
  const reading = (mebibytes: number, runtime: Pick<Runtime, 'schedule'> = systemRuntime) => {
    const room = new ReadingRoom()
    const each = unfinished(mebibytes)
    return { ...each, room, done: readBody(each.request, { room, runtime }) }
  }

  it('when its sender hangs up', async () => {
    const { room, arrived, hangUp, done } = reading(3)
    await arrived
    expect(room.bytes).toBeGreaterThanOrEqual(3 * MIB)
    hangUp()
    await expect(done).rejects.toThrow('gone')
    expect(room.bytes).toBe(0)
  })

  it('when its time is over', async () => {
    let due = (): void => {}
    const runtime: Pick<Runtime, 'schedule'> = {
      schedule: (milliseconds, callback) => {
        expect(milliseconds).toBe(READ_WITHIN)
        due = callback
        return () => {}
      },
    }
    const { room, arrived, done } = reading(3, runtime)
    await arrived
    due()
    expect(room.bytes).toBe(0)
    expect(await done).toBe('too-slow')
  })

  it('when it is too large', async () => {
    const { room, done } = reading(17)
    expect(await done).toBe('too-large')
    expect(room.bytes).toBe(0)
  })

  it('at its end, with all its bytes in order, however small the pieces', async () => {
    const room = new ReadingRoom()
    const bytes = Uint8Array.from({ length: 1_000 }, (_, at) => at % 251)
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    const request = new Request('http://desk.test/', { method: 'POST', body: stream, duplex: 'half' })
    expect(await readBody(request, { room, runtime: systemRuntime })).toEqual(bytes)
    expect(room.bytes).toBe(0)
  })
})

it('whatever arrives, ends and is given up: never more than the limit, and exactly what bodies keep', () => {
  const steps = fc.array(fc.tuple(fc.nat(7), fc.oneof(fc.constant('end' as const), fc.integer({ min: 0, max: 60 }))), {
    minLength: 20,
    maxLength: 60,
  })
  holds(
    fc.property(steps, (given) => {
      const room = new ReadingRoom(100)
      const bodies = new Map<number, { readonly body: ReturnType<ReadingRoom['enter']>; size: number }>()
      for (const [name, step] of given) {
        if (step === 'end') {
          bodies.get(name)?.body.leave()
          bodies.delete(name)
          continue
        }
        let each = bodies.get(name)
        if (each === undefined) {
          const giveUp = (): void => {
            tells(true)
            bodies.delete(name)
          }
          bodies.set(name, (each = { body: room.enter(80, giveUp), size: 0 }))
        }
        if (each.body.add(new Uint8Array(step))) each.size += step
        for (const { body: left, size } of bodies.values()) expect(left.bytes()).toHaveLength(size)
        const kept = [...bodies.values()].reduce((sum, { size }) => sum + size, 0)
        expect(room.bytes).toBeGreaterThanOrEqual(kept)
        expect(room.bytes).toBeLessThanOrEqual(100)
      }
      for (const { body: left } of bodies.values()) left.leave()
      expect(room.bytes).toBe(0)
    }),
    { floor: 0.5 },
  )
})
