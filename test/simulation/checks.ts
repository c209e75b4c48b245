import { isDeepStrictEqual } from 'node:util'
import type { Desk, RecordedEvent } from 'madoguchi'
import { memory } from 'madoguchi/memory'
import { replyWindowAt } from 'madoguchi/simulator'
import { ViewRunner } from '../../src/application/views/view-runner.ts'
import { projections } from '../../src/projections/index.ts'
import { chanceOf } from './chance.ts'
import { checkDeleted } from './check-deleted.ts'
import { checkMissed } from './check-missed.ts'
import { checkDue } from './check-due.ts'
import { conversionsOf } from './naive-conversions.ts'
import { VirtualProcess } from './virtual-process.ts'
import { wholeLog } from './whole-log.ts'
import { type Documents, watchedStore } from './watched-store.ts'
import { agent, DAY, NOON, type Person, system } from './people.ts'
import type { World } from './world.ts'

const aki = agent('aki')

/** When nothing is under way any more: what the desk shows is what a naive observer of the same world expects. */
export const checkQuiet = async (world: World): Promise<void> => {
  const [host] = world.hosts
  if (host === undefined) return world.history.violation('no desk lives')
  const { desk } = host
  await world.until(checkDeleted(world, desk), 120_000)
  await checkDue(world)
  await world.until(checkMissed(world, desk), 120_000)
  // For the tickets of what was fetched, and of what came out of quarantine.
  await world.time.pass(5_000)
  const log = await wholeLog(world)
  await world.until(desk.waitFor(log.at(-1)?.position, 30_000), 60_000)
  checkMessages(world)
  checkConversions(world, log)
  checkSent(world, log)
  for (const person of world.people)
    if (
      person.channel !== world.deleted?.channel &&
      log.some(({ stream }) => stream.includes(world.conversationIdOf(person)))
    ) {
      await world.until(checkWindow(world, desk, person), 60_000)
      if (!person.isUnusual) await world.until(checkWaiting(world, desk, person, log), 60_000)
    }
  await world.until(checkBalance(world, desk), 60_000)
  await world.until(world.watches.check(log), 60_000)
  await checkViews(world, log)
}

const checkMessages = ({ simulator, watcher, history }: World): void => {
  for (const { state, mid = '' } of simulator.ledger.events({ kind: 'message' })) {
    if (state === 'waiting' || state === 'given-up') history.violation(`a message is ${state}: ${mid}`)
    if (state === 'delivered' && !watcher.mids.has(mid)) history.violation(`a message was lost: ${mid}`)
  }
}

