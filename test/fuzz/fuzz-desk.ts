import {
  type Actor,
  type BalanceSheet,
  createDesk,
  type Desk,
  type Messenger,
  type Platform,
  type Store,
} from 'madoguchi'
import { metaMessenger, metaPlatform } from 'madoguchi/meta'
import { movableClock, signature256 } from 'madoguchi/simulator'
import { ACCOUNTS, deliveredIn, type FuzzedBody, GOOD_CUSTOMERS, type GoodEvent, NOON } from './bodies.ts'

const SECRET = '0123456789abcdef0123456789abcdef'
const system: Actor = { kind: 'system' }
const administrator: Actor = { kind: 'administrator', id: 'sato', organizationId: 'acme' }
const agent: Actor = { kind: 'agent', id: 'aki', organizationId: 'acme' }

/** The reader of webhooks, and of what they deliver by its own count. */
export const platform: Platform = metaPlatform({ appSecrets: [SECRET], verifyToken: 'verify' })
/** Meta is never asked for a name here: the fuzzer is about what comes in. */
const messenger: Messenger = { ...metaMessenger(), profile: async () => ({ kind: 'unavailable' }) }

/** What must not be. */
export interface Violation {
  readonly what: string
  /** The body in which it was seen, if it was one. */
  readonly body?: FuzzedBody
}

/** One desk, the bodies it was given, and what it must have made of them. */
export class FuzzDesk {
  readonly violations: Violation[] = []
  /** Lines of the log at `warn` and `error`, by message. */
  readonly lines = new Map<string, number>()
  readonly slow: FuzzedBody[] = []
  /** Milliseconds of the slowest answer, and the most that the process computed during one, where that is measured. */
  slowest = 0
  busiest = 0
  /** What became of the events, by the balance when it was last looked at. */
  outcomes: BalanceSheet['total'] = {
    received: 0,
    recorded: 0,
    duplicates: 0,
    ignored: 0,
    quarantined: 0,
    unanswered: 0,
  }
  /** Known good events that must be there. */
  readonly good: GoodEvent[] = []
  readonly #store: Store
  readonly #desk: Desk
  readonly #clock = movableClock(NOON)
  readonly #channels: string[] = []
  /** Events that were delivered and answered: counted naively, and by the parser where counting is a matter of reading. */
  #delivered = 0
  /** False once something was not answered 200: it may have been counted or not. */
  #isCountKnown = true

  readonly #isMeasured: boolean

