import { describe, expect, it } from 'vitest'
import type { Decider } from '../../src/domain/decider.ts'
import { refuse } from '../../src/domain/refusal.ts'
import { given } from './given.ts'

interface Counted {
  readonly type: 'Counted'
  readonly data: { readonly by: number }
}
const counted = (by: number): Counted => ({ type: 'Counted', data: { by } })
const counter: Decider<{ readonly total: number }, number, Counted> = {
  initialState: () => ({ total: 0 }),
  decide: (by, { total }) => {
    if (by === 0) return []
    if (total + by > 3) refuse('channel-limit', { limit: 3, live: total })
    return [counted(by)]
  },
  evolve: (state, event) => ({ total: state.total + event.data.by }),
}

describe('given-when-then', () => {
  it('passes when the sentence is true', () => {
    given(counter).when(2).yields(counted(2))
    given(counter, counted(1)).when(0).yieldsNothing()
    given(counter, counted(2)).when(2).refuses('channel-limit')
    given(counter, counted(2)).when(2).refuses('channel-limit', { limit: 3, live: 2 })
  })

  it('shows the state before and after, and what happened', () => {
    const before = given(counter, counted(1))
    expect(before.state()).toEqual({ total: 1 })
    expect(before.when(2).state()).toEqual({ total: 3 })
    expect(before.when(2).events()).toEqual([counted(2)])
    expect(() => before.when(3).events()).toThrow(expect.objectContaining({ code: 'channel-limit' }))
    expect(() => before.when(3).state()).toThrow(expect.objectContaining({ code: 'channel-limit' }))
  })

  it('fails with what was expected and what came instead', () => {
    const assertion = expect.objectContaining({ code: 'ERR_ASSERTION' })
    expect(() => given(counter).when(2).yields(counted(1))).toThrow(assertion)
    expect(() => given(counter).when(2).yields()).toThrow(assertion)
    expect(() => given(counter).when(2).yieldsNothing()).toThrow(assertion)
    expect(() => given(counter).when(4).yields(counted(4))).toThrow(/refused instead: Refusal: channel-limit/)
    expect(() => given(counter).when(4).yieldsNothing()).toThrow(/refused instead/)
    expect(() => given(counter).when(2).refuses('channel-limit')).toThrow(/but got/)
    expect(() => given(counter).when(4).refuses('empty')).toThrow(/but was: Refusal: channel-limit/)
    expect(() => given(counter).when(4).refuses('channel-limit', { limit: 9, live: 0 })).toThrow(assertion)
  })

  it('lets an error that is no refusal through', () => {
    const broken: typeof counter = {
      ...counter,
      decide: () => {
        throw new TypeError('a mistake')
      },
    }
    expect(() => given(broken).when(1)).toThrow(TypeError)
  })

  it('fails for a decider that changes what it was given', () => {
    const mutable = {
      ...counter,
      evolve: (state: { total: number }, event: Counted) => {
        state.total += event.data.by
        return state
      },
    }
    expect(() => given(mutable, counted(1))).toThrow(TypeError)
  })

  it('fails for a state or an event that JSON would change', () => {
    const dated = { ...counter, evolve: () => ({ total: undefined as never }) }
    expect(() => given(dated, counted(1))).toThrow(/the state is not the same after JSON/)
    const holed = { ...counter, decide: () => [{ type: 'Counted', data: { by: Number.NaN } } as const] }
    expect(() => given(holed).when(1)).toThrow(/the decision is not the same after JSON/)
  })
})
