import type { DeskContext } from './context.ts'
import { given } from './json.ts'
import { ADMINISTRATOR, DEPARTMENTS, ORGANIZATION, PEOPLE } from './people.ts'
import type { PlayedPlatform } from './platform.ts'

/** Milliseconds: views that are built anew take their time. */
const BUILDING = 600_000

/** What exists on the platform after the first start: an account with two customers. */
export const firstPhones = ({ simulator, keep }: PlayedPlatform): void => {
  if (simulator.accounts().length > 0) return
  const account = simulator.addAccount({
    flavour: 'instagram-login',
    username: 'madoguchi.shop',
    humanAgent: true,
  })
  account.customer({ name: 'Yuki Tanaka', username: 'yuki.t' })
  account.customer({ name: 'Ren Sato', username: 'ren_s' })
  keep()
}

/**
 * What exists on the desk after the first start: two departments, and a channel with both agents. Cut off half-way it is
 * finished at the next start. A desk that has channels already keeps them; accounts that the platform does not know (its
 * folder was deleted, the log was not) are opened there and connected again.
 */
export const firstStart = async ({ desk, accounts, departments }: DeskContext): Promise<void> => {
  await desk.waitFor(undefined, BUILDING)
  if ((await departments.of(ORGANIZATION)).length === 0) {
    await desk.organizations.setDepartments(ADMINISTRATOR, { organizationId: ORGANIZATION, departments: DEPARTMENTS })
    await departments.set(ORGANIZATION, DEPARTMENTS)
  }
  const known = await accounts.list()
  const { items } = await desk.channels.list(ADMINISTRATOR, { organizationId: ORGANIZATION, limit: 200 })
  for (const { channelId, status, account } of items) {
    if (status === 'deleted' || known.some(({ accountId }) => accountId === account.accountId)) continue
    const { token } = await accounts.connect(account.accountId, account.flavour, account.username)
    await desk.channels.reconnect(ADMINISTRATOR, { channelId, token })
  }
  const [first] = known
  if (items.length > 0 || first === undefined) return
  const { token, ...account } = await accounts.connect(first.accountId, first.flavour)
  await desk.channels.create(ADMINISTRATOR, {
    organizationId: ORGANIZATION,
    name: 'Madoguchi Shop',
    departmentId: DEPARTMENTS[0] ?? '',
    account: given(account),
    token,
    agents: PEOPLE.filter(({ kind }) => kind === 'agent').map(({ id }) => id),
    key: 'first-start',
  })
}
