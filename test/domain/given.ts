import { expect } from 'vitest'
import { type Given, given as sentence } from '../../src/testing/given-when-then.ts'
import type { Decider } from '../../src/domain/decider.ts'

/** `given` as this suite says it: the runner counts every sentence as an expectation. */
export const given = <State, Command, Event>(
  decider: Decider<State, Command, Event>,
  ...events: readonly Event[]
): Given<State, Command, Event> => {
  const { state, when } = sentence(decider, ...events)
  return {
    state,
    when: (command) => {
      const outcome = when(command)
      return {
        ...outcome,
        yields: (...expected) => expect(outcome.yields(...expected)).toBeUndefined(),
        yieldsNothing: () => expect(outcome.yieldsNothing()).toBeUndefined(),
        refuses: (code, facts) => expect(outcome.refuses(code, facts)).toBeUndefined(),
      }
    },
  }
}
