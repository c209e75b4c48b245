import type { Chance } from './random.ts'
import type { World } from './world.ts'

const DIGITS = '0123456789'
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Makes ids of the shape Meta uses. The same seed and the same history give the same ids. */
export interface Identifiers {
  /** 17 digits that start with 1784: what `entry.id` carries. */
  account(): string
  page(): string
  /** App-scoped: neither the webhook's account id nor an Instagram-scoped id. */
  appScoped(): string
  /** 15 digits, different for each account that the person writes to. */
  customer(accountId: string): string
  /** Opaque and long, as message ids are. The n-th message of one side of one thread always has the same id. */
  message(accountId: string, customerId: string, side: 'customer' | 'api' | 'app', n: number): string
  conversation(accountId: string, customerId: string): string
  comment(accountId: string): string
  upload(): string
  token(prefix: string): string
  code(): string
  /** The number that a webhook handshake asks to be sent back. */
  challenge(): string
  /** 1, 2, 3 ... of any series. */
  next(series: string): number
  /** The link under which Meta serves a medium of a message. */
  media(mid: string, place: number): string
}

/**
 * @param world its counters make each id new.
 * @param mediaBase where the links of media point.
 */
export const identifiers = (chance: Chance, world: World, mediaBase: string): Identifiers => {
  const next = (kind: string): number => {
    const n = (world.counters.get(kind) ?? 0) + 1
    world.counters.set(kind, n)
    return n
  }
  // What was handed out before a crash and not saved is forgotten; each restore therefore begins a new series.
  const epoch = world.counters.get('epoch') ?? 0
  const text = (length: number, alphabet: string, ...key: readonly unknown[]): string =>
    chance.text(length, alphabet, epoch, ...key)
  const digits = (length: number, ...key: readonly unknown[]): string => text(length, DIGITS, ...key)
  const numbered = (prefix: string, length: number, kind: string): string => {
    const n = next(kind)
    const tail = String(n).padStart(4, '0')
    return prefix + digits(length - prefix.length - tail.length, kind, n) + tail
  }
  return {
    next,
    challenge: () => numbered('1', 10, 'challenge'),
    account: () => numbered('17841', 17, 'account'),
    page: () => numbered('1', 15, 'page'),
    appScoped: () => numbered('24', 17, 'app-scoped'),
    customer: (accountId) => {
      const n = next(`customer/${accountId}`)
      return `9${digits(8, 'customer', accountId, n)}${String(n).padStart(6, '0')}`
    },
    message: (accountId, customerId, side, n) => {
      const thread = digits(36, 'thread', accountId, customerId)
      const item = digits(25, 'item', accountId, customerId, side, n) + String(n).padStart(8, '0')
      const inner = `${accountId}:${thread}:${{ customer: 32, api: 33, app: 34 }[side]}${item}`
      return `aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlEOj${Buffer.from(inner).toString('base64url')}ZD`
    },
    conversation: (accountId, customerId) =>
      `aWdfZAG06MTpJR01lc3NhZA2VUaHJlYWQ6${Buffer.from(`${accountId}:${customerId}`).toString('base64url')}`,
    comment: (accountId) => numbered('17894', 17, `comment/${accountId}`),
    upload: () => numbered('1857', 16, 'upload'),
    token: (prefix) => {
      const n = next('token')
      return `${prefix}${text(60, LETTERS, 'token', n)}${n}`
    },
    code: () => {
      const n = next('code')
      return `AQ${text(60, LETTERS, 'code', n)}${n}`
    },
    media: (mid, place) =>
      `${mediaBase}/ig_messaging_cdn/?asset_id=1799${chance.text(13, DIGITS, 'asset', mid, place)}&signature=Ab${chance.text(40, LETTERS, 'media', mid, place)}`,
  }
}
