import { isRefusal, type Actor, type Desk, type Position } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { createSimulator, type CustomerHandle, type Simulator } from 'madoguchi/simulator'
import { conversationIdOf } from '../../src/application/identity.ts'
import { decodeTable } from '../../src/application/leases/work-table.ts'
import { type Act, actsOf } from './acts.ts'
import { type Chance, chanceOf } from './chance.ts'
import { Faults } from './faults.ts'
import { stopFor } from './faulty-ports.ts'
import { History } from './history.ts'
import { type Host, SECRETS, startHost } from './host.ts'
import { VirtualProcess } from './virtual-process.ts'
import { VirtualTime } from './virtual-time.ts'
import { Watcher } from './watcher.ts'
import { watchedStore, type WatchedStore } from './watched-store.ts'

export const ORGANIZATION = 'acme'
export const NOON = 1_788_858_000_000
export const DAY = 86_400_000
export const system: Actor = { kind: 'system' }
const administrator: Actor = { kind: 'administrator', id: 'sato', organizationId: ORGANIZATION }
const AGENTS = ['aki', 'ben'] as const
export const agent = (id: string): Actor => ({ kind: 'agent', id, organizationId: ORGANIZATION })
const automation: Actor = { kind: 'automation', id: 'bot', organizationId: ORGANIZATION }

/** Somebody who writes, and what a naive observer knows of it. */
export interface Person {
  readonly handle: CustomerHandle
  readonly channel: number
  /** When each act that opens the window was, by Meta, in order. */
  readonly opened: number[]
  /** The newest of those whose webhook was answered 200. */
  acknowledgedAt: number | undefined
  readonly mids: string[]
  /** Something was done that the naive rule of conversion does not know. */
  isUnusual: boolean
}

