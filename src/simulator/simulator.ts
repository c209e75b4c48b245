import { checkMembers, checkOptions, withDefaults } from './check-options.ts'
import { type AccountHandle, accountHandle } from './account.ts'
import type { SimulatorClock } from './clock.ts'
import type { CustomerHandle } from './customer.ts'
import { createDeliverer, defaultDelivery, type DeliverySettings } from './delivery.ts'
import { type Faults, faultSwitch, type FaultSwitch } from './faults.ts'
import { graphApi } from './graph-api.ts'
import { badGateway } from './graph-error.ts'
import { readGraphRequest } from './graph-request.ts'
import { type Handshake, shakeHands } from './handshake.ts'
import { identifiers } from './identifiers.ts'
import { type Answer, attemptOf, type Ledger, openLedger } from './ledger.ts'
import { lostAnswer } from './lost-answer.ts'
import { placeholderPng } from './media.ts'
import { type Listening, serve } from './node-server.ts'
import { addAccount, addPage, type NewAccount } from './new-account.ts'
import type { AppSettings, PlannedFailure, Platform } from './platform.ts'
import { type Chance, seededChance } from './random.ts'
import { type RateLimits, rateMeter } from './rate-limit.ts'
import type { OpeningPolicy } from './reply-window.ts'
import { type SimulatorRuntime, systemRuntime } from './runtime.ts'
import { signIn } from './sign-in.ts'
import type { SimulatorSnapshot, SimulatorStorage } from './snapshot.ts'
import { postWebhook, type WebhookTarget } from './webhook-post.ts'
import { signature256, signedRequest } from './wire.ts'
import { emptyWorld, type Flavour, loadWorld, saveWorld } from './world.ts'

/** How to build a simulator. */
export interface SimulatorOptions {
  /** Every choice and every id follows from it. Default 1. */
  readonly seed?: number
  /** Time and timers; default the machine's. */
  readonly runtime?: SimulatorRuntime
  /** Business time; default the wall time of `runtime`. */
  readonly clock?: SimulatorClock
  /** Signs the webhooks. */
  readonly appSecret: string
  /** What the webhook handshake presents. */
  readonly verifyToken: string
  /** Where webhooks go; may be set later. Until then they wait. */
  readonly webhook?: WebhookTarget
  readonly faults?: Partial<Faults>
  readonly delivery?: Partial<DeliverySettings>
  /** Calls per second; default as published, by flavour. */
  readonly limits?: Partial<RateLimits>
  readonly appId?: string
  /** Instagram Login has an id and a secret of its own; default those of the Meta app. */
  readonly instagramAppId?: string
  readonly instagramAppSecret?: string
  /** Default `v25.0`. */
  readonly apiVersion?: string
  /**
   * The address that links of media begin with; default that of Meta's own. Give the simulator's to have a browser see
   * something: it serves a coloured square under every such link.
   */
  readonly mediaBase?: string
  /** Where Meta's pages disagree about what opens the window. */
  readonly opening?: Partial<OpeningPolicy>
  readonly humanAgentRefusal?: 10 | 200
  /** Goes on where a saved simulator stopped; its seed is kept. */
  readonly restore?: SimulatorSnapshot
  /**
   * Loads what is there and saves soon after every change (within 100 real ms) and on close. What a crash takes away in
   * between is forgotten for good: ids given out after a restore never repeat forgotten ones.
   */
  readonly storage?: SimulatorStorage
}

/** A stand-in for Meta's platform. */
export interface Simulator {
  /**
   * Graph API and sign-in pages. Mount it anywhere: `/v25.0/me/messages` and, to tell the flavours apart by host,
   * `/graph.instagram.com/v25.0/me/messages` are understood below any prefix.
   */
  handle(request: Request): Promise<Response>
  /** Serves {@link Simulator.handle} over real HTTP. @param port 0 (default) takes a free one */
  listen(port?: number): Promise<Listening>

  addAccount(account: NewAccount): AccountHandle
  /** The account with this id; throws if there is none. */
  account(accountId: string): AccountHandle
  accounts(): readonly AccountHandle[]
  /** A Page to which no Instagram account is linked. @returns its id */
  addPage(page: { readonly name: string; readonly tasks?: readonly string[] }): string
  /** Somebody who writes to an account. */
  customer(
    accountId: string,
    profile: { readonly name?: string; readonly username?: string; readonly customerId?: string },
  ): CustomerHandle

