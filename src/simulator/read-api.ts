import { accountOfToken, checkConditions, names } from './access.ts'
import { GraphRefusal } from './graph-error.ts'
import type { GraphRequest } from './graph-request.ts'
import { asList, asObject, asString, type JsonObject } from './json.ts'
import { fieldsOf, select, type Fields } from './fields.ts'
import { page } from './paging.ts'
import type { Platform } from './platform.ts'
import { pageTokenOf } from './tokens.ts'
import { type Account, type Customer, type Message, type Thread, threadKey, type Token } from './world.ts'

/** Details are given only for the newest messages of a thread. */
const DETAILED = 20

/**
 * What can be read: `me`, `me/accounts`, conversations, their messages, one message, a customer's profile.
 *
 * @see https://developers.facebook.com/docs/messenger-platform/conversations (Feb 11, 2026)
 */
export const readApi = (platform: Platform, token: Token, call: GraphRequest): Response => {
  const [node, edge] = call.path
  const fields = fieldsOf(asString(call.params['fields']))
  if (token.kind === 'facebook-user') return personApi(platform, token, call, fields)
  const account = accountOfToken(platform, token)
  if (call.method !== 'GET') throw new GraphRefusal('no-such-object')
  checkConditions(account, 'read')
  if (names(account, node)) {
    if (edge === undefined) return Response.json(self(account, node, fields))
    if (edge === 'conversations') return conversations(platform, account, call)
    throw new GraphRefusal('no-such-object')
  }
  const thread = [...platform.world.threads.values()].find((it) => it.conversationId === node)
  if (thread?.accountId === account.accountId) return conversation(platform, account, thread, call, fields)
  const message = platform.world.messages.get(node ?? '')
  if (message?.accountId === account.accountId) {
    return Response.json(select(detail(platform, account, message), fields ?? new Map([['created_time', {}]])))
  }
  const customer = platform.world.customers.get(threadKey(account.accountId, node ?? ''))
  if (customer !== undefined) return Response.json(profile(platform, account, customer, fields))
  throw new GraphRefusal('no-such-object')
}

const self = (account: Account, node: string | undefined, fields: Fields | undefined): JsonObject => {
  const { accountId, flavour, username, name, pageId, appScopedId } = account
  if (flavour === 'facebook-login' && node !== accountId) {
    const view = { id: pageId ?? '', name, instagram_business_account: { id: accountId, username } }
    return select(view, fields ?? new Map([['name', {}]]))
  }
  const view = {
    user_id: accountId,
    username,
    name,
    account_type: 'BUSINESS',
    profile_picture_url: `https://scontent.cdninstagram.com/${username}.jpg`,
    id: flavour === 'facebook-login' ? accountId : appScopedId,
  }
  return select(view, fields ?? new Map())
}

const personApi = (platform: Platform, token: Token, call: GraphRequest, fields: Fields | undefined): Response => {
  const [node, edge] = call.path
  const person = platform.world.people.get(token.personId ?? '')
  if (person === undefined || (node !== 'me' && node !== person.personId)) throw new GraphRefusal('no-such-object')
  if (edge === undefined) {
    const view = { id: person.personId, name: person.name }
    return Response.json(select(view, fields ?? new Map([['name', {}]])))
  }
  if (edge === 'permissions' && call.method === 'DELETE') {
    for (const other of platform.world.tokens.values()) {
      if (other.personId === person.personId) platform.world.tokens.set(other.value, { ...other, state: 'app-removed' })
    }
    return Response.json({ success: true })
  }
  if (edge === 'permissions') {
    return Response.json({
      data: [
        ...token.scopes.map((permission) => ({ permission, status: 'granted' })),
        ...(token.declined ?? []).map((permission) => ({ permission, status: 'declined' })),
      ],
    })
  }
  if (edge !== 'accounts') throw new GraphRefusal('no-such-object')
  return Response.json(page(call, accountsOf(platform, token, fields)))
}

