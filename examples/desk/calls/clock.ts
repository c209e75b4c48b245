import type { Call } from '../host/call.ts'
import { oneOf, wholeNumber } from '../host/fields.ts'
import type { PlatformContext } from '../host/context.ts'

const SPANS = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 }
/** Milliseconds: a year at once. */
const FARTHEST = 366 * 86_400_000

/** Business time, shared by desk and simulator. */
export const clockCalls: readonly Call<PlatformContext>[] = [
  {
    method: 'GET',
    path: '/api/clock',
    says: 'Where business time stands (epoch milliseconds), how far it was moved, and whether it is held.',
    answer: (_, { clock }) => clock.state(),
  },
  {
    method: 'POST',
    path: '/api/clock/move',
    says: 'Moves business time forward, by milliseconds or by a span (hour, day, week). There is no way back.',
    example: { span: 'day' },
    answer: ({ body }, { clock }) => {
      clock.move(
        body['span'] === undefined
          ? wholeNumber(body, 'milliseconds', 1, FARTHEST)
          : SPANS[oneOf(body, 'span', ['hour', 'day', 'week'])],
      )
      return clock.state()
    },
  },
  {
    method: 'POST',
    path: '/api/clock/hold',
    says: 'Lets business time stand still, so that one millisecond before a boundary can be looked at.',
    answer: (_, { clock }) => {
      clock.hold()
      return clock.state()
    },
  },
  {
    method: 'POST',
    path: '/api/clock/run',
    says: 'Lets business time run again from where it stands.',
    answer: (_, { clock }) => {
      clock.run()
      return clock.state()
    },
  },
]