  setWebhook(target: WebhookTarget | undefined): void
  /** `GET` with mode, verify token and a challenge, as the App Dashboard does when a callback is saved. */
  handshake(): Promise<Handshake>
  /** The `X-Hub-Signature-256` of these bytes, by the secret of a flavour's app (default Facebook Login). */
  sign(rawBody: string | Uint8Array, flavour?: Flavour): string
  /** Posts any body to the webhook once, signed unless headers say otherwise; it is in the ledger, and never retried. */
  deliver(
    rawBody: string | Uint8Array,
    options?: { readonly headers?: Readonly<Record<string, string | undefined>> },
  ): Promise<Answer>
  /** A `signed_request` for the deauthorize and data deletion callbacks; `issued_at` is the clock's. @param userId app-scoped */
  signedRequest(userId: string, flavour?: Flavour): string

  readonly faults: FaultSwitch
  /** Changes how webhooks are delivered, from the next request on. Throws as {@link createSimulator} does for a wrong setting. */
  setDelivery(settings: Partial<DeliverySettings>): void
  /** The Graph API fails with HTML 502 (`errors`), cuts every connection (`refuse`), or works again (`false`). */
  outage(kind: 'errors' | 'refuse' | boolean): void
  /** The next calls, of any account or of one, fail with this error. */
  failNext(error: PlannedFailure['error'], options?: { readonly accountId?: string; readonly times?: number }): void
  /** Meta restricts the app, or lifts that: every call for every account there is now is an unsupported request. */
  restrictApp(on: boolean): void

  readonly ledger: Ledger
  /** Settles when all deliveries and retries are done; at once while there is no webhook. */
  idle(): Promise<void>
  /** Makes every waiting redelivery due now. */
  retryNow(): void
  /** Calls `listener` after every change; returns what ends it. */
  watch(listener: () => void): () => void
  /** All that is known, with what waits to be delivered. Give it to {@link SimulatorOptions.restore}. */
  save(): SimulatorSnapshot
  /** Stops deliveries. Nothing is lost: what waits is in {@link Simulator.save}. */
  close(): Promise<void>
}

const mediumOf = (chance: Chance, url: URL): Response => {
  const shade = (light: string): number => chance.between(64, 224, light, url.searchParams.get('asset_id'))
  const picture = placeholderPng([shade('red'), shade('green'), shade('blue')])
  return new Response(picture, { headers: { 'content-type': 'image/png' } })
}

/**
 * Builds a platform to develop and test against: accounts, customers, signed webhooks, the Graph API and its rules.
 *
 * It knows nothing of the library it is used to test. Not simulated: the silent unsubscription after an hour of failing
 * webhooks, the Requests folder, what media really show.
 */
