import { describe, expect, it } from 'vitest'
import { createDeliverer, defaultDelivery, type DeliverySettings } from '../../src/simulator/delivery.ts'
import { type Answer, openLedger } from '../../src/simulator/ledger.ts'
import type { WebhookEvent } from '../../src/simulator/webhook-event.ts'
import { virtualRuntime } from './harness.ts'

// When each webhook leaves, to the millisecond: on virtual time.

const OK: Answer = { kind: 'answered', status: 200 }
const START = 10_000
const FAILED: Answer = { kind: 'answered', status: 500 }
interface Posted {
  readonly at: number
  readonly secret: string
  readonly events: readonly string[]
}
interface Choices {
  readonly settings?: Partial<DeliverySettings>
  readonly duplicateAfter?: (event: WebhookEvent) => number | undefined
  readonly holdBack?: (event: WebhookEvent) => number | undefined
  readonly secretOf?: (accountId: string) => string
}

const opened = ({ settings: given, ...choices }: Choices = {}) => {
  const { time, runtime } = virtualRuntime()
  // No clock begins with the test: what counts from 0 would pass by chance.
  time.now = START
  const now = (): number => time.now - START
  const posted: Posted[] = []
  const ledger = openLedger()
  const settings = { value: { ...defaultDelivery, ...given } }
  const target = { isThere: true }
  let most = 0
  let underWay = 0
  let changes = 0
  let deliveries = 0
  const answers: { value: (posted: Posted) => Answer | Promise<Answer> } = { value: () => OK }
  const queue = createDeliverer({
    settings: () => settings.value,
    ready: () => target.isThere,
    secretOf: choices.secretOf ?? (() => 'secret'),
    post: async (rawBody, secret) => {
      const { entry } = JSON.parse(Buffer.from(rawBody).toString()) as { entry: { messaging: { id: string }[] }[] }
      const one = { at: now(), secret, events: entry.flatMap(({ messaging }) => messaging.map(({ id }) => id)) }
      posted.push(one)
      most = Math.max(most, ++underWay)
      const answer = await answers.value(one)
      underWay--
      return answer
    },
    now,
    runtime,
    ledger,
    nextId: () => `d${++deliveries}`,
    duplicateAfter: choices.duplicateAfter ?? (() => undefined),
    holdBack: choices.holdBack ?? (() => undefined),
    changed: () => void changes++,
  })
  const tell = (
    lane: string,
    id: string,
    { afterMs, accountId = 'a' }: { afterMs?: number; accountId?: string } = {},
  ) => {
    const event: WebhookEvent = { eventId: id, accountId, kind: 'message', list: 'messaging', body: { id } }
    ledger.addEvent(event, 'waiting')
    return queue.enqueue(lane, event, afterMs === undefined ? {} : { afterMs })
  }
  /** What left, as `<time>:<events>`. */
  const left = () => posted.map(({ at, events }) => `${at}:${events.join('+')}`)
  const ends = async (promise: Promise<unknown>) => {
    let isOver = false
    void promise.then(() => (isOver = true))
    await time.pass(0)
    return isOver
  }
  return {
    time,
    queue,
    tell,
    left,
    ledger,
    settings,
    target,
    answers,
    posted,
    ends,
    most: () => most,
    changes: () => changes,
  }
}

