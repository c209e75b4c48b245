import { graphErrors, type Faults, type GraphErrorName } from 'madoguchi/simulator'
import { accountOf } from '../host/accounts.ts'
import type { Call } from '../host/call.ts'
import type { PlatformContext } from '../host/context.ts'
import { oneOf, optionalBoolean, optionalOneOf, optionalText, optionalWholeNumber, text } from '../host/fields.ts'
import { given } from '../host/json.ts'
import { HttpProblem } from '../host/problem.ts'
import type { PlayedPlatform } from '../host/platform.ts'

const FAULTS: readonly (keyof Faults)[] = [
  'duplicate',
  'reorder',
  'echoFirst',
  'loseAnswer',
  'dropEcho',
  'throttle',
  'serverError',
]
const ERRORS = Object.keys(graphErrors) as readonly GraphErrorName[]
const STATES = ['expired', 'password-changed', 'app-removed', 'checkpoint', 'invalid'] as const
const CONDITIONS = [
  'access-off',
  'restricted',
  'blocked-business',
  'policy-block',
  'link-broken',
  'permission-missing',
  'no-advanced-access',
  'single-image',
] as const

const troubles = ({ simulator, outage }: PlayedPlatform): object => ({
  faults: simulator.faults.current(),
  outage: outage(),
})

