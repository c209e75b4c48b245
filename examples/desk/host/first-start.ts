import type { DeskContext } from './context.ts'
import { ADMINISTRATOR, DEPARTMENTS, ORGANIZATION, PEOPLE } from './people.ts'

/** Milliseconds: views that are built anew take their time. */
const BUILDING = 600_000

/**
 * What exists after the first start: two departments, an account with two customers on the simulated platform, and a channel
 * with both agents. Cut off half-way it is finished at the next start. A desk that has channels already keeps them; accounts
 * that the platform does not know (its folder was deleted, the log was not) are opened there and connected again.
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
    const { accountId, flavour, username } = account
    if (status === 'deleted' || known.some((one) => one.accountId === accountId)) continue
    const { token } = await accounts.open({ accountId, flavour, username: username ?? 'shop' })
    await desk.channels.reconnect(ADMINISTRATOR, { channelId, token })
  }
  if (items.length > 0) return
  const [there] = known
  const { token, ...account } =
    there === undefined
      ? await accounts.open({ flavour: 'instagram-login', username: 'madoguchi.shop' })
      : await accounts.connect(there.accountId, there.flavour)
  await desk.channels.create(ADMINISTRATOR, {
    organizationId: ORGANIZATION,
    name: 'Madoguchi Shop',
    departmentId: DEPARTMENTS[0] ?? '',
    account,
    token,
    agents: PEOPLE.filter(({ kind }) => kind === 'agent').map(({ id }) => id),
    key: 'first-start',
  })
}
