import type { Actor } from 'madoguchi/domain'
import { refuse } from 'madoguchi/domain'
import type { Asked, Call } from '../host/call.ts'
import type { DeskContext } from '../host/context.ts'
import { queryNumber } from '../host/fields.ts'
import { given } from '../host/json.ts'
import { ORGANIZATION } from '../host/people.ts'
import { HttpProblem } from '../host/problem.ts'
import { settled } from '../host/settled.ts'

const SYSTEM: Actor = { kind: 'system' }

/** One desk serves many organizations, so who operates it is the host's to say. Here: administrators of the first one. */
const asOperator = ({ actor }: Asked): Actor => {
  if (actor.kind === 'administrator' && actor.organizationId === ORGANIZATION) return SYSTEM
  return refuse('not-administrator', { actor: actor.kind === 'system' ? 'system' : actor.id })
}

/** What operators look at: all of these are for administrators of the first organization. */
export const operationCalls: readonly Call<DeskContext>[] = [
  {
    method: 'GET',
    path: '/api/balance',
    says: 'Delivered events per account: received = recorded + duplicates + ignored + quarantined + unanswered.',
    answer: (asked, { desk }) => desk.operations.balance(asOperator(asked)),
  },
  {
    method: 'GET',
    path: '/api/quarantine',
    says: 'Delivered events that nobody could place, newest first, without content.',
    answer: (asked, { desk }) =>
      desk.operations.quarantine(
        asOperator(asked),
        given({ limit: queryNumber(asked.query, 'limit', 1, 200), cursor: asked.query.get('cursor') ?? undefined }),
      ),
  },
  {
    method: 'GET',
    path: '/api/quarantine/:quarantineId',
    says: 'What came, as text.',
    answer: async (asked, { desk }) => {
      const raw = await desk.operations.inspect(asOperator(asked), asked.params['quarantineId'] ?? '')
      if (raw === undefined) throw new HttpProblem(404, 'not-in-quarantine')
      return { raw }
    },
  },
  {
    method: 'POST',
    path: '/api/quarantine/:quarantineId/rerun',
    says: 'Reads it again with what is known now.',
    answer: (asked, context) =>
      settled(context, context.desk.operations.rerun(asOperator(asked), asked.params['quarantineId'] ?? '')),
  },
  {
    method: 'POST',
    path: '/api/unknown-messages/read-again',
    says: 'Reads messages of kinds that were unknown again with what is known now, a page at a time.',
    answer: (asked, context) =>
      settled(
        context,
        context.desk.operations.readAgain(
          asOperator(asked),
          given({ limit: queryNumber(asked.query, 'limit', 1, 200), cursor: asked.query.get('cursor') ?? undefined }),
        ),
      ),
  },
  {
    method: 'GET',
    path: '/api/progress',
    says: 'How far the views have read.',
    answer: (asked, { desk }) => ({ views: desk.operations.progress(asOperator(asked)) }),
  },
]
