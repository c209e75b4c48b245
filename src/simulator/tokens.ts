import type { Platform } from './platform.ts'
import type { Account, Token } from './world.ts'

/** What a token of either flavour may do, if nothing was declined. */
export const allScopes: Readonly<Record<Account['flavour'], readonly string[]>> = {
  'facebook-login': ['instagram_basic', 'instagram_manage_messages', 'pages_manage_metadata', 'pages_show_list'],
  'instagram-login': ['instagram_business_basic', 'instagram_business_manage_messages'],
}

/** The life of a long-lived token in seconds, as Meta's sample prints it: about 60 days. */
export const LONG_LIFE_SECONDS = 5_183_944

/** The life of a short-lived token in seconds. */
export const SHORT_LIFE_SECONDS = 3_600

/** Issues a token and keeps it. Times are business time. */
export const issue = (
  { ids, now, world }: Platform,
  token: Omit<Token, 'value' | 'issuedAt' | 'state' | 'expiresAt'>,
  lifeSeconds?: number,
): Token => {
  const issued: Token = {
    ...token,
    value: ids.token(token.kind === 'instagram-user' ? 'IGAA' : 'EAA'),
    issuedAt: now(),
    ...(lifeSeconds !== undefined && { expiresAt: now() + lifeSeconds * 1000 }),
    state: 'live',
  }
  world.tokens.set(issued.value, issued)
  return issued
}

/** A fresh token for an account: a Page token without an end, or an Instagram user token of about 60 days. */
export const newAccountToken = (platform: Platform, account: Omit<Account, 'token'>): string => {
  const { accountId, flavour, pageId } = account
  const page = flavour === 'facebook-login'
  const token = issue(
    platform,
    {
      kind: page ? 'page' : 'instagram-user',
      accountId,
      ...(pageId !== undefined && { pageId }),
      longLived: true,
      scopes: allScopes[flavour],
    },
    page ? undefined : LONG_LIFE_SECONDS,
  )
  return token.value
}

/**
 * The Page token that a user token gives: without an end if the user token is long-lived, else for its hour.
 * The same user token always gives the same one.
 */
export const pageTokenOf = (platform: Platform, pageId: string, user: Token): string => {
  const { world } = platform
  const known = [...world.tokens.values()].find(
    (token) =>
      token.kind === 'page' &&
      token.pageId === pageId &&
      token.personId === user.personId &&
      token.parent === user.value,
  )
  if (known?.state === 'live') return known.value
  const accountId = world.pages.get(pageId)?.accountId
  const token = issue(
    platform,
    {
      kind: 'page',
      pageId,
      parent: user.value,
      ...(accountId !== undefined && { accountId }),
      ...(user.personId !== undefined && { personId: user.personId }),
      longLived: user.longLived,
      scopes: user.scopes,
    },
    user.longLived ? undefined : SHORT_LIFE_SECONDS,
  )
  const account = world.accounts.get(accountId ?? '')
  if (account !== undefined) world.accounts.set(account.accountId, { ...account, token: token.value })
  return token.value
}