/** The Pages shared at the sign-in, with a Page token each. */
const accountsOf = (platform: Platform, token: Token, fields: Fields | undefined): readonly JsonObject[] =>
  [...platform.world.pages.values()]
    .filter(({ personId }) => personId === token.personId)
    .filter(({ pageId }) => token.pageIds?.includes(pageId) ?? true)
    .map(({ pageId, name, tasks, accountId }) => {
      const account = platform.world.accounts.get(accountId ?? '')
      const view = {
        id: pageId,
        name,
        access_token: pageTokenOf(platform, pageId, token),
        tasks,
        ...(account && { instagram_business_account: { id: account.accountId, username: account.username } }),
      }
      return select(view, fields ?? new Map(['name', 'access_token', 'tasks'].map((field) => [field, {}])))
    })

const conversations = (platform: Platform, account: Account, call: GraphRequest): Response => {
  if (call.params['platform'] !== 'instagram') throw new GraphRefusal('bad-parameter', 'platform')
  const userId = asString(call.params['user_id'])
  const rows = [...platform.world.threads.values()]
    .filter(({ accountId, mids }) => accountId === account.accountId && mids.length > 0)
    .filter(({ customerId }) => (userId ?? customerId) === customerId)
    .toSorted((a, b) => (b.updatedAt ?? 0) - (a.updatedAt ?? 0))
    .map(({ conversationId, updatedAt }) => ({ id: conversationId, updated_time: graphTime(updatedAt ?? 0) }))
  return Response.json(page(call, rows))
}

const conversation = (
  platform: Platform,
  account: Account,
  thread: Thread,
  call: GraphRequest,
  fields: Fields | undefined,
): Response => {
  const newestFirst = newestOf(platform, thread)
  if (call.path[1] === 'messages') return Response.json(page(call, listed(platform, account, newestFirst, fields)))
  const inner = fields?.get('messages')
  return Response.json({
    ...(fields?.has('updated_time') && { updated_time: graphTime(thread.updatedAt ?? 0) }),
    ...(inner && {
      messages: page(call, listed(platform, account, newestFirst, inner.fields), { ...inner, edge: 'messages' }),
    }),
    id: thread.conversationId,
  })
}

/** All ids are listed; whatever else is asked for comes only with the newest 20. */
const listed = (
  platform: Platform,
  account: Account,
  newestFirst: readonly Message[],
  fields: Fields | undefined,
): readonly JsonObject[] =>
  newestFirst.map((message, place) => {
    const bare = { id: message.mid, created_time: graphTime(message.timestamp) }
    if (fields === undefined || place >= DETAILED || message.unsentAt !== undefined) return bare
    return select(detail(platform, account, message), fields)
  })

const newestOf = ({ world }: Platform, { mids }: Thread): readonly Message[] =>
  mids
    .flatMap((mid) => world.messages.get(mid) ?? [])
    .filter(({ unsentAt }) => unsentAt === undefined)
    .toReversed()
    .toSorted((a, b) => b.timestamp - a.timestamp)

const detail = (platform: Platform, account: Account, message: Message): JsonObject => {
  const thread = platform.world.threads.get(threadKey(account.accountId, message.customerId))
  const place = thread === undefined ? -1 : newestOf(platform, thread).findIndex(({ mid }) => mid === message.mid)
  // Meta says "deleted" for both: unsent, and older than the newest twenty.
  if (place < 0 || place >= DETAILED) throw new GraphRefusal('message-deleted')
  const customer = { username: usernameOf(platform, message), id: message.customerId }
  const business = { username: account.username, id: account.accountId }
  const [from, to] = message.from === 'customer' ? [customer, business] : [business, customer]
  const reactions = reactionsOf(message, customer, business)
  return {
    id: message.mid,
    created_time: graphTime(message.timestamp),
    from,
    to: { data: [to] },
    message: message.text ?? '',
    ...listedOf(platform, message),
    ...(message.story && { story: { reply_to: { link: message.story['url'], id: message.story['id'] } } }),
    ...(mentionOf(message) && { story: { mention: mentionOf(message) } }),
    ...(message.replyTo !== undefined && { reply_to: { mid: message.replyTo } }),
    ...(message.unsupported && { is_unsupported: true }),
    ...(reactions.length > 0 && { reactions: { data: reactions } }),
  }
}

const usernameOf = ({ world }: Platform, { accountId, customerId }: Message): string =>
  world.customers.get(threadKey(accountId, customerId))?.username ?? ''

