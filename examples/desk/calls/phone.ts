import type { CustomerHandle, Happening, Simulator } from 'madoguchi/simulator'
import { accountOf } from '../host/accounts.ts'
import type { Asked, Call } from '../host/call.ts'
import type { PlatformContext } from '../host/context.ts'
import { optionalBoolean, optionalText, text } from '../host/fields.ts'
import { given, type JsonObject } from '../host/json.ts'
import { HttpProblem } from '../host/problem.ts'
import { MESSAGE_KINDS, outgoingFrom } from './phone-messages.ts'

const customerOf = ({ params }: Asked, simulator: Simulator): CustomerHandle => {
  const { accountId = '', customerId = '' } = params
  const customer = accountOf(simulator, accountId)
    .customers()
    .find((one) => one.customerId === customerId)
  if (customer !== undefined) return customer
  throw new HttpProblem(404, 'no-such-customer', { field: 'customerId', given: customerId.slice(0, 80) })
}

const view = (customer: CustomerHandle): object => ({
  accountId: customer.accountId,
  customerId: customer.customerId,
  username: customer.username,
  window: customer.window(),
  openedAt: customer.openedAt() ?? null,
  ...customer.phone(),
})

/**
 * Lets the customer act, saves, and only then lets the webhook leave. `wait: true` answers when the desk has answered it.
 */
const act = async (
  asked: Asked,
  { platform }: PlatformContext,
  does: (customer: CustomerHandle, body: JsonObject) => Happening & { readonly mid?: string },
): Promise<object> => {
  const customer = customerOf(asked, platform.simulator)
  const wait = optionalBoolean(asked.body, 'wait') ?? false
  const { delivered, timestamp, mid } = attempt(() => does(customer, asked.body))
  platform.keep()
  const outcome = wait ? (await delivered).outcome : undefined
  return given({ mid, timestamp, outcome })
}

/** The simulator throws plain errors for what Instagram's app has no button for. */
const attempt = <Result>(does: () => Result): Result => {
  try {
    return does()
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'Refusal') throw error
    throw new HttpProblem(409, 'not-on-this-phone', { message: error.message.slice(0, 120) })
  }
}

const BASE = '/api/phone/:accountId/:customerId'
const MID = { mid: '<mid of a message on the phone>' }

/** What a customer does with the telephone. Nobody is asked who they are here: this is Instagram's side. */
export const phoneCalls: readonly Call<PlatformContext>[] = [
  {
    method: 'GET',
    path: '/api/phone',
    says: 'All accounts of the simulated platform and the customers who can write to them.',
    answer: (_, { platform: { simulator } }) => ({
      accounts: simulator.accounts().map((account) => ({
        accountId: account.accountId,
        username: account.username,
        flavour: account.flavour,
        customers: account.customers().map(({ customerId, username }) => ({ customerId, username })),
      })),
    }),
  },
  {
    method: 'POST',
    path: '/api/phone/:accountId/customers',
    says: 'Adds a customer who can write to this account; a name makes the profile show it.',
    example: { name: 'Yuki Tanaka', username: 'yuki.t' },
    answer: ({ params, body }, { platform }) => {
      const profile = given({
        name: optionalText(body, 'name'),
        username: optionalText(body, 'username'),
        customerId: optionalText(body, 'customerId'),
      })
      if (profile.customerId !== undefined && !/^\d{5,24}$/.test(profile.customerId)) {
        throw new HttpProblem(422, 'invalid', { field: 'customerId', expected: '5 to 24 digits' })
      }
      const customer = accountOf(platform.simulator, params['accountId'] ?? '').customer(profile)
      platform.keep()
      return view(customer)
    },
  },
  {
    method: 'GET',
    path: BASE,
    says: 'What the phone of this customer shows, and how the platform lets the business write.',
    answer: (asked, { platform }) => view(customerOf(asked, platform.simulator)),
  },
  {
    method: 'POST',
    path: `${BASE}/messages`,
    says: `Sends a message: kind is one of ${MESSAGE_KINDS.join(', ')}; replyTo quotes a mid; at makes it older; wait answers when the desk has.`,
    example: { kind: 'text', text: 'Is this still available?' },
    answer: (asked, context) => act(asked, context, (customer, body) => customer.sends(outgoingFrom(body))),
  },
  {
    method: 'POST',
    path: `${BASE}/unsend`,
    says: 'Takes one of the own messages back.',
    example: MID,
    answer: (asked, context) => act(asked, context, (customer, body) => customer.unsends(text(body, 'mid'))),
  },
  {
    method: 'POST',
    path: `${BASE}/edit`,
    says: 'Changes the text of one of the own messages, five times at most.',
    example: { ...MID, text: 'Is this still available in red?' },
    answer: (asked, context) =>
      act(asked, context, (customer, body) => customer.edits(text(body, 'mid'), text(body, 'text'))),
  },
  {
    method: 'POST',
    path: `${BASE}/react`,
    says: 'Reacts to a message of either side.',
    example: { ...MID, emoji: '😂' },
    answer: (asked, context) =>
      act(asked, context, (customer, body) => customer.reacts(text(body, 'mid'), optionalText(body, 'emoji'))),
  },
  {
    method: 'POST',
    path: `${BASE}/unreact`,
    says: 'Takes the reaction away.',
    example: MID,
    answer: (asked, context) => act(asked, context, (customer, body) => customer.unreacts(text(body, 'mid'))),
  },
  {
    method: 'POST',
    path: `${BASE}/see`,
    says: 'Looks at the newest message of the business, or at the one named.',
    answer: (asked, context) => act(asked, context, (customer, body) => customer.sees(optionalText(body, 'mid'))),
  },
  {
    method: 'POST',
    path: `${BASE}/postback`,
    says: 'Taps an ice breaker or a button.',
    example: { title: 'Opening hours', payload: 'HOURS' },
    answer: (asked, context) =>
      act(asked, context, (customer, body) =>
        customer.postback({ title: text(body, 'title'), payload: text(body, 'payload') }),
      ),
  },
  {
    method: 'POST',
    path: `${BASE}/refer`,
    says: 'Follows an ig.me link with this ref into the thread.',
    example: { ref: 'newsletter' },
    answer: (asked, context) => act(asked, context, (customer, body) => customer.refers(text(body, 'ref'))),
  },
  {
    method: 'POST',
    path: `${BASE}/block-business`,
    says: 'Blocks the business, or not any more: sends to this person fail meanwhile.',
    example: { blocked: true },
    answer: (asked, { platform }) => {
      const customer = customerOf(asked, platform.simulator)
      if (optionalBoolean(asked.body, 'blocked') ?? true) customer.blocksBusiness()
      else customer.unblocksBusiness()
      platform.keep()
      return view(customer)
    },
  },
  {
    method: 'POST',
    path: `${BASE}/answer-from-app`,
    says: 'The owner of the account answers in the Instagram app: a reply made outside the desk.',
    example: { text: 'Answered from the phone of the shop' },
    answer: async (asked, context) =>
      act(asked, context, ({ accountId, customerId }, body) =>
        accountOf(context.platform.simulator, accountId).sendsFromApp(customerId, text(body, 'text')),
      ),
  },
]
