/**
 * The rules of one aggregate as plain functions, so that they also run under other event-sourcing libraries.
 *
 * `decide` answers with what happened: `[]` when there is nothing to do, and throws a {@link Refusal} when it is not allowed.
 * `evolve` never refuses and never throws: what happened, happened.
 */
export interface Decider<State, Command, Event> {
  readonly initialState: () => State
  readonly decide: (command: Command, state: State) => readonly Event[]
  readonly evolve: (state: State, event: Event) => State
}

/** The state after a run of events. */
export const fold = <State, Event>(
  evolve: (state: State, event: Event) => State,
  state: State,
  events: readonly Event[],
): State => events.reduce(evolve, state)
