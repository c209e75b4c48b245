/**
 * Works on a grown desk and says how long it took: a process of its own, told by its parent what to do next, so that processes on
 * desks of several sizes take turns. Arguments: the place as JSON, the number of conversations.
 */
import { readFileSync } from 'node:fs'
import { ADMINISTRATOR, AKI, benchDesk, BO, ORGANIZATION } from './bench-desk.ts'
import { accountAt, conversationIdOf, LOG_ENDS, placeOf } from './growth-log.ts'
import { openPlace, readPlace } from './growth-place.ts'
import { noteStatements, plansOf, rowsScanned } from './growth-plans.ts'
import { median } from './measure.ts'
import { Random } from './random.ts'
import { commonWord, seldomWord } from './texts.ts'
import { bodyOf, customerOf, signed } from './webhook-requests.ts'

export const DUE_AT_ONCE = 1_000
const HOUR = 3_600_000
/** So far before its frontier a desk begins to look for what is due (`LAG` in src/application/deadlines/frontier.ts). */
const LAG = 60_000

const [placeText = '', count = ''] = process.argv.slice(2)
const place = readPlace(placeText)
const conversations = Number(count)
noteStatements()
const store = openPlace(place)
const random = new Random(7)

const [last] = (await store.events.readAll({ backwards: true, limit: 1 })).events
let now = Math.max(LOG_ENDS, last?.recordedAt ?? 0)
const moves = new Set<() => void>()
const clock = {
  now: () => now,
  onMove: (listener: () => void) => {
    moves.add(listener)
    return () => moves.delete(listener)
  },
}
const desk = benchDesk(store, { delivery: { enabled: false }, clock })
await desk.start()
await desk.waitFor(last?.position, 60_000)
const scannedBefore = await rowsScanned(place)

const settled = async (): Promise<void> => {
  const [newest] = (await store.events.readAll({ backwards: true, limit: 1 })).events
  await desk.waitFor(newest?.position, 60_000)
}

const deadlines = (await store.views.builds()).find(({ view }) => view.name === 'deadlines')!.view
const due = (limit: number, bounds: { readonly from?: number; readonly to?: number } = {}) =>
  store.views.query(deadlines, { index: 'due', prefix: [], limit, ...bounds })
/** Where a desk begins to look for what is due, once it has looked from the beginning. */
let frontier: number | undefined
/** Moves the clock and answers when nothing is due any more of what comes after the frontier. */
const fired = async (to: number): Promise<void> => {
  now = Math.max(now, to)
  for (const move of moves) move()
  const bounds = { to: now, ...(frontier === undefined ? {} : { from: frontier }) }
  while ((await due(1, bounds)).length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  frontier = now - LAG
}

/** Pages one after the other, as somebody scrolls; from the top again after the twentieth. */
const scrolling = (actor: typeof AKI | typeof BO): (() => Promise<void>) => {
  let cursor: string | undefined
  let pages = 0
  return async () => {
    const page = await desk.inbox.list(actor, { limit: 50, ...(cursor === undefined ? {} : { cursor }) })
    pages = (pages + 1) % 20
    cursor = pages === 0 ? undefined : page.cursor
  }
}
const { items: channels } = await desk.channels.list(ADMINISTRATOR, { organizationId: ORGANIZATION })
const channelAt = (place: number): string =>
  channels.find((channel) => channel.account.accountId === accountAt(place))!.channelId
const first = channelAt(0)
/** Any conversation of the first channel, whose agent is Aki. */
const ofAki = (): string => conversationIdOf(first, customerOf(10 * random.below(conversations / 10 - 10)))
const views = ['mine', 'unassigned', 'waiting', 'ended'] as const
let turn = 0

const WORK: Readonly<Record<string, () => Promise<unknown>>> = {
  inbox: scrolling(AKI),
  'inbox-all': scrolling(BO),
  lists: () => desk.inbox.list(AKI, { view: views[turn++ % views.length]!, limit: 50 }),
  unread: () => desk.inbox.unread(AKI),
  'unread-all': () => desk.inbox.unread(BO),
  // As many as the smallest desk has: what a longer list costs is not what growth does.
  search: () => desk.inbox.search(AKI, { text: `${commonWord(random)} `, limit: 20 }),
  'search-seldom': () => desk.inbox.search(AKI, { text: `${seldomWord(random)} `, limit: 1 }),
  'search-typing': () => desk.inbox.search(AKI, { text: commonWord(random).slice(0, 3) }),
  'search-name': () =>
    desk.inbox.search(BO, { text: `${random.of(['Hana', 'Ken', 'Omar'])} ${commonWord(random)}`, limit: 20 }),
  'search-words': () => desk.inbox.search(AKI, { text: `${commonWord(random)} ${commonWord(random)} `, limit: 20 }),
  'search-all': () => desk.inbox.search(BO, { text: `${commonWord(random)} `, limit: 20 }),
  // The next ones, whenever they are due.
  due: () => due(64, { from: frontier! }),
  'due-whole': () => due(64),
  pending: () => desk.worklists.pendingConversions(BO, { channelId: first }),
  transcript: () => desk.conversations.transcript(AKI, { conversationId: ofAki() }),
  command: () => desk.conversations.addNote(AKI, { conversationId: ofAki(), text: 'has been looked at' }),
  message: async () => {
    const customer = random.below(conversations)
    const body = bodyOf([customer], now, random, accountAt(placeOf(customer, conversations)))
    const { status } = await desk.handle(signed(body))
    if (status !== 200) throw new Error(`a webhook was answered with ${status}`)
  },
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

const measured = async (what: string, repetitions: number): Promise<number> => {
  if (what === 'fire') {
    const next = await due(DUE_AT_ONCE, { from: frontier! })
    if (next.length < DUE_AT_ONCE) throw new Error('too few deadlines are left: make the databases anew')
    const took = await timed(() => fired(Number(next.at(-1)!.entry[0])))
    await settled()
    if ((await due(1, { to: now })).length > 0) throw new Error('something that was due has not been fired')
    return took
  }
  if (what === 'start') {
    const other = benchDesk(openPlace(place), { delivery: { enabled: false }, clock })
    const took = await timed(async () => {
      await other.start()
      await other.inbox.unread(AKI)
    })
    await other.stop()
    return took
  }
  if (what === 'memory') {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
    return (Number(peak?.[1]) * 1_024) / 1_000_000
  }
  const times: number[] = []
  for (let repetition = 0; repetition < repetitions; repetition++) times.push(await timed(WORK[what]!))
  await settled()
  return median(times)
}

export interface Question {
  readonly what: string
  readonly repetitions: number
}

process.on('message', ({ what, repetitions }: Question) => {
  const answer = async (): Promise<unknown> => {
    switch (what) {
      case 'settle':
        // Conversions come first, and no new ones until all is fired: what is due then are the ends of reply windows.
        await fired(now + HOUR + 1)
        return settled()
      case 'plans':
        return { plans: await plansOf(place), scanned: (await rowsScanned(place)) - scannedBefore }
      case 'stop':
        return desk.stop()
      default:
        return measured(what, repetitions)
    }
  }
  answer().then(
    (value) => process.send!({ value: value ?? null }, () => what === 'stop' && process.disconnect()),
    (error: unknown) => process.send!({ problem: error instanceof Error ? error.stack : String(error) }),
  )
})
process.send!({ value: 'ready' })
