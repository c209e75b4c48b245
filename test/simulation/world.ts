import { memory } from 'madoguchi/memory'
import { createSimulator, type Simulator } from 'madoguchi/simulator'
import { conversationIdOf } from '../../src/application/identity.ts'
import { decodeTable } from '../../src/application/leases/work-table.ts'
import { playAct } from './acting.ts'
import { type Act, actsOf } from './acts.ts'
import { Asking } from './asking.ts'
import { type Chance, chanceOf } from './chance.ts'
import { Faults } from './faults.ts'
import { History } from './history.ts'
import { type Host, SECRETS, startHost } from './host.ts'
import { administrator, AGENTS, NOON, ORGANIZATION, type Person, system } from './people.ts'
import { TicketSystem } from './ticket-system.ts'
import { VirtualProcess } from './virtual-process.ts'
import { VirtualTime } from './virtual-time.ts'
import { Watcher } from './watcher.ts'
import { Watches } from './watches.ts'
import { watchedStore, type WatchedStore } from './watched-store.ts'

export interface LifeOptions {
  readonly seed: number
  /** How many acts are played. */
  readonly acts?: number
  /** Places of acts and of faults that are kept; absent: all. */
  readonly onlyActs?: ReadonlySet<number>
  readonly onlyFaults?: ReadonlySet<number>
  readonly onLine?: (line: string) => void
}

const ROUND = 4_000
/** Milliseconds in which nothing happens any more: deadlines that became due in the past are found half a minute later at the latest. */
const QUIET = 32_000

/** One small world on virtual time: some desks on one store, Meta, and people. Everything in it follows from its seed. */
export class World {
  readonly time = new VirtualTime()
  readonly history: History
  readonly faults: Faults
  readonly watcher: Watcher
  readonly store: WatchedStore
  readonly simulator: Simulator
  readonly people: Person[] = []
  readonly channels: string[] = []
  hosts: Host[] = []
  /** Processes that were started. */
  lives = 0
  readonly acts: readonly Act[]
  readonly chance: Chance
  readonly #options: LifeOptions
  readonly most: number
  #business = NOON
  readonly #movers = new Set<() => void>()
  readonly asking = new Asking(this)
  readonly watches = new Watches(this)
  /** Half of the hosts have one of their own. */
  readonly tickets: TicketSystem | undefined
  readonly accounts: ReturnType<Simulator['addAccount']>[] = []
  #turn = 0
  /** When the acts that open a window were, by mid. */
  readonly openings = new Map<string, number>()
  /** Channels of which the token has died. */
  readonly deadTokens = new Set<string>()
  /** What is still to be put right again: tokens that died. */
  readonly restores = new Set<() => void>()
  /** The channel that was deleted, if one was. */
  deleted: { readonly channel: number; readonly pendingConversions: 'convert' | 'discard' } | undefined
  /** How often the clock was moved to an edge. */
  edges = 0
  #members: ReadonlySet<string> = new Set()