  private constructor(store: Store, spoilt: Platform, isMeasured: boolean) {
    this.#isMeasured = isMeasured
    this.#store = store
    const say = (message: string, facts: Readonly<Record<string, unknown>> = {}): void => {
      const line = typeof facts['problem'] === 'string' ? `${message} (${facts['problem']})` : message
      this.lines.set(line, (this.lines.get(line) ?? 0) + 1)
    }
    this.#desk = createDesk({
      store,
      meta: { platform: spoilt, messenger },
      clock: this.#clock,
      log: { info: () => {}, warn: say, error: say },
      processes: { goneAfter: 60_000 },
      // What takes long is found by its time. A busy machine, on which it takes long to come to anything, answers 503 for nothing.
      intake: { answerWithin: 600_000 },
    })
  }

  /** @param spoilt a platform with a fault, to see that it is found */
  static async open(
    store: Store,
    { spoilt = platform, isMeasured = false }: { readonly spoilt?: Platform; readonly isMeasured?: boolean } = {},
  ): Promise<FuzzDesk> {
    const desk = new FuzzDesk(store, spoilt, isMeasured)
    await desk.#begin()
    return desk
  }

  async #begin(): Promise<void> {
    await this.#desk.start()
    await this.#desk.organizations.setDepartments(system, {
      organizationId: 'acme',
      departments: ['one', 'two'],
    })
    for (const accountId of ACCOUNTS) {
      const { channelId } = await this.#desk.channels.create(administrator, {
        organizationId: 'acme',
        name: accountId,
        departmentId: 'one',
        account: { accountId, flavour: 'instagram-login' },
        token: 'token',
        agents: ['aki'],
      })
      this.#channels.push(channelId)
    }
  }

  /** Posts a body, correctly signed, and looks at the answer. */
  async post(body: FuzzedBody): Promise<void> {
    const request = new Request('http://desk.test/instagram/webhook', {
      method: 'POST',
      body: new Uint8Array(body.bytes),
      headers: {
        'content-type': 'application/json',
        'x-hub-signature-256': signature256(body.bytes, SECRET),
      },
    })
    const before = performance.now()
    const cpuBefore = this.#isMeasured ? process.cpuUsage() : undefined
    let status: number
    try {
      status = (await this.#desk.handle(request)).status
    } catch (error) {
      this.#violates(`handle threw ${String(error)}`, body)
      return
    }
    const took = performance.now() - before
    this.slowest = Math.max(this.slowest, took)
    if (cpuBefore !== undefined) {
      const { user, system: kernel } = process.cpuUsage(cpuBefore)
      this.busiest = Math.max(this.busiest, (user + kernel) / 1_000)
    }
    if (took > 1_000) this.slow.push(body)
    if (status !== 200) {
      this.#isCountKnown = false
      return this.#violates(`answered ${status}`, body)
    }
    this.#expect(body)
  }

  #expect(body: FuzzedBody): void {
    try {
      this.#delivered += deliveredIn(body.bytes) ?? platform.parse(new Uint8Array(body.bytes)).length
    } catch (error) {
      return this.#violates(`parse threw ${String(error)}`, body)
    }
    if (body.good !== undefined) this.good.push(body.good)
  }

  advance(milliseconds: number): void {
    this.#clock.advance(milliseconds)
  }

  /** Whether the balance is exact by now. */
  async checkBalance(): Promise<void> {
    await this.#caughtUp()
    const { total, balances } = await this.#desk.operations.balance(system)
    this.outcomes = total
    if (!balances) this.#violates(`the balance does not balance: ${JSON.stringify(total)}`)
    if (total.unanswered !== 0) this.#violates(`${total.unanswered} events are unanswered`)
    if (this.#isCountKnown && total.received !== this.#delivered)
      this.#violates(`the balance says ${total.received} events, ${this.#delivered} were delivered`)
  }

  /** Whether every known good event is there, once: in the log and in what agents see. And whether all views go on. */
  async checkGood(): Promise<void> {
    await this.#caughtUp()
    for (const { name, state, problem } of this.#desk.operations.progress(system))
      if (state !== 'live') this.#violates(`view ${name} is ${state}: ${problem ?? 'no reason'}`)
    const wanted = new Set(this.good.map(({ mid }) => mid))
    const logged = await this.#midsInLog()
    const shown = await this.#midsShown()
    for (const mid of wanted) {
      const [inLog, onScreen] = [logged.get(mid) ?? 0, shown.get(mid) ?? 0]
      if (inLog !== 1 || onScreen !== 1)
        this.#violates(`${mid} is ${inLog} times in the log and is shown ${onScreen} times`)
    }
  }

  async #midsInLog(): Promise<ReadonlyMap<string, number>> {
    const mids = new Map<string, number>()
    for (let after: string | undefined; ;) {
      const { events, lookedTo, atEnd } = await this.#store.events.readAll({
        types: ['MessageReceived'],
        limit: 1_000,
        ...(after === undefined ? {} : { after }),
      })
      for (const { data } of events) {
        const mid = data['mid']
        if (typeof mid === 'string' && mid.startsWith('good-')) mids.set(mid, (mids.get(mid) ?? 0) + 1)
      }
      after = lookedTo ?? after
      if (atEnd) return mids
    }
  }

  async #midsShown(): Promise<ReadonlyMap<string, number>> {
    const mids = new Map<string, number>()
    const isGood = new Set(Array.from({ length: GOOD_CUSTOMERS }, (_, index) => `g${index}`))
    for (const channelId of this.#channels)
      for (let list: string | undefined; ;) {
        const inbox = await this.#desk.inbox.list(agent, {
          channelId,
          limit: 200,
          ...(list === undefined ? {} : { cursor: list }),
        })
        for (const { conversationId, customerId } of inbox.items)
          if (isGood.has(customerId)) await this.#countShown(conversationId, mids)
        list = inbox.cursor
        if (list === undefined) break
      }
    return mids
  }

  async #countShown(conversationId: string, mids: Map<string, number>): Promise<void> {
    for (let cursor: string | undefined; ;) {
      const page = await this.#desk.conversations.transcript(agent, {
        conversationId,
        limit: 200,
        ...(cursor === undefined ? {} : { cursor }),
      })
      for (const item of page.items) {
        if (item.kind !== 'message' || item.mid === undefined || item.text !== item.mid) continue
        mids.set(item.mid, (mids.get(item.mid) ?? 0) + 1)
      }
      cursor = page.cursor
      if (cursor === undefined) return
    }
  }

  /**
   * Lets the views come along. Meta does not send without a pause, and where many messages of a thread are known to the index alone, a
   * desk that is asked to go on before it has caught up answers 503 after a while, as it should.
   */
  follow(): Promise<void> {
    return this.#caughtUp()
  }

  async #caughtUp(): Promise<void> {
    const { events } = await this.#store.events.readAll({ backwards: true, limit: 1 })
    await this.#desk.waitFor(events[0]?.position, 600_000)
  }

  stop(): Promise<void> {
    return this.#desk.stop()
  }

  #violates(what: string, body?: FuzzedBody): void {
    this.violations.push({ what, ...(body !== undefined && { body }) })
  }
}