const checkConversions = (world: World, log: readonly RecordedEvent[]): void => {
  const opened = new Set(log.flatMap(({ type, data }) => (type === 'TicketOpened' ? [data['ticketId'] as string] : [])))
  for (const { type, data } of log)
    if (type === 'ConversationConverted' && !opened.has(data['ticketId'] as string))
      world.history.violation(`no ticket was opened for ${data['ticketId'] as string}`)
  for (const person of world.people) {
    if (person.isUnusual) continue
    const events = log.filter(({ stream }) => stream === `conversation-${world.conversationIdOf(person)}`)
    const { expected, actual } = conversionsOf(events, world.now())
    if (!isDeepStrictEqual(actual, expected))
      world.history.violation(`tickets are ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
  }
}

/** What the desk says was sent is at the customer. */
const checkSent = ({ simulator, history }: World, log: readonly RecordedEvent[]): void => {
  const mids = new Set(simulator.ledger.sends.map(({ mid }) => mid))
  for (const { type, data } of log)
    if (type === 'ReplyPartSent' && !mids.has(data['mid'] as string))
      history.violation(`${data['replyId'] as string} is said to be sent and is not`)
}

const checkWindow = async (world: World, desk: Desk, person: Person): Promise<void> => {
  const conversationId = world.conversationIdOf(person)
  const openedAt = person.opened.at(-1)
  const { window } = await desk.conversations.get(aki, { conversationId })
  const expected = replyWindowAt(openedAt, world.now())
  if (window.state !== expected) world.history.violation(`a window is ${window.state}, not ${expected}`)
  if (openedAt === undefined) return
  for (const at of [openedAt, openedAt + DAY - 1, openedAt + DAY, openedAt + 7 * DAY - 1, openedAt + 7 * DAY]) {
    const then = await desk.conversations.windowAt(aki, { conversationId, at })
    if (then.state !== replyWindowAt(openedAt, at))
      world.history.violation(`${at - openedAt} ms after it was opened a window is ${then.state}`)
  }
}

/** Waiting as far as it does not matter at which instant of its way an answer counts. */
const checkWaiting = async (world: World, desk: Desk, person: Person, log: readonly RecordedEvent[]): Promise<void> => {
  const channelId = world.channels[person.channel] ?? ''
  const { items } = await desk.inbox.list(aki, { channelId, limit: 100 })
  const entry = items.find(({ conversationId }) => conversationId === world.conversationIdOf(person))
  if (entry === undefined) return
  const mine = log.filter(({ stream }) => stream === `conversation-${entry.conversationId}`)
  const queued = mine.filter(
    ({ type, data }) => type === 'ReplyQueued' && (data['author'] as { kind: string }).kind !== 'automation',
  )
  const answers = [...queued, ...mine.filter(({ type }) => ['MessageEchoed', 'ReplyPartSent'].includes(type))]
  const latest = Math.max(...answers.map(({ data }) => data['at'] as number), Number.NEGATIVE_INFINITY)
  const wrote = mine.flatMap(({ type, data }) => (type === 'MessageReceived' ? [data['at'] as number] : []))
  const after = wrote.filter((at) => at > latest)
  const since = entry.waitingSince
  if (after.length > 0 && (since === null || since > Math.min(...after)))
    world.history.violation(`somebody wrote at ${Math.min(...after)} and waits since ${since}`)
  if (since !== null && !wrote.includes(since)) world.history.violation(`waits since ${since}, when nobody wrote`)
}

/** As the crash runs count it: what was answered 200 is settled, and more only as far as answers broke off. */
const checkBalance = async ({ simulator, history }: World, desk: Desk): Promise<void> => {
  const sheet = await desk.operations.balance(system)
  if (!sheet.balances) history.violation(`the balance does not balance: ${JSON.stringify(sheet.accounts)}`)
  for (const { accountId } of simulator.accounts()) {
    const counts = sheet.accounts[accountId]
    const { accepted, refused } = simulator.ledger.deliveredEvents({ accountId })
    if (counts === undefined) {
      if (accepted > 0) history.violation('nothing is counted for an account')
      continue
    }
    const broken = simulator.ledger.attempts
      .filter(({ answer }) => answer.kind === 'no-answer' && answer.reason !== 'NOBODY')
      .reduce((sum, { accounts }) => sum + (accounts[accountId] ?? 0), 0)
    const settled = counts.recorded + counts.duplicates + counts.ignored + counts.quarantined
    if (settled < accepted || settled > accepted + refused + broken)
      history.violation(`${settled} settled, ${accepted} answered 200, ${refused} refused, ${broken} broken off`)
    if (counts.received > accepted + refused + broken)
      history.violation(`${counts.received} counted, ${accepted + refused + broken} delivered`)
    if (counts.quarantined > 0) history.violation(`${counts.quarantined} are in quarantine`)
  }
}

/** Every view, built once more from the log, has the same documents and entries. */
const checkViews = async (world: World, log: readonly RecordedEvent[]): Promise<void> => {
  const { runtime } = new VirtualProcess('rebuild', world.time, chanceOf(1), NOON)
  const store = watchedStore(memory({ runtime }), () => {})
  const silent = { info: () => {}, warn: () => {}, error: () => {} }
  const runner = new ViewRunner({ events: world.store.events, views: store.views, projections, log: silent, runtime })
  runner.start()
  await world.until(runner.waitFor(log.at(-1)?.position, { timeout: 300_000 }), 300_000)
  await world.until(runner.stop(), 60_000)
  const lived = shownBy(world.store.documents)
  const rebuilt = shownBy(store.documents)
  for (const key of new Set([...lived.keys(), ...rebuilt.keys()]))
    if (lived.get(key) !== rebuilt.get(key))
      return world.history.violation(`a view is not what a rebuild shows: ${key}`)
}

/** A counter that came back to nothing is as good as one that never was. */
const shownBy = (documents: Documents): ReadonlyMap<string, string> =>
  new Map(
    [...documents].flatMap(([view, kept]) =>
      [...kept.values()].flatMap(({ key, document, entries }) => {
        const isNothing = view.includes('.counters') && JSON.stringify(document) === '{"count":0}'
        return isNothing ? [] : [[`${view} ${key}`, JSON.stringify([document, entries])] as const]
      }),
    ),
  )