  constructor(options: LifeOptions) {
    const chance = chanceOf(options.seed)
    this.#options = options
    this.chance = chance
    this.most = chance.between(1, 4)
    this.history = new History(this.time, () => this.#business, options.onLine)
    this.faults = new Faults(chance.fork('faults'), chance.pick([0.005, 0.02, 0.05, 0.1]), options.onlyFaults)
    this.watcher = new Watcher(this.time, this.history, (channelId, customerId) => {
      const channel = this.channels.indexOf(channelId)
      return this.people
        .find((person) => person.channel === channel && person.handle.customerId === customerId)
        ?.opened.at(-1)
    })
    if (chance.happens(0.5))
      this.tickets = new TicketSystem(this.time, this.faults, this.history, chance.fork('ticket system'))
    const engine = new VirtualProcess('store', this.time, chance.fork('store'), NOON)
    const shared = memory({ runtime: engine.runtime })
    this.store = watchedStore(
      {
        ...shared,
        leases: {
          ...shared.leases,
          write: async (name, from, value) => {
            const isWritten = await shared.leases.write(name, from, value)
            if (isWritten) this.#members = new Set(decodeTable(value).members.keys())
            return isWritten
          },
        },
      },
      (stream, first, events) => {
        this.watcher.appended(stream, first, events)
        for (const event of events) this.tickets?.appended(stream, event)
      },
      (stream, first) => this.history.violation(`events of another are taken for one's own: ${stream} ${first}`),
    )
    const platform = new VirtualProcess('meta', this.time, chance.fork('meta'), NOON)
    const often = (most: number): number => (chance.happens(0.3) ? 0 : chance.unit() * most)
    this.simulator = createSimulator({
      ...SECRETS,
      seed: options.seed,
      clock: { now: () => this.#business },
      runtime: platform.runtime,
      faults: {
        duplicate: often(0.3),
        reorder: often(0.3),
        echoFirst: often(0.4),
        loseAnswer: often(0.15),
        dropEcho: often(0.3),
        throttle: often(0.1),
        serverError: often(0.08),
      },
      delivery: { maxEvents: chance.pick([1, 1, 4, 20]), lingerMs: 5, retryMs: [0, 50, 500, 2_000], timeoutMs: 5_000 },
      webhook: (request) => this.#webhook(request),
      limits: { conversations: 50 },
    })
    this.acts = actsOf(chance.fork('acts'), options.acts ?? 120)
  }

  now(): number {
    return this.#business
  }

  /** Business time goes forward, for everybody at once. */
  advance(milliseconds: number): void {
    this.#business += milliseconds
    for (const moved of this.#movers) moved()
  }

  /** Makes accounts, channels and customers, and starts the first desks. Nothing goes wrong yet. */
  async begin(): Promise<void> {
    const chance = this.chance.fork('begin')
    await this.start()
    const [first] = this.hosts
    if (first === undefined) throw new Error('no desk')
    const begun = (async () => {
      await first.desk.organizations.setDepartments(system, {
        organizationId: ORGANIZATION,
        departments: ['sales', 'support'],
      })
      for (const [place, flavour] of (['instagram-login', 'facebook-login'] as const).entries()) {
        const account = this.simulator.addAccount({
          flavour,
          username: `acme.${place}`,
          humanAgent: chance.happens(0.7),
        })
        this.accounts.push(account)
        const { accountId, username, pageId, token } = account
        const { channelId } = await first.desk.channels.create(administrator, {
          key: `channel-${place}`,
          organizationId: ORGANIZATION,
          name: username,
          departmentId: place === 0 ? 'sales' : 'support',
          account: { accountId, flavour, username, ...(pageId === undefined ? {} : { pageId }) },
          token,
          agents: AGENTS,
        })
        this.channels.push(channelId)
      }
    })()
    await this.until(begun, 60_000)
    for (let n = 0; n < chance.between(2, 5); n++) {
      const channel = chance.between(0, 1)
      const handle = this.accounts[channel]!.customer({ name: `Customer ${n}`, username: `customer.${n}` })
      this.people.push({ handle, channel, opened: [], acknowledgedAt: undefined, mids: [], isUnusual: false })
    }
    for (let n = 1; n < this.most; n++) await this.start()
  }

  /** Plays all acts. */
  async play(): Promise<void> {
    this.faults.isOn = true
    for (const act of this.acts) {
      if (this.history.violations.length > 0) return
      if (this.#options.onlyActs?.has(act.number) === false) continue
      await playAct(this, act)
    }
  }

  /** Nothing goes wrong any more; resolves when everything that was begun has ended. */
  async settle(): Promise<void> {
    this.faults.isOn = false
    this.simulator.faults.clear()
    this.simulator.outage(false)
    for (const { process } of this.hosts) process.resume()
    for (const restore of this.restores) restore()
    this.bury()
    if (this.hosts.length === 0) await this.start()
    let before = -1
    let isIdle = false
    for (let quiet = 0, round = 0; round < 80 && quiet < QUIET; round++) {
      this.simulator.retryNow()
      isIdle = false
      void this.simulator.idle().then(() => (isIdle = true))
      // For what history waits for: the grace of a send, the end of a limit.
      this.advance(11_000)
      await this.time.pass(ROUND)
      const isOver =
        isIdle && this.asking.open === 0 && this.watcher.replies.open === 0 && !((this.tickets?.open ?? 0) > 0)
      quiet = isOver && this.watcher.events === before ? quiet + ROUND : 0
      before = this.watcher.events
    }
    if (this.asking.open > 0) this.history.violation(`${this.asking.open} commands were never answered`)
    if (!isIdle) this.history.violation('webhooks are still under way')
    if ((this.tickets?.open ?? 0) > 0) this.history.violation(`${this.tickets?.open} ticket events were not told`)
    if (this.watcher.replies.open > 0) this.history.violation(`${this.watcher.replies.open} replies have not ended`)
  }

  /** Faults that the simulator decided on. */
  countMetas(): void {
    const { ledger } = this.simulator
    for (const { state, answered200 } of ledger.events()) {
      if (state === 'dropped') this.faults.count('Meta drops an echo')
      if (answered200 > 1) this.faults.count('Meta doubles a webhook', answered200 - 1)
    }
    for (const { answer } of ledger.sends) if (answer === 'lost') this.faults.count('Meta loses an answer')
    for (const { outcome } of ledger.calls) if (outcome === 'failed') this.faults.count('Meta fails with 5xx')
  }

  async close(): Promise<void> {
    for (const { process } of this.hosts) process.kill()
    await this.simulator.close()
    await this.store.close()
  }

  /** Lets time pass until that is done. */
  async until<Result>(done: Promise<Result>, atMost: number): Promise<Result> {
    let isDone = false
    const over = (): void => void (isDone = true)
    done.then(over, over)
    await this.time.pass(atMost, () => isDone)
    if (!isDone) throw new Error(`nothing came of it in ${atMost} virtual milliseconds`)
    return done
  }

  conversationIdOf({ channel, handle }: Person): string {
    return conversationIdOf(this.channels[channel] ?? '', handle.customerId)
  }

  async start(): Promise<void> {
    const name = `desk ${++this.lives}`
    this.history.add(name, 'starts')
    const chance = this.chance.fork(name)
    const log = (message: string, facts: object = {}): void =>
      this.history.add(name, `${message} ${JSON.stringify(facts)}`)
    const host = await startHost(name, {
      time: this.time,
      clock: {
        now: () => this.#business,
        onMove: (listener) => {
          this.#movers.add(listener)
          return () => this.#movers.delete(listener)
        },
      },
      store: this.store,
      simulator: this.simulator,
      faults: this.faults,
      chance,
      wall: NOON + chance.between(-5_000, 5_000),
      log: { info: () => {}, warn: log, error: log },
      tickets: this.tickets,
      onLeave: (customerId, content, call) =>
        this.watcher.replies.leaves(customerId, content, { ...call, members: this.#members }),
    })
    this.hosts.push(host)
  }

  bury(): void {
    const dead = this.hosts.filter(({ process }) => process.isDead)
    for (const { process } of dead) this.history.add(process.name, 'is dead')
    if (dead.length > 0) this.hosts = this.hosts.filter(({ process }) => !process.isDead)
  }

  /** Somebody who answers the door: also a stopped one, as a front cannot know. */
  host(): Host | undefined {
    this.bury()
    return this.hosts[this.#turn++ % Math.max(1, this.hosts.length)]
  }

  async #webhook(request: Request): Promise<Response> {
    const host = this.host()
    if (host === undefined) throw Object.assign(new Error('no desk lives'), { name: 'NOBODY' })
    const { headers, signal } = request
    const body = new Uint8Array(await request.arrayBuffer())
    const { promise: tooLate, reject } = Promise.withResolvers<never>()
    const late = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', late, { once: true })
    const cut = this.faults.draw({ 'Meta cuts off a webhook': 1 }, 6)
    const answer = (async () => {
      await this.time.wait(1)
      await host.process.runs()
      const response = await host.desk.handle(new Request(request.url, { method: 'POST', headers, body }))
      await host.process.runs()
      if (cut !== undefined) throw Object.assign(new Error('cut off'), { name: 'ECONNRESET' })
      return response
    })()
    try {
      const response = await Promise.race([answer, host.process.death, tooLate])
      if (response.status === 200) this.#acknowledged(body)
      return response
    } finally {
      signal.removeEventListener('abort', late)
      answer.catch(() => {})
      tooLate.catch(() => {})
    }
  }

  #acknowledged(body: Uint8Array): void {
    const { entry } = JSON.parse(new TextDecoder().decode(body)) as {
      readonly entry: readonly { readonly messaging?: readonly Messaging[] }[]
    }
    const messages = entry.flatMap(({ messaging = [] }) => messaging)
    const mids: string[] = []
    for (const { sender, message } of messages) {
      if (message?.mid === undefined || message.is_echo === true || message.is_deleted === true) continue
      const person = this.people.find(({ handle }) => handle.customerId === sender?.id)
      // It may have found no channel and be in quarantine.
      if (person !== undefined && person.channel === this.deleted?.channel) continue
      mids.push(message.mid)
      const at = this.openings.get(message.mid)
      if (person !== undefined && at !== undefined) person.acknowledgedAt = Math.max(person.acknowledgedAt ?? 0, at)
    }
    this.watcher.acknowledged(mids)
  }
}

interface Messaging {
  readonly sender?: { readonly id?: string }
  readonly message?: { readonly mid?: string; readonly is_echo?: boolean; readonly is_deleted?: boolean }
}