export const createSimulator = (options: SimulatorOptions): Simulator => {
  checkOptions(options)
  const { storage, runtime = systemRuntime } = options
  const clock = options.clock ?? { now: () => runtime.wallTime() }
  const restore = options.restore ?? storage?.load()
  const seed = restore?.seed ?? options.seed ?? 1
  const world = restore === undefined ? emptyWorld() : loadWorld(restore.world)
  if (restore !== undefined) world.counters.set('epoch', (world.counters.get('epoch') ?? 0) + 1)
  const chance = seededChance(seed)
  const ledger = openLedger(restore?.ledger)
  const faults = faultSwitch(options.faults)
  const app: AppSettings = {
    appId: options.appId ?? '1110000000000002',
    appSecret: options.appSecret,
    instagramAppId: options.instagramAppId ?? options.appId ?? '1110000000000002',
    instagramAppSecret: options.instagramAppSecret ?? options.appSecret,
    verifyToken: options.verifyToken,
    apiVersion: options.apiVersion ?? 'v25.0',
    humanAgentRefusal: options.humanAgentRefusal ?? 10,
    opening: withDefaults({ storyMention: true, reaction: false }, options.opening),
  }
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of listeners) listener()
    if (storage !== undefined && saving === undefined) saving = runtime.schedule(100, keep)
  }
  const keep = (): void => {
    saving?.()
    saving = undefined
    storage?.save(save())
  }
  let saving: (() => void) | undefined
  let webhook = options.webhook
  let settings: DeliverySettings = withDefaults(defaultDelivery, options.delivery)
  let outage: 'errors' | 'refuse' | false = false

  const secretOf = (flavour: Flavour | undefined): string =>
    flavour === 'instagram-login' ? app.instagramAppSecret : app.appSecret

  const post = (
    rawBody: Uint8Array<ArrayBuffer>,
    secret: string,
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Answer> =>
    webhook === undefined
      ? Promise.resolve({ kind: 'no-answer', reason: 'no webhook' })
      : postWebhook(webhook, rawBody, {
          runtime,
          appSecret: secret,
          timeoutMs: settings.timeoutMs,
          apiVersion: app.apiVersion,
          headers,
        })

  const deliverer = createDeliverer({
    settings: () => settings,
    ready: () => webhook !== undefined,
    secretOf: (accountId) => secretOf(world.accounts.get(accountId)?.flavour),
    post,
    now: () => clock.now(),
    runtime,
    ledger,
    nextId: () => `delivery-${platform.ids.next('delivery')}`,
    duplicateAfter: ({ eventId }) =>
      chance.happens(faults.current().duplicate, 'duplicate', eventId)
        ? chance.between(0, 200, 'duplicate-after', eventId)
        : undefined,
    holdBack: ({ eventId }) =>
      chance.happens(faults.current().reorder, 'reorder', eventId)
        ? chance.between(20, 200, 'hold-back', eventId)
        : undefined,
    changed,
  })
  const platform: Platform = {
    app,
    world,
    chance,
    ids: identifiers(chance, world, options.mediaBase ?? 'https://lookaside.fbsbx.com'),
    ledger,
    deliverer,
    faults: faults.current,
    echoDelayMs: () => settings.echoDelayMs,
    planned: [],
    now: () => clock.now(),
    runtime,
    changed,
  }
  const save = (): SimulatorSnapshot => ({
    version: 1,
    seed,
    world: saveWorld(world),
    ledger: ledger.save(),
    pending: deliverer.pending(),
  })
  const ports = { meter: rateMeter(runtime), limits: () => options.limits ?? {} }

  const handle = async (request: Request): Promise<Response> => {
    if (outage !== false) return outage === 'errors' ? badGateway() : lostAnswer()
    const call = await readGraphRequest(request)
    if (call.path.at(-1) === 'ig_messaging_cdn') return mediumOf(chance, call.url)
    return (await signIn(platform, call)) ?? graphApi(platform, ports, call)
  }

  deliverer.resume(restore?.pending ?? [])

  return {
    handle,
    listen: (port) => serve(handle, port),
    addAccount: (account) => accountHandle(platform, addAccount(platform, account)),
    account: (accountId) => accountHandle(platform, accountId),
    accounts: () => [...world.accounts.keys()].map((accountId) => accountHandle(platform, accountId)),
    addPage: ({ name, tasks = ['MANAGE'] }) => addPage(platform, { name, tasks }),
    customer: (accountId, profile) => accountHandle(platform, accountId).customer(profile),
    setWebhook: (target) => {
      webhook = target
      deliverer.wake()
    },
    handshake: () => shakeHands(runtime, webhook, app.verifyToken, platform.ids.challenge(), settings.timeoutMs),
    sign: (rawBody, flavour) => signature256(rawBody, secretOf(flavour)),
    deliver: async (rawBody, { headers = {} } = {}) => {
      const bytes = typeof rawBody === 'string' ? new TextEncoder().encode(rawBody) : new Uint8Array(rawBody)
      const answer = await post(bytes, app.appSecret, headers)
      ledger.addAttempt(attemptOf(`raw-${platform.ids.challenge()}`, 1, clock.now(), bytes, [], answer))
      changed()
      return answer
    },
    signedRequest: (userId, flavour) => {
      const issuedAt = Math.floor(clock.now() / 1000)
      const payload = { algorithm: 'HMAC-SHA256', expires: issuedAt + 3600, issued_at: issuedAt, user_id: userId }
      return signedRequest(payload, secretOf(flavour))
    },
    faults,
    setDelivery: (changes) => {
      checkMembers('delivery', changes)
      settings = withDefaults(settings, changes)
      deliverer.wake()
    },
    outage: (kind) => {
      outage = kind === true ? 'errors' : kind
    },
    failNext: (error, { accountId, times = 1 } = {}) =>
      void platform.planned.push({ error, left: times, ...(accountId !== undefined && { accountId }) }),
    restrictApp: (on) => {
      for (const accountId of platform.world.accounts.keys()) accountHandle(platform, accountId).set('no-role', on)
    },
    ledger,
    idle: deliverer.idle,
    retryNow: deliverer.retryNow,
    watch: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    save,
    close: async () => {
      await deliverer.close()
      keep()
    },
  }
}
