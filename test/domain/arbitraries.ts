import * as fc from 'fast-check'
import type { AccountCommand, AccountEvent } from '../../src/domain/account/index.ts'
import type { Actor } from '../../src/domain/actor.ts'
import type { ChannelCommand, ChannelEvent, ChannelSettings } from '../../src/domain/channel/index.ts'
import type { OrganizationCommand, OrganizationEvent } from '../../src/domain/organization/index.ts'
import type { TicketCommand, TicketEvent } from '../../src/domain/ticket/index.ts'
import { administrator, agent, automation, stranger, system } from './people.ts'

/** Few ids, so that commands meet; and what nobody should send. */
const id = (...words: readonly string[]) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...words) },
    { weight: 1, arbitrary: fc.constantFrom('', '__proto__', 'constructor', 'a\0', '\ud800', 'x'.repeat(300)) },
  )
const at = fc.integer({ min: 0, max: 1_000_000 })
const channelId = id('c1', 'c2', 'c3', 'c4')
const organizationId = fc.constantFrom('acme', 'other')
const departmentId = id('sales', 'care', 'returns')
const accountId = fc.constantFrom('1784', '1785')
const agentId = id('bob', 'eve', 'kim')
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('Shop', '', 'a\ud800', '\0', 'n'.repeat(101)))
const actor: fc.Arbitrary<Actor> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(administrator, system) },
  { weight: 1, arbitrary: fc.constantFrom(agent, automation, stranger) },
)
const by = fc.constantFrom({ kind: 'system' } as const, { kind: 'agent', id: 'bob' } as const)

interface Message {
  readonly type: string
  readonly data: object
}
/** One arbitrary per command type, of plain objects. */
const of =
  <One extends Message>() =>
  <Type extends One['type']>(type: Type, data: fc.Arbitrary<Extract<One, { type: Type }>['data']>): fc.Arbitrary<One> =>
    data.map((value) => structuredClone({ type, data: value }) as unknown as One)

/** One arbitrary per event type, as the log gives them back. */
const logged =
  <One extends Message>() =>
  <Type extends One['type']>(type: Type, data: fc.Arbitrary<Extract<One, { type: Type }>['data']>): fc.Arbitrary<One> =>
    data.map((value) => JSON.parse(JSON.stringify({ type, data: value })) as One)

const command = of<OrganizationCommand>()
export const organizationCommand: fc.Arbitrary<OrganizationCommand> = fc.oneof(
  command(
    'SetDepartments',
    fc.record({
      actor,
      organizationId: fc.constant('acme'),
      departments: fc.array(departmentId, { maxLength: 4 }),
      at,
    }),
  ),
  command(
    'TakeChannelSlot',
    fc.record({
      actor,
      organizationId: fc.constant('acme'),
      channelId,
      accountId,
      departmentId,
      completeBy: at,
      at,
    }),
  ),
  command('ConfirmChannelSlot', fc.record({ channelId, at })),
  command(
    'ReleaseChannelSlot',
    fc.record({ channelId, reason: fc.constantFrom('deleted' as const, 'abandoned' as const), at }),
  ),
)
const happened = logged<OrganizationEvent>()
export const organizationEvent: fc.Arbitrary<OrganizationEvent> = fc.oneof(
  happened('DepartmentsSet', fc.record({ organizationId, departments: fc.array(departmentId), by, at })),
  happened('ChannelSlotTaken', fc.record({ organizationId, channelId, accountId, completeBy: at, at })),
  happened('ChannelSlotConfirmed', fc.record({ channelId, at })),
  happened(
    'ChannelSlotReleased',
    fc.record({ channelId, reason: fc.constantFrom('deleted' as const, 'abandoned' as const), at }),
  ),
)