export interface LifeOptions {
  readonly seed: number
  /** How many acts are played. */
  readonly acts?: number
  /** Places of acts and of faults that are kept; absent: all. */
  readonly onlyActs?: ReadonlySet<number>
  readonly onlyFaults?: ReadonlySet<number>
  readonly onLine?: (line: string) => void
}

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
  readonly #chance: Chance
  readonly #options: LifeOptions
  readonly #most: number
  #business = NOON
  readonly #movers = new Set<() => void>()
  readonly #asked = new Set<Promise<void>>()
  readonly #accounts: ReturnType<Simulator['addAccount']>[] = []
  #turn = 0
  #edges = 0
  #members: ReadonlySet<string> = new Set()
  /** Deliveries that broke off after a desk may have read them, by account. */
  readonly brokenOff = new Map<string, number>()

  constructor(options: LifeOptions) {
    const chance = chanceOf(options.seed)
    this.#options = options
    this.#chance = chance
    this.#most = chance.between(1, 4)
    this.history = new History(this.time, () => this.#business, options.onLine)
    this.faults = new Faults(chance.fork('faults'), chance.pick([0.003, 0.01, 0.025, 0.05]), options.onlyFaults)
    this.watcher = new Watcher(this.time, this.history, (channelId, customerId) => {
      const channel = this.channels.indexOf(channelId)
      return this.people
        .find((person) => person.channel === channel && person.handle.customerId === customerId)
        ?.opened.at(-1)
    })
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
      (stream, first, events) => this.watcher.appended(stream, first, events),
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
    const chance = this.#chance.fork('begin')
    await this.#start()
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
        this.#accounts.push(account)
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
      const handle = this.#accounts[channel]!.customer({ name: `Customer ${n}`, username: `customer.${n}` })
      this.people.push({ handle, channel, opened: [], acknowledgedAt: undefined, mids: [], isUnusual: false })
    }
    for (let n = 1; n < this.#most; n++) await this.#start()
  }

  /** Plays all acts. */
  async play(): Promise<void> {
    this.faults.isOn = true
    for (const act of this.acts) {
      if (this.history.violations.length > 0) return
      if (this.#options.onlyActs?.has(act.number) === false) continue
      await this.#play(act)
    }
  }

  /** Nothing goes wrong any more; resolves when everything that was begun has ended. */
  async settle(): Promise<void> {
    this.faults.isOn = false
    this.simulator.faults.clear()
    this.simulator.outage(false)
    for (const { process } of this.hosts) process.resume()
    this.#bury()
    if (this.hosts.length === 0) await this.#start()
    let quiet = 0
    let before = -1
    let isIdle = false
    for (let round = 0; round < 80 && quiet < 8; round++) {
      this.simulator.retryNow()
      isIdle = false
      void this.simulator.idle().then(() => (isIdle = true))
      // For what history waits for: the grace of a send, the end of a limit.
      this.advance(11_000)
      await this.time.pass(4_000)
      const isOver = isIdle && this.#asked.size === 0 && this.watcher.open === 0
      quiet =
        isOver && this.watcher.events === before ? quiet + 4 : quiet + (this.watcher.events === before ? 1 : -quiet)
      before = this.watcher.events
    }
    if (this.#asked.size > 0) this.history.violation(`${this.#asked.size} commands were never answered`)
    if (!isIdle) this.history.violation('webhooks are still under way')
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

  async #start(): Promise<void> {
    const name = `desk ${++this.lives}`
    this.history.add(name, 'starts')
    const chance = this.#chance.fork(name)
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
      onLeave: (customerId, content) => this.watcher.leaves(customerId, content, this.#members),
    })
    this.hosts.push(host)
  }

  #bury(): void {
    const dead = this.hosts.filter(({ process }) => process.isDead)
    for (const { process } of dead) this.history.add(process.name, 'is dead')
    if (dead.length > 0) this.hosts = this.hosts.filter(({ process }) => !process.isDead)
  }

  /** Somebody who answers the door: also a stopped one, as a front cannot know. */
  #host(): Host | undefined {
    this.#bury()
    return this.hosts[this.#turn++ % Math.max(1, this.hosts.length)]
  }

  async #webhook(request: Request): Promise<Response> {
    const host = this.#host()
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
      mids.push(message.mid)
      const person = this.people.find(({ handle }) => handle.customerId === sender?.id)
      const at = this.#openings.get(message.mid)
      if (person !== undefined && at !== undefined) person.acknowledgedAt = Math.max(person.acknowledgedAt ?? 0, at)
    }
    this.watcher.acknowledged(mids)
  }
  readonly #openings = new Map<string, number>()

  /** Somebody asks a desk, as a host's page does: again with the same key until there is an answer. */
  #ask(
    name: string,
    asks: (desk: Desk, key: string) => Promise<{ readonly position?: Position }>,
    judge: {
      readonly done?: (began: number, ended: number) => void
      readonly refused?: (code: string, began: number, ended: number) => void
    } = {},
  ): void {
    const key = name
    const began = this.#business
    const asking = (async () => {
      for (let tries = 0; ; tries++) {
        const host = this.#host()
        if (host !== undefined) {
          const from = this.#business
          try {
            const asked = (async () => {
              await host.process.runs()
              const done = await asks(host.desk, key)
              await host.process.runs()
              return done
            })()
            asked.catch(() => {})
            await Promise.race([
              asked,
              host.process.death,
              this.time.wait(20_000).then(() => Promise.reject(new Error('no answer'))),
            ])
            this.history.add('people', `${name}: done`)
            judge.done?.(began, this.#business)
            return
          } catch (error) {
            if (isRefusal(error)) {
              this.history.add('people', `${name}: refused ${error.code}`)
              judge.refused?.(error.code, from, this.#business)
              return
            }
            this.history.add('people', `${name}: ${(error as Error).name}`)
          }
        }
        await this.time.wait(Math.min(100 * 2 ** tries, 3_000))
      }
    })()
    const settled = asking.then(
      () => void this.#asked.delete(settled),
      (error: unknown) => {
        this.#asked.delete(settled)
        this.history.violation(`the simulation itself failed: ${String(error)}`)
      },
    )
    this.#asked.add(settled)
  }

  #writes(person: Person, text: string): void {
    const said = person.handle.says(text)
    person.opened.push(said.timestamp)
    person.mids.push(said.mid)
    this.#openings.set(said.mid, said.timestamp)
  }

  /** A reply, judged by the window as a naive observer sees it. */
  #reply(person: Person, actor: Actor, name: string, content: object): void {
    const limit = actor.kind === 'automation' ? DAY : 7 * DAY
    const known = (): number => person.acknowledgedAt ?? Number.NEGATIVE_INFINITY
    const knownBefore = known()
    this.#ask(
      name,
      (desk, key) =>
        desk.conversations.reply(actor, { conversationId: this.conversationIdOf(person), key, ...content }),
      {
        done: (began) => {
          const opened = person.opened.at(-1)
          if (opened === undefined || began - opened >= limit)
            this.history.violation(`${name} was taken outside the window`)
        },
        refused: (code, _, ended) => {
          const isWindow = ['window-expired', 'human-agent-only', 'window-never-opened'].includes(code)
          if (isWindow && ended - knownBefore < limit)
            this.history.violation(`${name} was refused ${code} inside the window`)
        },
      },
    )
  }

  async #play({ kind, number }: Act): Promise<void> {
    const chance = this.#chance.fork(`act ${number}`)
    const person = chance.pick(this.people)
    const host = this.hosts.length === 0 ? undefined : chance.pick(this.hosts)
    const account = this.#accounts[person.channel]!
    const channelId = this.channels[person.channel]!
    const conversationId = this.conversationIdOf(person)
    const who = agent(chance.pick(AGENTS))
    const newest = person.mids.at(-1)
    const isMove = kind.startsWith('waits') || kind.startsWith('clock')
    if (!isMove) this.history.add('act', `${number} ${kind}`)
    switch (kind) {
      case 'writes':
        return this.#writes(person, `Message ${number}`)
      case 'writes several':
        for (let n = 0; n < chance.between(2, 8); n++) this.#writes(person, `Message ${number}.${n}`)
        return
      case 'edits':
        if (newest !== undefined && chance.happens(0.5)) person.handle.edits(newest, `Message ${number}, corrected`)
        return
      case 'unsends':
        if (newest === undefined) return
        person.isUnusual = true
        person.mids.pop()
        person.handle.unsends(newest)
        return
      case 'reacts':
        if (newest !== undefined) person.handle.reacts(newest)
        return
      case 'answers from the app':
        return void account.sendsFromApp(person.handle.customerId, `Answer ${number} from the app`)
      case 'asks for a reply':
        return this.#reply(person, who, `reply ${number}`, { text: `Reply ${number}` })
      case 'asks for a long reply': {
        const sentences = Array.from(
          { length: 26 },
          (_, n) => `Sentence ${n} of reply ${number} says something more about it.`,
        )
        return this.#reply(person, who, `reply ${number}`, { text: sentences.join(' ') })
      }
      case 'asks for a picture':
        return this.#reply(person, who, `reply ${number}`, {
          media: [{ kind: 'image', url: `https://pictures.example/${number}.png` }],
        })
      case 'an automation answers':
        return this.#reply(person, automation, `automatic reply ${number}`, { text: `Automatic reply ${number}` })
      case 'converts':
        return this.#ask(`convert ${number}`, (desk, key) => desk.conversations.convert(who, { conversationId, key }))
      case 'resends': {
        const mine = [...this.watcher.replies].filter(([, reply]) => reply.customerId === person.handle.customerId)
        if (mine.length === 0) return
        const [replyId] = chance.pick(mine)
        return this.#ask(`resend ${number}`, (desk, key) =>
          desk.conversations.resend(who, { conversationId, replyId, mayArriveTwice: true, key }),
        )
      }
      case 'ends':
        person.isUnusual = true
        return this.#ask(`end ${number}`, (desk, key) => desk.conversations.end(who, { conversationId, key }))
      case 'blocks':
        person.isUnusual = true
        return this.#ask(`block ${number}`, (desk, key) => desk.conversations.block(who, { conversationId, key }))
      case 'unblocks':
        return this.#ask(`unblock ${number}`, (desk, key) => desk.conversations.unblock(who, { conversationId, key }))
      case 'disables':
        for (const each of this.people) if (each.channel === person.channel) each.isUnusual = true
        return this.#ask(`disable ${number}`, (desk, key) => desk.channels.disable(administrator, { channelId, key }))
      case 'enables':
        return this.#ask(`enable ${number}`, (desk, key) => desk.channels.enable(administrator, { channelId, key }))
      case 'waits':
        return this.time.pass(chance.between(1, 800))
      case 'waits long':
        return this.time.pass(chance.between(2_000, 12_000))
      case 'clock ticks':
        return this.advance(chance.between(1, 60_000))
      case 'clock jumps':
        this.faults.count('the clock jumps')
        return this.advance(chance.pick([60_000, 3_600_000, 7_200_000, DAY, 3 * DAY]) - chance.between(0, 2) * 1_000)
      case 'clock to an edge':
        return this.#toAnEdge(person, chance)
      case 'desk dies':
        if (host === undefined) return
        this.faults.count('a desk dies')
        return host.process.kill()
      case 'desk stops':
        if (host === undefined) return
        this.faults.count('a desk stops')
        return host.process.stop(stopFor(chance))
      case 'desk ends':
        if (host === undefined || this.hosts.length === 1) return
        this.hosts = this.hosts.filter((other) => other !== host)
        void host.desk.stop().then(
          () => host.process.kill(),
          () => host.process.kill(),
        )
        return
      case 'desk starts':
        this.#bury()
        if (this.hosts.length < this.#most) await this.#start()
        return
      case 'wall clock jumps':
        if (host === undefined) return
        this.faults.count('a wall clock jumps')
        return host.process.jumpWall(chance.pick([-DAY, -3_600_000, -1_000, 1_000, 3_600_000, DAY]))
      case 'Meta out of order':
        this.faults.count('Meta is out of order')
        this.simulator.outage(chance.pick(['errors', 'refuse'] as const))
        this.time.schedule(chance.between(100, 20_000), () => this.simulator.outage(false))
        return
      case 'token dies': {
        this.faults.count('a token dies')
        account.revokeToken()
        this.time.schedule(chance.between(1_000, 60_000), () => {
          const token = account.issueToken()
          this.#ask(`reconnect ${number}`, (desk, key) =>
            desk.channels.reconnect(administrator, { channelId, token, key }),
          )
        })
        return
      }
    }
  }

  /** To one millisecond before, at or after the end of a window, or of the delay after which a ticket is due. */
  #toAnEdge(person: Person, chance: Chance): void {
    const { opened } = person
    const from = chance.happens(0.5) ? opened.at(-1) : opened.length === 0 ? undefined : chance.pick(opened)
    if (from === undefined) return
    const to = from + chance.pick([3_600_000, DAY, DAY, 7 * DAY]) + chance.between(-1, 1)
    if (to <= this.#business) return
    this.faults.count('the clock jumps')
    this.advance(to - this.#business)
    // What is done in that very instant is decided by it.
    const name = `at the edge ${to - from} ${this.#edges++}`
    switch (chance.pick(['writes', 'a person', 'an automation', 'nothing'] as const)) {
      case 'writes':
        return this.#writes(person, `Message ${name}`)
      case 'a person':
        return this.#reply(person, agent('aki'), `reply ${name}`, { text: `Reply ${name}` })
      case 'an automation':
        return this.#reply(person, automation, `automatic reply ${name}`, { text: `Automatic reply ${name}` })
    }
  }
}

interface Messaging {
  readonly sender?: { readonly id?: string }
  readonly message?: { readonly mid?: string; readonly is_echo?: boolean; readonly is_deleted?: boolean }
}
