import { join } from 'node:path'
import type { HostContext } from './context.ts'
import { given } from './json.ts'
import { ADMINISTRATOR, DEPARTMENTS, ORGANIZATION, PEOPLE } from './people.ts'
import { readJson, writeJson } from './saved-json.ts'

/**
 * What exists after the first start: two departments, an account with two customers on the simulated platform, and a
 * channel with both agents. Cut off half-way it is finished at the next start; once done it is never done again.
 */
export const firstStart = async ({ desk, platform, departments }: HostContext, dataDir: string): Promise<void> => {
  const done = join(dataDir, 'first-start.json')
  if (readJson(done) !== undefined) return
  await desk.organizations.setDepartments(ADMINISTRATOR, { organizationId: ORGANIZATION, departments: DEPARTMENTS })
  departments.set(ORGANIZATION, DEPARTMENTS)
  const { simulator } = platform
  const account =
    simulator.accounts()[0] ??
    simulator.addAccount({ flavour: 'instagram-login', username: 'madoguchi.shop', humanAgent: true })
  if (account.customers().length === 0) {
    account.customer({ name: 'Yuki Tanaka', username: 'yuki.t' })
    account.customer({ name: 'Ren Sato', username: 'ren_s' })
  }
  platform.keep()
  const { accountId, flavour, pageId, appScopedId, username, token } = account
  const { channelId } = await desk.channels.create(ADMINISTRATOR, {
    organizationId: ORGANIZATION,
    name: 'Madoguchi Shop',
    departmentId: DEPARTMENTS[0] ?? '',
    account: given({ accountId, flavour, pageId, appScopedId, username }),
    token,
    agents: PEOPLE.filter(({ kind }) => kind === 'agent').map(({ id }) => id),
    key: 'first-start',
  })
  writeJson(done, { channelId })
}