export const accountCommand: fc.Arbitrary<AccountCommand> = fc.oneof(
  of<AccountCommand>()('ClaimAccount', fc.record({ accountId, organizationId, channelId, at })),
  of<AccountCommand>()('ReleaseAccount', fc.record({ accountId, channelId, at })),
)
export const accountEvent: fc.Arbitrary<AccountEvent> = fc.oneof(
  logged<AccountEvent>()('AccountClaimed', fc.record({ accountId, organizationId, channelId, at })),
  logged<AccountEvent>()('AccountReleased', fc.record({ accountId, channelId, at })),
)

const conversion = fc.record({
  delay: fc.oneof(fc.constantFrom(0, 1, 1_440, 1_441, Number.NaN, 'never' as const), fc.double()),
  afterTicket: fc.constantFrom('new-ticket' as const, 'thread-while-open' as const),
  reopenWithin: fc.oneof(fc.constant('delay' as const), fc.integer()),
  cancelOnAnswer: fc.boolean(),
})
const icon = fc.record({
  blobId: fc.constantFrom('blob-1', ''),
  mediaType: fc.constantFrom('image/png' as const, 'image/jpeg' as const),
  size: fc.constantFrom(0, 8, 1_048_577),
  fileName: fc.oneof(fc.constantFrom('a.png', 'a.jpg', 'a'), text),
})
const settings: fc.Arbitrary<ChannelSettings> = fc.record({
  name: text,
  icon: fc.option(icon),
  departmentId,
  conversion,
  assigneeOnly: fc.boolean(),
  receiveAudioVideo: fc.boolean(),
  storyMentionOpensWindow: fc.boolean(),
  reactionOpensWindow: fc.boolean(),
})
const changes: fc.Arbitrary<Partial<ChannelSettings>> = settings.chain((all) =>
  fc.subarray(Object.entries(all)).map((some) => Object.fromEntries(some) as Partial<ChannelSettings>),
)
const goodSettings: fc.Arbitrary<ChannelSettings> = settings.map((all) => ({
  ...all,
  name: 'Shop',
  icon: null,
  departmentId: 'sales',
  conversion: { ...all.conversion, delay: 60, reopenWithin: 'delay' },
}))
const account = fc.record({
  accountId,
  flavour: fc.constantFrom('facebook-login' as const, 'instagram-login' as const),
})
const humanAgent = fc.constantFrom('unknown' as const, 'granted' as const, 'refused' as const)
const authorization = fc.constantFrom(
  'connected' as const,
  'suspended' as const,
  'lost' as const,
  'restricted' as const,
)
const pendingConversions = fc.constantFrom('convert' as const, 'discard' as const)
const eventKey = fc.constantFrom('k1', 'k2', 'k3')
const roles = fc.constantFrom({}, { '123': ['primary_receiver'] })
const here = fc.constant('c1')
const asked = { actor, channelId: here, at }
const noted = { channelId: here, by, at }

const ask = of<ChannelCommand>()
export const createChannel: fc.Arbitrary<ChannelCommand> = ask(
  'CreateChannel',
  fc.record({ ...asked, organizationId: fc.constant('acme'), account, settings: goodSettings, humanAgent }),
)
/** Commands about agents only. */
export const agentCommand: fc.Arbitrary<ChannelCommand> = fc.oneof(
  { weight: 2, arbitrary: ask('AssociateAgent', fc.record({ ...asked, agentId })) },
  { weight: 1, arbitrary: ask('RemoveAgent', fc.record({ ...asked, agentId })) },
)
export const channelCommand: fc.Arbitrary<ChannelCommand> = fc.oneof(
  { weight: 3, arbitrary: createChannel },
  ask('CreateChannel', fc.record({ ...asked, organizationId: fc.constant('acme'), account, settings, humanAgent })),
  ask('AbandonChannelCreation', fc.record({ channelId: here, at })),
  ask('ChangeChannelSettings', fc.record({ ...asked, changes })),
  { weight: 3, arbitrary: agentCommand },
  ask('DisableChannel', fc.record(asked)),
  ask('EnableChannel', fc.record(asked)),
  ask('DeleteChannel', fc.record({ ...asked, pendingConversions })),
  ask('SetAuthorization', fc.record({ ...asked, authorization, reason: fc.oneof(text, fc.constant('190/460')) })),
  ask('SetHumanAgentPermission', fc.record({ ...asked, permission: humanAgent })),
  ask('RecordPolicyEnforcement', fc.record({ channelId: here, eventKey, action: text, at })),
  ask('RecordAppRoles', fc.record({ channelId: here, eventKey, roles, at })),
)

