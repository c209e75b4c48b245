import type { AccountHandle, Simulator } from 'madoguchi/simulator'
import { given } from './json.ts'
import type { PlayedPlatform } from './platform.ts'
import { HttpProblem } from './problem.ts'

type Flavour = AccountHandle['flavour']

/** An account as it is shown. */
export interface ListedAccount {
  readonly accountId: string
  readonly username: string
  readonly flavour: Flavour
}

/** An account as its owner connects it: with its token. */
export interface OwnAccount extends ListedAccount {
  readonly pageId?: string
  readonly appScopedId: string
  readonly token: string
}

/** The accounts of the simulated platform, as somebody sees them who signs in there. */
export interface Accounts {
  list(): Promise<readonly ListedAccount[]>
  /** The account with this id; opened there if the id is new, as if its owner had just signed up. */
  connect(accountId: string, flavour: Flavour): Promise<OwnAccount>
  /** Opens an account with two customers, of this id or a new one. */
  open(account: {
    readonly accountId?: string
    readonly flavour: Flavour
    readonly username: string
  }): Promise<OwnAccount>
  /** A new token, as a new sign-in would give. */
  issueToken(accountId: string): Promise<string>
}

/** The account, or 404. */
export const accountOf = (simulator: Simulator, accountId: string): AccountHandle => {
  const account = simulator.accounts().find((one) => one.accountId === accountId)
  if (account !== undefined) return account
  throw new HttpProblem(404, 'no-such-account', { field: 'accountId', given: accountId.slice(0, 80) })
}

const own = ({ accountId, username, flavour, pageId, appScopedId, token }: AccountHandle): OwnAccount =>
  given({ accountId, username, flavour, pageId, appScopedId, token })

/** Those of a platform in this process. */
export const ownAccounts = ({ simulator, keep }: PlayedPlatform): Accounts => ({
  list: async () => simulator.accounts().map(({ accountId, username, flavour }) => ({ accountId, username, flavour })),
  connect: async (accountId, flavour) => {
    const there = simulator.accounts().find((account) => account.accountId === accountId)
    const account = there ?? simulator.addAccount({ accountId, flavour, username: `shop.${accountId.slice(-4)}` })
    keep()
    return own(account)
  },
  open: async (opened) => {
    const account = simulator.addAccount({ humanAgent: true, ...opened })
    account.customer({ name: 'Yuki Tanaka', username: 'yuki.t' })
    account.customer({ name: 'Ren Sato', username: 'ren_s' })
    keep()
    return own(account)
  },
  issueToken: async (accountId) => {
    const token = accountOf(simulator, accountId).issueToken()
    keep()
    return token
  },
})
