import type { Platform } from './platform.ts'
import { newAccountToken } from './tokens.ts'
import type { Account, Flavour } from './world.ts'

/** A new Instagram account. */
export interface NewAccount {
  readonly flavour: Flavour
  readonly username: string
  readonly name?: string
  /** Default a new one. Throws if it is taken. */
  readonly accountId?: string
  /** Facebook Login only; default a new Page. */
  readonly pageId?: string
  /** Whether the app has the Human Agent feature here. Default false. */
  readonly humanAgent?: boolean
  /** Whether the app is installed, so that webhooks come. Default true; tests of the sign-in say false. */
  readonly subscribed?: boolean
}

/** Opens an account, with its Page and a live token. @returns its id */
export const addAccount = (platform: Platform, added: NewAccount): string => {
  const { ids, world } = platform
  const { flavour, username, name = username, humanAgent = false, subscribed = true } = added
  const accountId = added.accountId ?? ids.account()
  if (world.accounts.has(accountId)) throw new Error(`account ${accountId} is there already`)
  const pageId = flavour === 'facebook-login' ? (added.pageId ?? ids.page()) : undefined
  const account: Omit<Account, 'token'> = {
    accountId,
    flavour,
    username,
    name,
    ...(pageId !== undefined && { pageId }),
    appScopedId: ids.appScoped(),
    humanAgent,
    subscribed,
    conditions: [],
  }
  if (pageId !== undefined) addPage(platform, { pageId, name, tasks: ['MESSAGING', 'MODERATE', 'MANAGE'], accountId })
  world.accounts.set(accountId, { ...account, token: newAccountToken(platform, account) })
  platform.changed()
  return accountId
}

/** A Page of the one person who signs in with Facebook; without an account it is not linked to Instagram. */
export const addPage = (
  { ids, world }: Platform,
  page: {
    readonly pageId?: string
    readonly name: string
    readonly tasks: readonly string[]
    readonly accountId?: string
  },
): string => {
  const [person = { personId: ids.appScoped(), name: 'Alex Owner' }] = world.people.values()
  world.people.set(person.personId, person)
  const pageId = page.pageId ?? ids.page()
  world.pages.set(pageId, { ...page, pageId, personId: person.personId })
  return pageId
}
