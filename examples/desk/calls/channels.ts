import type { IconFile } from 'madoguchi'
import type { OwnAccount } from '../host/accounts.ts'
import type { Asked, Call } from '../host/call.ts'
import type { DeskContext } from '../host/context.ts'
import {
  oneOf,
  optionalBoolean,
  optionalObject,
  optionalOneOf,
  optionalText,
  queryNumber,
  text,
  texts,
} from '../host/fields.ts'
import { given, type JsonObject } from '../host/json.ts'
import { HttpProblem } from '../host/problem.ts'
import { settled } from '../host/settled.ts'

const BASE = '/api/channels/:channelId'
const PERMISSIONS = ['unknown', 'granted', 'refused'] as const
/** An icon of 1 MB is a third larger in base64. */
const ICON_LIMIT = 2 * 1_048_576
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const iconOf = (body: JsonObject): IconFile | undefined => {
  const icon = optionalObject(body, 'icon')
  if (icon === undefined) return undefined
  const base64 = text(icon, 'base64')
  if (!BASE64.test(base64)) throw new HttpProblem(422, 'invalid', { field: 'icon.base64', expected: 'base64' })
  return { fileName: text(icon, 'fileName'), bytes: new Uint8Array(Buffer.from(base64, 'base64')) }
}

/** The account on the simulated platform; opened there if the id is new, as if its owner had just signed up. */
const accountFor = ({ accounts }: DeskContext, body: JsonObject): Promise<OwnAccount> => {
  const accountId = text(body, 'accountId')
  if (!/^\d{5,24}$/.test(accountId)) {
    throw new HttpProblem(422, 'invalid', {
      field: 'accountId',
      expected: '5 to 24 digits',
      given: accountId.slice(0, 40),
    })
  }
  return accounts.connect(
    accountId,
    optionalOneOf(body, 'flavour', ['facebook-login', 'instagram-login']) ?? 'instagram-login',
  )
}

const of = ({ params: { channelId = '' }, key }: Asked): { readonly channelId: string; readonly key?: string } =>
  given({ channelId, key })

const organizationOf = ({ actor }: Asked): string => (actor.kind === 'system' ? '' : actor.organizationId)