/** The simulated platform: its accounts, what goes wrong there, and its own books. */
export const platformCalls: readonly Call<PlatformContext>[] = [
  {
    method: 'POST',
    path: '/api/platform/accounts',
    says: 'Opens an Instagram account on the simulated platform; the id is made up if none is given.',
    example: { username: 'second.shop', flavour: 'instagram-login' },
    answer: ({ body }, { platform }) => {
      const accountId = optionalText(body, 'accountId')
      if (accountId !== undefined && !/^\d{5,24}$/.test(accountId)) {
        throw new HttpProblem(422, 'invalid', { field: 'accountId', expected: '5 to 24 digits' })
      }
      if (platform.simulator.accounts().some((account) => account.accountId === accountId)) {
        throw new HttpProblem(409, 'account-exists', { field: 'accountId', given: accountId ?? '' })
      }
      const account = platform.simulator.addAccount(
        given({
          username: text(body, 'username'),
          flavour: optionalOneOf(body, 'flavour', ['facebook-login', 'instagram-login']) ?? 'instagram-login',
          humanAgent: optionalBoolean(body, 'humanAgent'),
          accountId,
        }),
      )
      platform.keep()
      const { username, flavour, pageId } = account
      return given({ accountId: account.accountId, username, flavour, pageId })
    },
  },
  {
    method: 'GET',
    path: '/api/platform/faults',
    says: 'What goes wrong at present: probabilities from 0 to 1, and whether the Graph API is down.',
    answer: (_, { platform }) => troubles(platform),
  },
  {
    method: 'PUT',
    path: '/api/platform/faults',
    says: `Sets probabilities from 0 to 1 of ${FAULTS.join(', ')}; those not named become 0.`,
    example: { loseAnswer: 1, dropEcho: 1 },
    answer: ({ body }, { platform }) => {
      const wanted = Object.entries(body).map(([name, value]) => {
        if (!FAULTS.some((fault) => fault === name) || typeof value !== 'number' || !(value >= 0 && value <= 1)) {
          throw new HttpProblem(422, 'invalid', { field: name, expected: `0 to 1 for any of ${FAULTS.join(', ')}` })
        }
        return [name, value] as const
      })
      platform.simulator.faults.clear()
      platform.simulator.faults.set(Object.fromEntries(wanted))
      return troubles(platform)
    },
  },
  {
    method: 'PUT',
    path: '/api/platform/outage',
    says: 'Takes the Graph API down (errors: HTML 502; refuse: cut connections) or up again (none).',
    example: { kind: 'errors' },
    answer: ({ body }, { platform }) => {
      platform.setOutage(oneOf(body, 'kind', ['errors', 'refuse', 'none']))
      return troubles(platform)
    },
  },
  {
    method: 'POST',
    path: '/api/platform/fail-next',
    says: `Lets the next calls of an account fail: error is one of ${ERRORS.join(', ')}.`,
    example: { accountId: '<account id>', error: 'window-closed', times: 1 },
    answer: ({ body }, { platform: { simulator } }) => {
      accountOf(simulator, text(body, 'accountId')).failNext(
        oneOf(body, 'error', ERRORS),
        optionalWholeNumber(body, 'times', 1, 1_000) ?? 1,
      )
      return {}
    },
  },
  {
    method: 'POST',
    path: '/api/platform/token',
    says: `Lets the token of an account die (state: ${STATES.join(', ')}), as Meta or its owner would.`,
    example: { accountId: '<account id>', state: 'expired' },
    answer: ({ body }, { platform }) => {
      accountOf(platform.simulator, text(body, 'accountId')).revokeToken(oneOf(body, 'state', STATES))
      platform.keep()
      return {}
    },
  },
  {
    method: 'POST',
    path: '/api/platform/condition',
    says: `Puts an account into a condition or takes it out: ${CONDITIONS.join(', ')}.`,
    example: { accountId: '<account id>', condition: 'access-off', on: true },
    answer: ({ body }, { platform }) => {
      accountOf(platform.simulator, text(body, 'accountId')).set(
        oneOf(body, 'condition', CONDITIONS),
        optionalBoolean(body, 'on') ?? true,
      )
      platform.keep()
      return {}
    },
  },
  {
    method: 'POST',
    path: '/api/platform/human-agent',
    says: "Gives or takes Meta's Human Agent feature for an account, on Meta's side.",
    example: { accountId: '<account id>', granted: true },
    answer: ({ body }, { platform }) => {
      accountOf(platform.simulator, text(body, 'accountId')).setHumanAgent(optionalBoolean(body, 'granted') ?? true)
      platform.keep()
      return {}
    },
  },
  {
    method: 'POST',
    path: '/api/platform/thread-owner',
    says: 'Passes a thread to another app, or back to this one: the events of a foreign thread come as standby.',
    example: { accountId: '<account id>', customerId: '<customer id>', owner: 'another-app' },
    answer: ({ body }, { platform }) => {
      const account = accountOf(platform.simulator, text(body, 'accountId'))
      const customerId = text(body, 'customerId')
      if (oneOf(body, 'owner', ['this-app', 'another-app']) === 'this-app') account.returnThread(customerId)
      else account.passThread(customerId)
      platform.keep()
      return {}
    },
  },
  {
    method: 'POST',
    path: '/api/platform/deliver',
    says: 'Posts a body of yours to the webhook, signed with the app secret, and tells what the desk answered.',
    example: { body: { object: 'instagram', entry: [] } },
    bodyLimit: 4 * 1_048_576,
    answer: async ({ body }, { platform: { simulator } }) => {
      const raw = body['body']
      return simulator.deliver(typeof raw === 'string' ? raw : JSON.stringify(raw ?? {}))
    },
  },
  {
    method: 'POST',
    path: '/api/platform/retry',
    says: 'Makes every waiting redelivery due now.',
    answer: (_, { platform: { simulator } }) => {
      simulator.retryNow()
      return {}
    },
  },
  {
    method: 'GET',
    path: '/api/platform/ledger',
    says: "The platform's own count: deliveries by what was answered, and the messages it accepted.",
    answer: ({ query }, { platform: { simulator } }) => {
      const accountId = query.get('accountId') ?? undefined
      const { ledger } = simulator
      return {
        delivered: ledger.deliveredEvents(given({ accountId })),
        waiting: ledger.events().filter(({ state }) => state === 'waiting').length,
        sends: ledger.sends
          .filter((send) => accountId === undefined || send.accountId === accountId)
          .map(({ mid, customerId, at, tag, answer }) => given({ mid, customerId, at, tag, answer })),
      }
    },
  },
]
