import type { Call } from '../host/call.ts'
import type { DeskContext } from '../host/context.ts'
import { liveResponse } from '../host/live.ts'
import { ORGANIZATION, PEOPLE } from '../host/people.ts'
import { watchInbox } from '../host/watch-inbox.ts'

/** What there is to call; `calls` are all of them. */
export const aboutCalls = (calls: () => readonly Call<never>[]): readonly Call<DeskContext>[] => [
  {
    method: 'GET',
    path: '/api',
    says: 'All calls, with a sentence and an example each.',
    answer: () => ({
      actor:
        'Name who acts with the header x-actor (or ?actor=): agent:<id>, administrator:<id> or automation:<id>, ' +
        'with @<organization> if it is another than the first. The host authenticates people; this one believes you.',
      idempotency: 'Commands take the header idempotency-key: asked again with the same key, nothing is done twice.',
      errors: 'Anything but 2xx is { error: { code, facts, message } }.',
      calls: calls().map(({ method, path, says, example }) => ({ method, path, says, ...(example && { example }) })),
    }),
  },
  {
    method: 'GET',
    path: '/api/host',
    says: 'The people and departments of the first organization, and where the platform delivers.',
    answer: async (_, { origin, clock, departments, accounts }) => ({
      organizationId: ORGANIZATION,
      departments: await departments.of(ORGANIZATION),
      people: PEOPLE,
      webhook: `${origin}/instagram/webhook`,
      accounts: await accounts.list(),
      clock: clock.state(),
    }),
  },
  {
    method: 'GET',
    path: '/api/live',
    says: 'Server-Sent Events: inbox (what the actor may see changed), phone, clock, delivered (a webhook was taken in), acted (somebody called something).',
    example: '?actor=agent:aki',
    answer: ({ actor, query }, { desk, onNews, clock }) =>
      liveResponse((send, signal) => {
        send({ event: 'clock', data: clock.state() })
        signal.addEventListener('abort', onNews(send))
        watchInbox(desk, actor, query.get('channelId') ?? undefined, send, signal)
      }),
  },
]
