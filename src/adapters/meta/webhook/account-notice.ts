import type { JsonObject } from '../../../application/ports/json.ts'
import { derivedKey } from './derived-key.ts'
import { asInstant } from './instant.ts'
import { LIMITS } from './limits.ts'
import { asList, asText, bounded, idOf, NotReadable } from './readers.ts'
import type { Place } from './thread.ts'
import { overLimit, quarantined, read, unreadable, type Verdict } from './verdict.ts'

/** `policy_enforcement`: Meta blocks or unblocks the account. There is no sender. */
export const readPolicy = (member: JsonObject, { accountId }: Place, metaAt: number): Verdict => {
  const action = asText(member['action'])
  if (action === undefined) return unreadable('policy_enforcement.action is missing')
  bounded(action, 'policy_enforcement.action')
  const reason = asText(member['reason'])
  if (reason !== undefined) bounded(reason, 'policy_enforcement.reason', LIMITS.reasonBytes)
  const key = derivedKey('policy', accountId, metaAt, [action, reason ?? null])
  return read({ kind: 'policy', key, accountId, metaAt, action, ...(reason !== undefined && { reason }) })
}

/** `app_roles`: the roles of apps on the account, by app id. There is no sender. */
export const readAppRoles = (member: JsonObject, { accountId }: Place, metaAt: number): Verdict => {
  const roles = few(Object.entries(member), 'app_roles').map(([appId, list]): [string, readonly string[]] => [
    bounded(appId, 'an app of app_roles'),
    few(asList(list) ?? [], 'the roles of an app')
      .filter((role) => typeof role === 'string')
      .map((role) => bounded(role, 'a role of app_roles')),
  ])
  const key = derivedKey('app-roles', accountId, metaAt, [JSON.stringify(roles)])
  return read({ kind: 'app-roles', key, accountId, metaAt, roles: Object.fromEntries(roles) })
}

/** The same list. @throws NotReadable if there are more than Meta could mean */
const few = <Item>(list: readonly Item[], field: string): readonly Item[] => {
  if (list.length > LIMITS.roles) throw new NotReadable(overLimit(field, list.length, LIMITS.roles, 'items'))
  return list
}

/** What concerns the account as a whole: the recipient, if named, must be the account. */
export const readAccountNotice =
  (reader: (member: JsonObject, place: Place, metaAt: number) => Verdict) =>
  (member: JsonObject, place: Place, event: JsonObject): Verdict => {
    const recipient = idOf(event['recipient'], 'recipient') ?? place.accountId
    if (recipient !== place.accountId) return quarantined('account-not-a-party', 'the recipient is not the account')
    const metaAt = asInstant(event['timestamp'])
    return metaAt === undefined ? unreadable('timestamp is missing or no time') : reader(member, place, metaAt)
  }
