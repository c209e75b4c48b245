import {
  createDesk,
  type Actor,
  type DeliveryOptions,
  type Desk,
  type DeskOptions,
  type Messenger,
  type Store,
} from 'madoguchi'
import { type AccountHandle, type CustomerHandle, replyWindowAt, type SimulatorOptions } from 'madoguchi/simulator'
import type { ConversationEvent } from '../../../src/domain/conversation/index.ts'
import {
  afterwards,
  aki,
  caughtUp,
  openDesk,
  until,
  withChannel,
  withOrganization,
  type DeskClock,
  type Opened,
} from '../desk.ts'

// A customer who has written, and what can then be done and seen about answering.

export interface TalkOptions {
  readonly store?: Store
  readonly flavour?: AccountHandle['flavour']
  readonly humanAgent?: boolean
  readonly simulator?: Partial<SimulatorOptions>
  readonly clock?: DeskClock
  readonly delivery?: DeliveryOptions
  readonly options?: Omit<Partial<DeskOptions>, 'clock'>
  /** Stands between the desk and the messenger. */
  readonly messenger?: (messenger: Messenger) => Messenger
}

export type Talk = Awaited<ReturnType<typeof openTalk>>

/** A desk with a channel on which a customer has written one message. */
export const openTalk = async (options: TalkOptions = {}) => {
  const { flavour = 'instagram-login', humanAgent = true, messenger = (it) => it } = options
  const opened: Opened = await openDesk({
    started: false,
    ...(options.store === undefined ? {} : { store: options.store }),
    ...(options.simulator === undefined ? {} : { simulator: options.simulator }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.delivery === undefined ? {} : { delivery: options.delivery }),
    ...options.options,
  })
  const { store, simulator, clock, runtime } = opened
  const deskOptions: DeskOptions = {
    ...opened.options,
    meta: { ...opened.options.meta, messenger: messenger(opened.options.meta.messenger) },
  }
  const desk = createDesk(deskOptions)
  simulator.setWebhook((request) => desk.handle(request))
  await desk.start()
  afterwards(() => desk.stop())
  await withOrganization(desk)
  const account = simulator.addAccount({ flavour, username: 'acme.shop', humanAgent })
  const channelId = await withChannel(desk, account)
  const customer = account.customer({ name: 'Hana', username: 'hana' })
  const conversationId = await opens({ desk, store }, customer)
  return { desk, store, simulator, clock, runtime, options: deskOptions, account, channelId, customer, conversationId }
}

/** The customer writes, and the desk has learned who it is. */
export const opens = async (
  { desk, store }: { readonly desk: Desk; readonly store: Store },
  customer: CustomerHandle,
  text = 'Do you ship to Cordoba?',
): Promise<string> => {
  await customer.says(text).delivered
  return until(async () => {
    await caughtUp({ desk, store })
    const { items } = await desk.inbox.list(aki)
    return items.find((item) => item.customerId === customer.customerId && Object.keys(item.profile).length > 0)
      ?.conversationId
  })
}

/** Everything in the log of the conversation. */
export const historyOf = async ({
  store,
  conversationId,
}: Pick<Talk, 'store' | 'conversationId'>): Promise<readonly ConversationEvent[]> =>
  (await store.events.read(`conversation-${conversationId}`)).map(
    ({ type, data, personal }) => ({ type, data, ...(personal && { personal }) }) as unknown as ConversationEvent,
  )

/** The events of one type, their data only. */
export const happened = async <Type extends ConversationEvent['type']>(
  talk: Pick<Talk, 'store' | 'conversationId'>,
  type: Type,
): Promise<readonly Extract<ConversationEvent, { type: Type }>['data'][]> =>
  (await historyOf(talk)).flatMap((event) => (event.type === type ? [event.data as never] : []))

/** Where a reply stands, once every view has caught up. */
export const deliveryOf = async (
  { desk, store }: Pick<Talk, 'desk' | 'store'>,
  replyId: string,
  actor: Actor = aki,
) => {
  await caughtUp({ desk, store })
  return desk.worklists.delivery(actor, { replyId })
}

/** Waits until the reply stands so. */
export const stands = (talk: Pick<Talk, 'desk' | 'store'>, replyId: string, status: string) =>
  until(async () => {
    const delivery = await deliveryOf(talk, replyId)
    return delivery.status === status && delivery
  })

/** The texts of the business on the customer's phone, in order. */
export const onPhone = ({ customer }: Pick<Talk, 'customer'>): readonly (string | undefined)[] =>
  customer
    .phone()
    .messages.filter(({ from }) => from === 'business')
    .map(({ text }) => text)

/** The desk takes what the agents write, and another one, opened by `dispatch`, sends it. */
export const openQueue = async (options: Omit<TalkOptions, 'delivery'> = {}) => {
  const talk = await openTalk({ ...options, delivery: { enabled: false } })
  const dispatch = async (changes: Partial<DeskOptions> = {}): Promise<Desk> => {
    const other = createDesk({ ...talk.options, delivery: {}, ...changes })
    await other.start()
    afterwards(() => other.stop())
    return other
  }
  return { ...talk, dispatch }
}

/** What the simulator itself thinks of the window. */
export const simulatedWindow = replyWindowAt
