import { deepStrictEqual } from 'node:assert'
import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { accountDecider, MAX_FORMER_CHANNELS } from '../../src/domain/account/index.ts'
import { channelDecider, DEFAULT_SETTINGS, MAX_AGENTS, MAX_AGENTS_BYTES } from '../../src/domain/channel/index.ts'
import { fold, type Decider } from '../../src/domain/decider.ts'
import {
  liveSlots,
  organizationDecider,
  MAX_DEPARTMENTS,
  MAX_DEPARTMENTS_BYTES,
} from '../../src/domain/organization/index.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { utf8Bytes } from '../../src/domain/text.ts'
import { ticketDecider } from '../../src/domain/ticket/index.ts'
import {
  accountCommand,
  accountEvent,
  agentCommand,
  channelCommand,
  channelEvent,
  createChannel,
  organizationCommand,
  organizationEvent,
  ticketCommand,
  ticketEvent,
} from './arbitraries.ts'
import { holds, tells } from '../holds.ts'

/** What the decider says; nothing when it refuses. An error that is no refusal is thrown. */
const decided = <State, Command, Event>(
  { decide }: Decider<State, Command, Event>,
  command: Command,
  state: State,
): readonly Event[] => {
  try {
    return decide(command, state)
  } catch (error) {
    if (isRefusal(error)) return []
    throw error
  }
}

const laws = <State, Command, Event extends object>(
  name: string,
  decider: Decider<State, Command, Event>,
  command: fc.Arbitrary<Command>,
  event: fc.Arbitrary<Event>,
): void => {
  describe(`the decider of ${name}`, () => {
    it('throws refusals only, and does nothing when a command is repeated', () =>
      holds(
        fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
          let state = decider.initialState()
          for (const one of commands) {
            const happened = decided(decider, one, state)
            tells(happened.length > 0)
            state = fold(decider.evolve, state, happened)
            expect(decided(decider, one, state)).toEqual([])
          }
        }),
        { floor: 0.25, numRuns: 300 },
      ))

    it('accepts any event in any state, and its state and events survive JSON', () =>
      holds(
        fc.property(fc.array(event, { maxLength: 30 }), fc.array(command, { maxLength: 5 }), (events, commands) => {
          tells(events.length > 0)
          const state = fold(decider.evolve, decider.initialState(), events)
          deepStrictEqual(JSON.parse(JSON.stringify(state)), state)
          for (const one of commands) {
            const happened = decided(decider, one, state)
            deepStrictEqual(JSON.parse(JSON.stringify(happened)), happened)
          }
        }),
        { floor: 0.7, numRuns: 300 },
      ))
  })
}

laws('organizations', organizationDecider, organizationCommand, organizationEvent)
laws('accounts', accountDecider, accountCommand, accountEvent)
laws('channels', channelDecider, channelCommand, channelEvent)
laws('tickets', ticketDecider, ticketCommand, ticketEvent)

describe('over any sequence of commands', () => {
  it('never more channels are live than there are departments when a slot is taken', () =>
    holds(
      fc.property(fc.array(organizationCommand, { maxLength: 60, size: 'max' }), (commands) => {
        let state = organizationDecider.initialState()
        let departments: ReadonlySet<string> = new Set()
        const live = new Set<string>()
        for (const command of commands) {
          for (const event of decided(organizationDecider, command, state)) {
            state = organizationDecider.evolve(state, event)
            if (event.type === 'DepartmentsSet') departments = new Set(event.data.departments)
            if (event.type === 'ChannelSlotReleased') live.delete(event.data.channelId)
            if (event.type === 'ChannelSlotTaken') {
              live.add(event.data.channelId)
              tells(live.size > 1)
              expect(live.size).toBeLessThanOrEqual(departments.size)
            }
            expect(liveSlots(state)).toBe(live.size)
          }
        }
      }),
      { floor: 0.1, numRuns: 500 },
    ))

  it('an account is in one channel at a time, and never twice in the same', () =>
    holds(
      fc.property(fc.array(accountCommand, { maxLength: 40 }), (commands) => {
        let state = accountDecider.initialState()
        let holder: string | undefined
        const held: string[] = []
        for (const command of commands) {
          for (const event of decided(accountDecider, command, state)) {
            state = accountDecider.evolve(state, event)
            const { channelId } = event.data
            if (event.type === 'AccountClaimed') {
              expect(holder).toBeUndefined()
              expect(held).not.toContain(channelId)
              holder = channelId
              held.push(channelId)
            } else {
              expect(holder).toBe(channelId)
              tells(true)
              holder = undefined
            }
          }
        }
      }),
      { floor: 0.08, numRuns: 300 },
    ))

  it('no association number is given twice on a channel', () =>
    holds(
      fc.property(createChannel, fc.array(agentCommand, { maxLength: 30 }), (creation, commands) => {
        let state = channelDecider.initialState()
        let newest = 0
        for (const command of [creation, ...commands]) {
          for (const event of decided(channelDecider, command, state)) {
            state = channelDecider.evolve(state, event)
            if (event.type === 'AgentAssociated') expect(event.data.association).toBe(++newest)
            tells(newest > 1)
          }
        }
      }),
      { floor: 0.2, numRuns: 300 },
    ))

  it('a deleted channel is never anything else again, and nothing happens to it but that agents leave', () =>
    holds(
      fc.property(fc.array(channelCommand, { maxLength: 60, size: 'max' }), (commands) => {
        let state = channelDecider.initialState()
        for (const command of commands) {
          const happened = decided(channelDecider, command, state)
          const before = state
          state = fold(channelDecider.evolve, state, happened)
          if (before.status !== 'deleted' && before.status !== 'abandoned') continue
          tells(true)
          expect(happened.filter(({ type }) => type !== 'AgentRemoved')).toEqual([])
          expect(state.status).toBe(before.status)
        }
      }),
      { floor: 0.1, numRuns: 300 },
    ))
})