describe('The queue of webhooks', () => {
  it('posts the events of a lane one after the other, and lanes side by side', async () => {
    const { time, tell, left, answers } = opened()
    answers.value = async () => {
      await time.wait(10)
      return OK
    }
    for (const id of ['a1', 'a2', 'b1', 'a3', 'b2']) tell(id.slice(0, 1), id)
    await time.pass(100)
    expect(left()).toEqual(['0:a1', '0:b1', '10:a2', '10:b2', '20:a3'])
  })

  it('has never more requests under way than it may, and fewer once that is changed', async () => {
    const { time, tell, left, answers, settings, most, queue } = opened({ settings: { concurrency: 2 } })
    answers.value = async () => {
      await time.wait(10)
      return OK
    }
    for (let lane = 0; lane < 5; lane++) tell(`${lane}`, `${lane}`)
    await time.pass(5)
    settings.value = { ...settings.value, concurrency: 1 }
    queue.wake()
    await time.pass(100)
    expect(left()).toEqual(['0:0', '0:1', '10:2', '20:3', '30:4'])
    expect(most()).toBe(2)
  })

  it('tries again after the waits that are set, of which the last repeats, with the same bytes', async () => {
    const { time, tell, left, answers, ledger } = opened({ settings: { retryMs: [0, 5, 20] } })
    answers.value = () => FAILED
    const { tried, delivered } = tell('a', '1')
    tell('a', '2')
    await time.pass(0)
    await tried
    await time.pass(60)
    answers.value = () => OK
    await time.pass(20)
    expect(left()).toEqual(['0:1', '1:1', '6:1', '26:1', '46:1', '66:1', '66:2'])
    expect(await delivered).toEqual({ outcome: 'delivered' })
    expect(
      ledger.attempts.map(({ deliveryId, attempt, at, eventIds }) => [deliveryId, attempt, at, eventIds[0]]),
    ).toEqual([
      ['d1', 1, 0, '1'],
      ['d1', 2, 1, '1'],
      ['d1', 3, 6, '1'],
      ['d1', 4, 26, '1'],
      ['d1', 5, 46, '1'],
      ['d1', 6, 66, '1'],
      ['d2', 1, 66, '2'],
    ])
  })

  it.each<[Partial<DeliverySettings>, readonly string[]]>([
    [{ retryMs: [10], giveUpAfterMs: 20 }, ['0:1', '10:1', '20:1']],
    [{ retryMs: [10], giveUpAfterMs: 19 }, ['0:1', '10:1']],
    [{ retryMs: [10], giveUpAfterMs: 9 }, ['0:1']],
    [{ retryMs: [] }, ['0:1']],
  ])('gives an event up when its time is over, and goes on with the next: %j', async (settings, tries) => {
    const { time, tell, left, answers, ledger, queue } = opened({ settings })
    answers.value = ({ events }) => (events[0] === '1' ? { kind: 'no-answer', reason: 'x' } : OK)
    const one = tell('a', '1')
    tell('a', '2')
    await time.pass(100)
    expect(left().slice(0, -1)).toEqual(tries)
    expect(left().at(-1)).toMatch(/:2$/)
    expect(await one.delivered).toEqual({ outcome: 'given-up' })
    expect(ledger.events().map(({ state, attempts, answered200 }) => [state, attempts, answered200])).toEqual([
      ['given-up', tries.length, 0],
      ['delivered', 1, 1],
    ])
    expect(queue.pending()).toEqual([])
  })

  it('gathers events of ready lanes for a while, up to as many as a request may have', async () => {
    const { time, tell, left } = opened({ settings: { maxEvents: 3, lingerMs: 10 } })
    tell('a', 'a1')
    await time.pass(6)
    for (const id of ['a2', 'b1', 'b2', 'c1']) tell(id.slice(0, 1), id)
    await time.pass(100)
    expect(left()).toEqual(['10:a1+a2+b1', '10:c1', '20:b2'])
  })

  it('gathers nothing where it may not wait', async () => {
    const { time, tell, left } = opened({ settings: { maxEvents: 3, lingerMs: 0 } })
    tell('a', 'a1')
    tell('b', 'b1')
    await time.pass(0)
    expect(left()).toEqual(['0:a1+b1'])
  })

  it('puts events under different secrets into different requests', async () => {
    const { time, tell, posted } = opened({
      settings: { maxEvents: 10, lingerMs: 1 },
      secretOf: (accountId) => `of ${accountId}`,
    })
    for (const [id, accountId] of [
      ['1', 'x'],
      ['2', 'y'],
      ['3', 'x'],
    ] as const)
      tell(id, id, { accountId })
    await time.pass(10)
    expect(posted.map(({ secret, events }) => [secret, events])).toEqual([
      ['of x', ['1', '3']],
      ['of y', ['2']],
    ])
  })

  it('keeps an event until its time, and what follows it in its lane', async () => {
    const { time, tell, left } = opened({ settings: { maxEvents: 5, lingerMs: 0 } })
    tell('a', 'a1', { afterMs: 20 })
    tell('a', 'a2')
    tell('b', 'b1')
    tell('b', 'b2', { afterMs: 5 })
    await time.pass(100)
    expect(left()).toEqual(['0:b1', '5:b2', '20:a1+a2'])
  })

  it('holds an event back so that others of its lane overtake it', async () => {
    const { time, tell, left } = opened({ holdBack: ({ eventId }) => (eventId === '1' ? 30 : undefined) })
    tell('a', '1', { afterMs: 5 })
    tell('a', '2')
    await time.pass(100)
    expect(left()).toEqual(['0:2', '35:1'])
  })

  it('posts an event twice where it is to be doubled, the copy once', async () => {
    const { time, tell, left, ledger, ends, queue } = opened({ duplicateAfter: () => 7 })
    tell('a', '1')
    tell('a', '2')
    const idle = queue.idle()
    await time.pass(6)
    expect(await ends(idle)).toBe(false)
    await time.pass(100)
    expect(await ends(idle)).toBe(true)
    expect(left()).toEqual(['0:1', '0:2', '7:1', '7:2'])
    expect(ledger.deliveredEvents()).toMatchObject({ refused: 0, unanswered: 0 })
    expect(ledger.events().map(({ answered200 }) => answered200)).toEqual([2, 2])
  })

  it('makes what waits for another try due at once when asked, and nothing else', async () => {
    const { time, tell, left, answers, queue } = opened({ settings: { retryMs: [1_000] } })
    answers.value = () => FAILED
    tell('a', '1')
    tell('b', '2', { afterMs: 500 })
    await time.pass(10)
    answers.value = () => OK
    queue.retryNow()
    queue.retryNow()
    await time.pass(10)
    expect(left()).toEqual(['0:1', '10:1'])
    await time.pass(2_000)
    expect(left()).toEqual(['0:1', '10:1', '500:2'])
  })

  it('waits for a target, and is idle without one', async () => {
    const { time, tell, left, target, queue, ends } = opened()
    target.isThere = false
    tell('a', '1')
    const idle = queue.idle()
    await time.pass(10)
    expect([left(), await ends(idle)]).toEqual([[], true])
    expect(queue.pending()).toMatchObject([{ lane: 'a', copy: false, event: { eventId: '1' } }])
    target.isThere = true
    queue.wake()
    await time.pass(0)
    expect(left()).toEqual(['10:1'])
  })

  it('is idle when nothing is under way, waits or is to be tried again', async () => {
    const { time, tell, answers, queue, ends } = opened({ settings: { retryMs: [50] } })
    const first = queue.idle()
    await time.pass(0)
    expect(await ends(first)).toBe(true)
    answers.value = async () => {
      await time.wait(10)
      return FAILED
    }
    tell('a', '1')
    tell('b', '2', { afterMs: 200 })
    const idle = queue.idle()
    await time.pass(5)
    expect(await ends(idle)).toBe(false)
    await time.pass(30)
    expect(await ends(idle)).toBe(false)
    answers.value = () => OK
    await time.pass(100)
    expect(await ends(idle)).toBe(false)
    await time.pass(100)
    expect(await ends(idle)).toBe(true)
  })

  it('says what is not yet delivered, in order, and goes on with it elsewhere', async () => {
    const { time, tell, answers, queue, left } = opened({ settings: { retryMs: [1_000] }, duplicateAfter: () => 500 })
    tell('a', '1')
    await time.pass(1)
    answers.value = () => FAILED
    for (const id of ['2', '3']) tell('a', id)
    tell('b', '4')
    await time.pass(1)
    const waits = queue.pending()
    expect(waits.map(({ lane, event, copy }) => [lane, event.eventId, copy])).toEqual([
      ['a', '2', false],
      ['b', '4', false],
      ['1#copy-1', '1', true],
      ['a', '3', false],
    ])
    const closing = queue.close()
    await closing
    await time.pass(5_000)
    expect(left()).toEqual(['0:1', '1:2', '1:4'])
    expect(queue.pending()).toEqual(waits)
    const next = opened({ duplicateAfter: () => 1 })
    next.queue.resume(waits)
    await next.time.pass(100)
    // A copy is not doubled again.
    const told = next.left().map((one) => one.split(':')[1] ?? '')
    expect(told.toSorted()).toEqual(['1', '2', '2', '3', '3', '4', '4'])
  })

  it('is closed when what is under way has ended, and then begins nothing', async () => {
    const { time, tell, answers, queue, left, ends, ledger } = opened({ settings: { retryMs: [1] } })
    answers.value = async () => {
      await time.wait(10)
      return FAILED
    }
    tell('a', '1')
    await time.pass(5)
    const closed = queue.close()
    tell('b', '2')
    expect(await ends(closed)).toBe(false)
    await time.pass(5)
    expect(await ends(closed)).toBe(true)
    await time.pass(100)
    expect(left()).toEqual(['0:1'])
    expect(ledger.attempts).toHaveLength(1)
    expect(await ends(queue.idle())).toBe(true)
    expect(queue.pending().map(({ event }) => event.eventId)).toEqual(['1', '2'])
  })

  it('tells of every try that something changed', async () => {
    const { time, tell, answers, changes } = opened({ settings: { retryMs: [1] } })
    const results = [FAILED, FAILED, OK]
    answers.value = () => results.shift() ?? OK
    tell('a', '1')
    await time.pass(100)
    expect(changes()).toBe(3)
  })
})