/** What administrators do with channels. */
export const channelCalls: readonly Call<DeskContext>[] = [
  {
    method: 'PUT',
    path: '/api/departments',
    says: "Sets the departments of the actor's organization: as many live channels are allowed.",
    example: { departments: ['sales', 'support'] },
    answer: async (asked, context) => {
      const organizationId = organizationOf(asked)
      const departments = texts(asked.body, 'departments')
      const done = await settled(
        context,
        context.desk.organizations.setDepartments(asked.actor, { organizationId, departments }),
      )
      await context.departments.set(organizationId, departments)
      return done
    },
  },
  {
    method: 'GET',
    path: '/api/channels',
    says: 'The channels that the actor may see, with settings, agents and authorization.',
    answer: (asked, { desk }) => desk.channels.list(asked.actor, { organizationId: organizationOf(asked) }),
  },
  {
    method: 'POST',
    path: '/api/channels',
    says: 'Makes a channel for an account id; an id that the simulated platform does not know is opened there.',
    example: { accountId: '17841400000000001', name: 'Second shop', departmentId: 'support', agents: ['aki'] },
    bodyLimit: ICON_LIMIT,
    answer: async (asked, context) => {
      const { actor, body, key } = asked
      const { token, ...account } = await accountFor(context, body)
      const request = given({
        organizationId: organizationOf(asked),
        name: text(body, 'name'),
        departmentId: text(body, 'departmentId'),
        icon: iconOf(body),
        account,
        token,
        // What these may hold is the desk's to say.
        conversion: optionalObject(body, 'conversion'),
        settings: optionalObject(body, 'settings'),
        humanAgent: optionalOneOf(body, 'humanAgent', PERMISSIONS),
        agents: body['agents'] === undefined ? undefined : texts(body, 'agents'),
        key,
      })
      return settled(context, context.desk.channels.create(actor, request))
    },
  },
  {
    method: 'GET',
    path: BASE,
    says: 'One channel as it is now.',
    answer: (asked, { desk }) => desk.channels.get(asked.actor, of(asked)),
  },
  {
    method: 'GET',
    path: `${BASE}/icon`,
    says: 'The bytes of the icon.',
    answer: async (asked, { desk }) => {
      const icon = await desk.channels.icon(asked.actor, of(asked))
      if (icon === undefined) throw new HttpProblem(404, 'no-icon')
      return new Response(new Uint8Array(icon.bytes), {
        headers: { 'content-type': icon.mediaType, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
      })
    },
  },
  {
    method: 'PUT',
    path: BASE,
    says: 'Changes settings; what is not named stays; icon is { fileName, base64 } or null.',
    example: { name: 'First shop', conversion: { delay: 30 } },
    bodyLimit: ICON_LIMIT,
    answer: (asked, context) => {
      const { icon, ...others } = asked.body
      return settled(
        context,
        context.desk.channels.change(asked.actor, {
          ...others,
          ...of(asked),
          ...given({ icon: icon === null ? null : iconOf(asked.body) }),
        }),
      )
    },
  },
  {
    method: 'POST',
    path: `${BASE}/agents`,
    says: 'Associates an agent: from now on they see and answer.',
    example: { agentId: 'chie' },
    answer: (asked, context) =>
      settled(
        context,
        context.desk.channels.associate(asked.actor, { ...of(asked), agentId: text(asked.body, 'agentId') }),
      ),
  },
  {
    method: 'DELETE',
    path: `${BASE}/agents/:agentId`,
    says: 'Takes an agent away; what was theirs counts as unassigned.',
    answer: (asked, context) =>
      settled(
        context,
        context.desk.channels.remove(asked.actor, { ...of(asked), agentId: asked.params['agentId'] ?? '' }),
      ),
  },
  {
    method: 'POST',
    path: `${BASE}/disable`,
    says: 'Stops sending and receiving; data stays.',
    answer: (asked, context) => settled(context, context.desk.channels.disable(asked.actor, of(asked))),
  },
  {
    method: 'POST',
    path: `${BASE}/enable`,
    says: 'Sending and receiving go on; what was missed meanwhile can be asked for: see missed and fetch-missed.',
    answer: (asked, context) => settled(context, context.desk.channels.enable(asked.actor, of(asked))),
  },
  {
    method: 'GET',
    path: `${BASE}/missed`,
    says: 'How many messages came while the channel was disabled, of which there is a receipt and no content.',
    answer: (asked, { desk }) => desk.channels.missed(asked.actor, of(asked)),
  },
  {
    method: 'POST',
    path: `${BASE}/fetch-missed`,
    says: 'Asks Meta for what was missed while the channel was disabled; answers how many were recovered and are left.',
    answer: (asked, context) => settled(context, context.desk.channels.fetchMissed(asked.actor, of(asked))),
  },
  {
    method: 'GET',
    path: `${BASE}/reads`,
    says: 'What administrators who are not its agents read on the channel, the newest first.',
    example: '?limit=20',
    answer: (asked, { desk }) =>
      desk.channels.reads(asked.actor, {
        ...of(asked),
        ...given({
          limit: queryNumber(asked.query, 'limit', 1, 200),
          cursor: asked.query.get('cursor') ?? undefined,
        }),
      }),
  },
  {
    method: 'DELETE',
    path: BASE,
    says: 'Deletes the channel for good; pendingConversions says whether they become tickets (convert) or not (discard).',
    example: { pendingConversions: 'convert' },
    answer: (asked, context) =>
      settled(
        context,
        context.desk.channels.delete(asked.actor, {
          ...of(asked),
          ...given({ pendingConversions: optionalOneOf(asked.body, 'pendingConversions', ['convert', 'discard']) }),
        }),
      ),
  },
  {
    method: 'PUT',
    path: `${BASE}/human-agent`,
    says: 'Says whether Meta gave the app the Human Agent feature for this channel.',
    example: { permission: 'granted' },
    answer: (asked, context) =>
      settled(
        context,
        context.desk.channels.setHumanAgent(asked.actor, {
          ...of(asked),
          permission: oneOf(asked.body, 'permission', PERMISSIONS),
        }),
      ),
  },
  {
    method: 'POST',
    path: `${BASE}/reconnect`,
    says:
      'Connects the account again and sends what waited: with the token that is given, with one that the simulated ' +
      'platform issues, or with the same one (sameToken: true) if what stood in the way was lifted.',
    example: { sameToken: true },
    answer: async (asked, context) => {
      const { actor, body } = asked
      const { account } = await context.desk.channels.get(actor, of(asked))
      const own = optionalText(body, 'token')
      const token =
        optionalBoolean(body, 'sameToken') === true
          ? undefined
          : (own ?? (await context.accounts.issueToken(account.accountId)))
      return settled(context, context.desk.channels.reconnect(actor, given({ ...of(asked), token })))
    },
  },
]
