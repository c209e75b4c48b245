import { AssertionError, deepStrictEqual } from 'node:assert'
import type { Decider } from '../domain/decider.ts'
import { isRefusal, type RefusalCode, type Refusals } from '../domain/refusal.ts'

/** What came of a command. */
export interface Outcome<State, Event> {
  /** Exactly these events, in this order. */
  readonly yields: (...events: readonly Event[]) => void
  /** There was nothing to do. */
  readonly yieldsNothing: () => void
  /** It was not allowed, for this reason; with `facts`, with exactly these. */
  readonly refuses: <Code extends RefusalCode>(code: Code, facts?: Refusals[Code]) => void
  /** What happened, for assertions of one's own. @throws Refusal if it was not allowed */
  readonly events: () => readonly Event[]
  /** The state afterwards. @throws Refusal if it was not allowed */
  readonly state: () => State
}

/** What happened before. */
export interface Given<State, Command, Event> {
  readonly when: (command: Command) => Outcome<State, Event>
  readonly state: () => State
}

const fail = (message: string, actual: unknown, expected: unknown): never => {
  throw new AssertionError({ message, actual, expected, operator: 'given-when-then' })
}

/** A decider that changes what it was given fails at the spot. */
const frozen = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) frozen(member)
  }
  return value
}

/** States are snapshotted and events are stored as JSON, so nothing may get lost on the way. */
const storable = <Value>(what: string, value: Value): Value => {
  deepStrictEqual(JSON.parse(JSON.stringify(value)), value, `${what} is not the same after JSON`)
  return frozen(value)
}

const named = (value: unknown): string => JSON.stringify(value, null, 2)

/**
 * A test of a decider that reads as a sentence, under any test framework:
 *
 * `given(decider, ...events).when(command).yields(...events)`, `.yieldsNothing()` or `.refuses(code, facts?)`.
 *
 * On the way it checks what every decider promises: nothing is mutated, and states and events survive JSON.
 * @throws AssertionError with `actual` and `expected`
 */
export const given = <State, Command, Event>(
  decider: Decider<State, Command, Event>,
  ...events: readonly Event[]
): Given<State, Command, Event> => {
  const after = (state: State, happened: readonly Event[]): State =>
    storable(
      'the state',
      happened.reduce((current, event) => frozen(decider.evolve(current, frozen(event))), state),
    )
  const before = after(storable('the initial state', decider.initialState()), events)
  return {
    state: () => before,
    when: (command) => {
      const decide = (): readonly Event[] => storable('the decision', decider.decide(frozen(command), before))
      const attempt = (): { readonly events?: readonly Event[]; readonly refusal?: unknown } => {
        try {
          return { events: decide() }
        } catch (error) {
          if (!isRefusal(error)) throw error
          return { refusal: error }
        }
      }
      const { events: happened, refusal } = attempt()
      const decided = (): readonly Event[] => {
        if (happened === undefined) throw refusal
        return happened
      }
      const expectEvents = (expected: readonly Event[]): void => {
        if (happened === undefined) fail(`refused instead: ${String(refusal)}`, refusal, expected)
        deepStrictEqual(happened, expected)
      }
      return {
        yields: (...expected) => expectEvents(expected),
        yieldsNothing: () => expectEvents([]),
        refuses: (code, facts) => {
          if (happened !== undefined) fail(`expected to be refused ${code}, but got ${named(happened)}`, happened, code)
          if (!isRefusal(refusal, code)) {
            return fail(`expected to be refused ${code}, but was: ${String(refusal)}`, refusal, code)
          }
          if (facts !== undefined) deepStrictEqual(refusal.facts, facts)
        },
        events: decided,
        state: () => after(before, decided()),
      }
    },
  }
}