describe('the folded state', () => {
  const LIMIT = 65_536
  const size = (state: object): number => utf8Bytes(JSON.stringify(state))
  const uuid = (index: number): string => `0190a1b2-0000-7000-8000-${String(index).padStart(12, '0')}`
  const organizationId = 'acme'
  const by = { kind: 'system' } as const

  it('of an organization stays under 64 KiB with as many departments and channels as it may have', () => {
    const width = Math.floor(MAX_DEPARTMENTS_BYTES / MAX_DEPARTMENTS) - 3
    const departments = Array.from({ length: MAX_DEPARTMENTS }, (_, index) => String(index).padStart(width, '-'))
    const slots = departments.map((_, index) => ({
      type: 'ChannelSlotTaken' as const,
      data: {
        organizationId,
        channelId: uuid(index),
        accountId: '17841400000000001',
        completeBy: 1_714_564_800_000,
        at: 0,
      },
    }))
    const state = fold(organizationDecider.evolve, organizationDecider.initialState(), [
      { type: 'DepartmentsSet', data: { organizationId, departments, by, at: 0 } },
      ...slots,
    ])
    expect(liveSlots(state)).toBe(MAX_DEPARTMENTS)
    expect(size(state)).toBeLessThan(LIMIT)
  })

  it('of a channel stays under 64 KiB with as many agents as it may have', () => {
    const width = Math.floor(MAX_AGENTS_BYTES / MAX_AGENTS) - 7
    const settings = { ...DEFAULT_SETTINGS, name: '😀'.repeat(100), departmentId: 'd'.repeat(255) }
    const account = { accountId: '1', flavour: 'instagram-login', username: 'u'.repeat(255) } as const
    const channelId = uuid(1)
    const state = fold(channelDecider.evolve, channelDecider.initialState(), [
      {
        type: 'ChannelCreated',
        data: { channelId, organizationId, account, settings, humanAgent: 'unknown', by, at: 0 },
      },
      ...Array.from({ length: MAX_AGENTS }, (_, index) => ({
        type: 'AgentAssociated' as const,
        data: { channelId, agentId: String(index).padStart(width, '-'), association: index + 1, by, at: 0 },
      })),
      ...Array.from({ length: 1_000 }, (_, index) => ({
        type: 'AppRolesChanged' as const,
        data: { channelId, eventKey: uuid(index), roles: { app: ['x'.repeat(10_000)] }, at: 0 },
      })),
    ])
    expect(size(state)).toBeGreaterThan(40_000)
    expect(size(state)).toBeLessThan(LIMIT)
  })

  it('of an account stays under 64 KiB however often it is connected', () => {
    const events = Array.from({ length: 3 * MAX_FORMER_CHANNELS }, (_, index) => [
      {
        type: 'AccountClaimed' as const,
        data: { accountId: '1', organizationId: 'o'.repeat(255), channelId: uuid(index), at: 1_714_564_800_000 },
      },
      { type: 'AccountReleased' as const, data: { accountId: '1', channelId: uuid(index), at: 1_714_564_800_000 } },
    ]).flat()
    expect(size(fold(accountDecider.evolve, accountDecider.initialState(), events))).toBeLessThan(LIMIT)
  })
})
