import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeListener } from 'madoguchi/node'
import { simulationCalls } from '../desk/calls/index.ts'
import type { Accounts } from '../desk/host/accounts.ts'
import type { Call } from '../desk/host/call.ts'
import type { PlatformContext } from '../desk/host/context.ts'
import type { Departments } from '../desk/host/departments.ts'
import { oneOf, optionalText, text, texts } from '../desk/host/fields.ts'
import { guard } from '../desk/host/guard.ts'
import { given } from '../desk/host/json.ts'
import type { News } from '../desk/host/live.ts'
import { answerProblem } from '../desk/host/problem.ts'
import { router } from '../desk/host/router.ts'
import type { Workers } from './workers.ts'

/** What the parent's calls work on. */
export interface ParentContext extends PlatformContext {
  readonly accounts: Accounts
  readonly departments: Departments
  readonly workers: Pick<Workers, 'list' | 'clockSet'>
}

const FLAVOURS = ['facebook-login', 'instagram-login'] as const
const ACCOUNT = '/parent/accounts/:accountId'
const DEPARTMENTS = '/parent/departments/:organizationId'

/** What the workers ask of their parent, and who they are. */
const parentCalls: readonly Call<ParentContext>[] = [
  {
    method: 'GET',
    path: '/api/processes',
    says: 'The processes behind the port, and the share of the work that each of them holds.',
    answer: (_, { workers }) => ({ processes: workers.list() }),
  },
  {
    method: 'GET',
    path: '/parent/accounts',
    says: 'The accounts of the platform.',
    answer: async (_, { accounts }) => ({ accounts: await accounts.list() }),
  },
  {
    method: 'POST',
    path: ACCOUNT,
    says: 'An account with its token, opened if it is new.',
    answer: ({ params, body }, { accounts }) =>
      accounts.connect(params['accountId'] ?? '', oneOf(body, 'flavour', FLAVOURS)),
  },
  {
    method: 'POST',
    path: '/parent/accounts',
    says: 'A new account with two customers.',
    answer: ({ body }, { accounts }) =>
      accounts.open({
        flavour: oneOf(body, 'flavour', FLAVOURS),
        username: text(body, 'username'),
        ...given({ accountId: optionalText(body, 'accountId') }),
      }),
  },
  {
    method: 'POST',
    path: `${ACCOUNT}/tokens`,
    says: 'A new token.',
    answer: async ({ params }, { accounts }) => ({ token: await accounts.issueToken(params['accountId'] ?? '') }),
  },
  {
    method: 'GET',
    path: DEPARTMENTS,
    says: 'The departments of an organization.',
    answer: async ({ params }, { departments }) => ({
      departments: await departments.of(params['organizationId'] ?? ''),
    }),
  },
  {
    method: 'PUT',
    path: DEPARTMENTS,
    says: 'Keeps them.',
    answer: ({ params, body }, { departments }) =>
      departments.set(params['organizationId'] ?? '', texts(body, 'departments')),
  },
]

/** Where the Graph API is played, and what else only one process can do. */
export const platformServer = async (
  context: ParentContext,
  acted: (news: News) => void,
): Promise<{ readonly origin: string; readonly close: () => Promise<void> }> => {
  const api = router([...simulationCalls, ...parentCalls], context, ({ method, path }) => {
    if (path.startsWith('/api/')) acted({ event: 'acted', data: { call: `${method} ${path}` } })
  })
  let port = 0
  const check = guard(() => port, ['/meta/'])
  const server = createServer(
    nodeListener(async (request) => {
      try {
        check(request)
      } catch (error) {
        return answerProblem(error, 'any', () => context.clock.now())
      }
      if (new URL(request.url).pathname.startsWith('/meta/')) return context.platform.handle(request)
      const response = await api(request)
      // Whoever moved the clock finds it moved whichever process is asked next.
      await context.workers.clockSet()
      return response
    }),
  )
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