const mentionOf = ({ attachments, mid }: Message): JsonObject | undefined => {
  const mention = attachments?.find(({ type }) => type === 'story_mention')
  return mention && { link: mention.payload?.['url'], id: mid }
}

/** Media and templates are attachments in the list, what was shared stands apart. A mention is in `story` alone. */
const listedOf = (platform: Platform, { attachments = [], mid, from }: Message): JsonObject => {
  const rows = attachments.map(
    ({ type, payload = {} }, place): { readonly attachments?: JsonObject; readonly shares?: JsonObject } => {
      const given = payload['url']
      const url = from === 'business' && given !== undefined ? platform.ids.media(mid, place) : given
      const id = `18570000000${String(place).padStart(5, '0')}`
      switch (type) {
        case 'image':
          return { attachments: { id, image_data: { url, width: 1080, height: 1350 }, name: 'image' } }
        case 'sticker':
          return { attachments: { id, image_data: { url, render_as_sticker: true }, name: 'sticker' } }
        case 'video':
          return { attachments: { id, video_data: { url, width: 720, height: 1280 }, name: 'video' } }
        case 'audio':
          return { attachments: { id, file_url: url, mime_type: 'audio/mp4', name: 'audio' } }
        case 'file':
          return { attachments: { id, file_url: url, mime_type: 'application/pdf', name: 'file' } }
        case 'template':
          return asList(asObject(payload['product'])?.['elements']) === undefined
            ? { attachments: { id, generic_template: genericOf(payload) } }
            : { shares: { id, template: { payload } } }
        case 'share':
        case 'ig_post':
        case 'ig_reel':
        case 'reel':
        case 'post':
          return { shares: { id, link: url, name: payload['title'] } }
        case 'story_mention':
          return {}
        default:
          return { attachments: { id, name: type } }
      }
    },
  )
  const dataOf = (list: 'attachments' | 'shares'): JsonObject => {
    const data = rows.map((row) => row[list]).filter((it) => it !== undefined)
    return data.length === 0 ? {} : { [list]: { data } }
  }
  return { ...dataOf('attachments'), ...dataOf('shares') }
}

const genericOf = (payload: JsonObject): JsonObject => {
  const elements = asList(asObject(payload['generic'])?.['elements'] ?? payload['elements'])
  const { title, subtitle, image_url: picture, buttons } = asObject(elements?.[0]) ?? {}
  return { title, subtitle, media_url: picture, cta: buttons }
}

const reactionsOf = ({ reactions }: Message, customer: JsonObject, business: JsonObject): readonly JsonObject[] =>
  [
    { side: reactions.customer, user: customer },
    { side: reactions.business, user: business },
  ].flatMap(({ side, user }) => (side ? [{ reaction: side.reaction, users: [user] }] : []))

const profileFields = [
  'name',
  'username',
  'profile_pic',
  'follower_count',
  'is_user_follow_business',
  'is_business_follow_user',
  'is_verified_user',
] as const

/** A profile needs consent, which a message or a tap gives; somebody who blocked the business shows nothing. */
const profile = (platform: Platform, account: Account, customer: Customer, fields: Fields | undefined): JsonObject => {
  const { customerId, name, username, unavailable } = customer
  if (unavailable) throw new GraphRefusal('no-such-profile')
  const wrote = platform.world.threads.get(threadKey(account.accountId, customerId))?.openedAt !== undefined
  if (!wrote) throw new GraphRefusal('consent-missing')
  const view = {
    ...(name !== undefined && {
      name,
      profile_pic: `https://scontent.cdninstagram.com/${customerId}.jpg`,
      follower_count: platform.chance.between(0, 5_000, 'followers', customerId),
      is_user_follow_business: platform.chance.happens(0.3, 'follows', customerId),
      is_business_follow_user: false,
      is_verified_user: false,
    }),
    username,
    id: customerId,
  }
  return select(view, fields ?? new Map([['name', {}]]), [...profileFields, 'id'])
}

/** As in `2026-09-08T09:20:00+0000`, although a table of Meta's says UNIX time. */
export const graphTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, '+0000')