const past = logged<ChannelEvent>()
export const channelEvent: fc.Arbitrary<ChannelEvent> = fc.oneof(
  past(
    'ChannelCreated',
    fc.record(
      { ...noted, organizationId, account, settings, humanAgent, webhookAccountId: accountId },
      { requiredKeys: ['channelId', 'by', 'at', 'organizationId', 'account', 'settings', 'humanAgent'] },
    ),
  ),
  past('ChannelCreationAbandoned', fc.record({ channelId: here, at })),
  past('ChannelSettingsChanged', fc.record({ ...noted, changes })),
  past('AgentAssociated', fc.record({ ...noted, agentId, association: fc.nat() })),
  past('AgentRemoved', fc.record({ ...noted, agentId, association: fc.nat() })),
  past('ChannelDisabled', fc.record(noted)),
  past('ChannelEnabled', fc.record(noted)),
  past('ChannelDeleted', fc.record({ ...noted, organizationId, accountId, pendingConversions })),
  past('AuthorizationChanged', fc.record({ ...noted, authorization, reason: text })),
  past('HumanAgentPermissionChanged', fc.record({ ...noted, permission: humanAgent })),
  past('PolicyEnforced', fc.record({ channelId: here, eventKey, action: text, at })),
  past('AppRolesChanged', fc.record({ channelId: here, eventKey, roles, at })),
)

const ticketId = fc.constant('conversation-1.1')
const revision = fc.nat({ max: 12 })
const assignee = fc.option(agentId)
const status = fc.constantFrom('open' as const, 'pending' as const, 'on-hold' as const)
const ticket = fc.record({
  ticketId,
  organizationId,
  channelId: here,
  departmentId,
  conversationId: fc.constant('conversation-1'),
  customerId: fc.constant('6001'),
  episode: fc.constant(1),
  firstRevision: fc.constant(1),
  lastRevision: revision,
  subjectMessageId: fc.option(fc.constant('message-1')),
  cause: fc.constantFrom('by-time' as const, 'by-hand' as const, 'channel-deleted' as const),
  assignee,
  firstCustomerMessageAt: at,
  at,
})
const work = { actor, mayWork: fc.boolean(), ticketId, at }
const message = fc.constantFrom('message-1', 'message-2')

const want = of<TicketCommand>()
export const ticketCommand: fc.Arbitrary<TicketCommand> = fc.oneof(
  want('OpenTicket', ticket),
  want('ThreadMessage', fc.record({ ticketId, messageId: message, revision, reopens: fc.boolean(), at })),
  want('AssignTicket', fc.record({ ...work, assignee, assigneeMayWork: fc.boolean() })),
  want('ChangeTicketStatus', fc.record({ ...work, status })),
  want('CloseTicket', fc.record(work)),
  want('ReopenTicket', fc.record(work)),
)
const did = logged<TicketEvent>()
export const ticketEvent: fc.Arbitrary<TicketEvent> = fc.oneof(
  did('TicketOpened', ticket),
  did('MessageThreaded', fc.record({ ticketId, messageId: message, revision, at })),
  did('TicketAssigned', fc.record({ ticketId, assignee, by, at })),
  did('TicketStatusChanged', fc.record({ ticketId, status, by, at })),
  did('TicketClosed', fc.record({ ticketId, by, at })),
  did('TicketReopened', fc.record({ ticketId, by: fc.oneof(by, fc.constant('customer' as const)), at })),
)
