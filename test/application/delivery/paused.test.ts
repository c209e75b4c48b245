import { describe, expect, it } from 'vitest'
import { createDesk, type Desk, type Leases } from 'madoguchi'
import { afterwards, aki, engines, system, until } from '../desk.ts'
import { happened, onPhone, openQueue, stands } from './talk.ts'

// A process that sleeps beyond its turn, as by SIGSTOP, and wakes up when another has taken over.

/** A busy machine does not stop a process for so long. */
const GONE_AFTER = 1_500

/** The part of all delivery that the process does. */
const delivers = (desk: Desk | undefined): number => desk?.operations.share(system).delivery ?? 0

/** Leases that a sleeping process cannot write. */
const sleeper = (leases: Leases) => {
  let sleeps = false
  return {
    leases: {
      read: (name: string) => leases.read(name),
      write: async (...asked: Parameters<Leases['write']>) => (sleeps ? false : leases.write(...asked)),
    },
    sleep: () => {
      sleeps = true
    },
    wake: () => {
      sleeps = false
    },
  }
}

describe.each(Object.keys(engines))('on %s, a process that wakes up after another has taken over', (engine) => {
  const open = async () => {
    const { dispatch, ...talk } = await openQueue({ store: engines[engine]?.() as never })
    const { leases, sleep, wake } = sleeper(talk.store.leases)
    const processes = { goneAfter: GONE_AFTER }
    /** Resolves when the other one has taken over. */
    const takeOver = async (): Promise<void> => {
      sleep()
      const other = await dispatch({ processes })
      await until(async () => delivers(other) === 1 && delivers(sleepy) === 0)
    }
    let sleepy: Desk | undefined
    const start = async (onStep: (step: string) => Promise<void> = async () => {}) => {
      const desk = createDesk({ ...talk.options, store: { ...talk.store, leases }, delivery: {}, processes, onStep })
      afterwards(() => desk.stop())
      sleepy = desk
      await desk.start()
      await until(async () => delivers(desk) === 1)
    }
    /** Wakes up, and resolves when it is back at work. */
    const wakeUp = async (): Promise<void> => {
      wake()
      await until(async () => delivers(sleepy) > 0)
    }
    const reply = (text: string) => talk.desk.conversations.reply(aki, { conversationId: talk.conversationId, text })
    return { ...talk, start, takeOver, wakeUp, reply }
  }

  it('begins no attempt', async () => {
    const talk = await open()
    await talk.start()
    const before = await talk.reply('One.')
    await stands(talk, before.replyId, 'sent')
    await talk.takeOver()
    const after = await talk.reply('Two.')
    await stands(talk, after.replyId, 'sent')
    const [one, two, ...more] = await happened(talk, 'ReplyAttempted')
    expect(more).toEqual([])
    expect(two?.worker).not.toBe(one?.worker)
    expect(two?.epoch).toBeGreaterThan(one?.epoch ?? Number.POSITIVE_INFINITY)
  })

  it.each([false, true])(
    'makes no call for an attempt that it had written before it slept, back at work: %s',
    async (isBack) => {
      const talk = await open()
      const queued = talk.reply('One.')
      let slept = false
      await talk.start(async (step) => {
        if (step !== 'attempted' || slept) return
        slept = true
        await talk.takeOver()
        if (!isBack) return
        await talk.wakeUp()
      })
      const { replyId } = await queued
      await until(async () => (await happened(talk, 'ReplyAttemptFailed')).length > 0)
      expect(await happened(talk, 'ReplyAttemptFailed')).toHaveLength(1)
      expect(talk.simulator.ledger.calls).toEqual([])
      // Nothing was delivered for certain, so whoever has taken over may send it.
      talk.clock.advance(2_000)
      await stands(talk, replyId, 'sent')
      expect(onPhone(talk)).toEqual(['One.'])
      const [one, two] = await happened(talk, 'ReplyAttempted')
      expect(two?.epoch).toBeGreaterThan(one?.epoch ?? Number.POSITIVE_INFINITY)
    },
  )
})
