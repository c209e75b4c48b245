import { projections, unknownMessages } from '../../projections/index.ts'
import { accountByMeta } from '../channels/account-by-meta.ts'
import { mistakenChannelOf } from '../channels/account-mistake.ts'
import { ChannelProtocol } from '../channels/channel-protocol.ts'
import { ChannelLookup } from '../commands/channel-lookup.ts'
import { Streams } from '../commands/streams.ts'
import { deadlineWorker } from '../deadlines/deadlines.ts'
import { Delivery } from '../delivery/delivery.ts'
import { MetaCalls } from '../delivery/meta-calls.ts'
import { followUpWorker } from '../follow-ups/follow-ups.ts'
import { hostTicketsWorker } from '../host-tickets/host-tickets.ts'
import { Balance } from '../intake/balance.ts'
import { Intake } from '../intake/intake.ts'
import { derivedId } from '../identity.ts'
import { WorkShares } from '../leases/work-shares.ts'
import { MessageIndex } from '../intake/message-index.ts'
import { Quarantine } from '../intake/quarantine.ts'
import { Reruns } from '../intake/rerun.ts'
import { webhook } from '../intake/webhook.ts'
import { Notices } from '../notices.ts'
import { MessagesReadAgain } from '../messages-read-again.ts'
import type { Position } from '../ports/event-store.ts'
import { systemRuntime } from '../ports/system-runtime.ts'
import { StoreClosed } from '../ports/store-errors.ts'
import type { Store } from '../ports/store.ts'
import { guardedLog } from '../log-guard.ts'
import { Profiles } from '../profiles.ts'
import { assertRuntime } from '../supported-runtime.ts'
import { contentDigests, textDigests } from '../text-digest.ts'
import { createReaders } from '../views/readers.ts'
import { findCommandKey } from '../views/command-keys.ts'
import { viewReader } from '../views/view-reader.ts'
import { ViewRunner } from '../views/view-runner.ts'
import { Access } from './access.ts'
import { Channels } from './channels.ts'
import { checkDeskOptions } from './check-options.ts'
import { consoleLog } from './console-log.ts'
import type { DeskContext } from './context.ts'
import { Conversations } from './conversations.ts'
import { checked, checkWait, FACE } from './face-arguments.ts'
import { Inbox } from './inbox.ts'
import { Operations } from './operations.ts'
import type { DeskOptions } from './options.ts'
import { Organizations } from './organizations.ts'
import { TicketDesk } from './tickets.ts'
import { Worklists } from './worklists.ts'

const DAY = 86_400_000

/** A support channel for Instagram's direct messages, in the host's own process. */
export interface Desk {
  readonly organizations: Organizations
  readonly channels: Channels
  readonly conversations: Conversations
  readonly inbox: Inbox
  readonly tickets: TicketDesk
  /** Pending conversions, deliveries and their attempts. */
  readonly worklists: Worklists
  /** Balance, quarantine, progress of views. */
  readonly operations: Operations
  /** Meta's webhook: mount it at one path, for GET and POST. Never throws. */
  handle(request: Request): Promise<Response>
  /** Resolves when every view shows what stands at that position (read-your-writes). @throws ViewsBehind after `timeout` milliseconds, StoreClosed when the desk stops, Refusal `not-started`, `invalid` */
  waitFor(position: Position | undefined, timeout?: number): Promise<void>
  /** Begins to fold views, fire deadlines and deliver. Once: a second call changes nothing. @throws StoreClosed after {@link stop} */
  start(): Promise<void>
  /** Ends all of it, every watch and every wait too, waits for calls under way, and closes the store. Later calls throw StoreClosed. */
  stop(): Promise<void>
}

/** The set of views that this code folds. */
const THESE_VIEWS =
  `views ${derivedId('views', ...projections.map(({ name, version }) => `${name}@${version}`))}` as const

/** Of Meta's rates, for a process that holds nothing at the moment: its agents still type and react. */
const LEAST_PART = 1 / 64

/** Puts a desk together. Nothing runs before `start()`; the webhook may be served at once. @throws RuntimeTooOld, InvalidOption */
export const createDesk = (options: DeskOptions): Desk => {
  assertRuntime()
  checkDeskOptions(options)
  const { meta, runtime = systemRuntime, log = consoleLog(runtime) } = options
  const store = { ...partsOf(options.store), events: guardedLog(options.store.events) }
  const clock = options.clock ?? { now: () => runtime.wallTime() }
  const delivering = { enabled: true, concurrency: 64, callTimeout: 20_000, stopWithin: 5_000, ...options.delivery }
  const shares = new WorkShares({
    leases: store.leases,
    log,
    runtime,
    does: [THESE_VIEWS, 'deadlines', ...(delivering.enabled ? (['delivery'] as const) : [])],
    goneAfter: options.processes?.goneAfter ?? 10_000,
  })
  const views = new ViewRunner({
    events: store.events,
    views: store.views,
    projections,
    log,
    runtime,
    isMine: () => shares.holds(THESE_VIEWS),
    ...(options.cachedDocuments === undefined ? {} : { capacity: options.cachedDocuments }),
  })
  const read = createReaders(store.views, views)
  const streams = new Streams({
    events: store.events,
    snapshots: store.snapshots,
    runtime,
    findKey: findCommandKey(views, read),
    ...(options.cachedStreams === undefined ? {} : { capacity: options.cachedStreams }),
  })
  const lookup = new ChannelLookup(streams)
  const context: DeskContext = {
    store,
    streams,
    lookup,
    views,
    read,
    platform: meta.platform,
    meta: new MetaCalls(meta.messenger, { streams, store, lookup, clock, log }),
    clock,
    runtime,
    log,
    digest: textDigests(store.keys, runtime),
    contentDigest: contentDigests(store.keys, runtime),
    tickets: options.tickets,
    onStep: options.onStep ?? (() => {}),
    shares,
    delivery: delivering,
    intake: { answerWithin: 4_000, quarantineFor: 30 * DAY, ...options.intake },
  }
  const protocol = new ChannelProtocol({
    streams,
    tokens: store.tokens,
    clock,
    onStep: context.onStep,
    accountByMeta: accountByMeta(meta.messenger, runtime),
  })
  const intake = new Intake({
    streams,
    lookup,
    index: new MessageIndex(streams, read.messageIndex, runtime),
    quarantine: new Quarantine(store, meta.platform, context.intake.quarantineFor, runtime),
    digest: context.digest,
  })
  const balance = new Balance(store.events, clock, runtime)
  const reruns = new Reruns({
    events: store.events,
    blobs: store.blobs,
    streams,
    platform: meta.platform,
    intake,
    clock,
  })
  const readAgain = new MessagesReadAgain(context, viewReader(store.views, views, unknownMessages))
  const access = new Access(context)
  const delivery = new Delivery(context)
  const deadlines = deadlineWorker(context, protocol, reruns)
  const followUps = followUpWorker(context, protocol, reruns)
  const hostTickets = options.tickets === undefined ? undefined : hostTicketsWorker(context, options.tickets)
  const profiles = new Profiles(context)
  const notices = new Notices(log, runtime)
  const handle = webhook({
    notices,
    platform: meta.platform,
    intake,
    balance,
    clock,
    runtime,
    log,
    mistakenChannelOf: (accountId) => mistakenChannelOf(read, accountId),
    answerWithin: context.intake.answerWithin,
  })
  const ends: (() => void)[] = []
  let started = false
  let stopping: Promise<void> | undefined

  const listen = (): void => {
    ends.push(
      views.listen((change) => {
        if (change.has('deadlines')) deadlines.wake()
        if (change.has('follow-ups')) followUps.wake()
        if (change.has('tickets')) hostTickets?.wake()
        for (const conversationId of change.get('outbox') ?? []) delivery.wake(conversationId)
        for (const channelId of change.get('channels') ?? []) delivery.wakeChannel(channelId)
        for (const conversationId of change.get('inbox') ?? []) void profiles.consider(conversationId)
      }),
    )
    ends.push(
      shares.listen(() => {
        if (delivering.enabled) meta.messenger.use?.(Math.max(shares.partOf('delivery'), LEAST_PART))
        deadlines.wake()
        followUps.wake()
        hostTickets?.wake()
        delivery.wakeAll()
      }),
    )
    const moved = clock.onMove?.(() => {
      deadlines.wake()
      delivery.wake()
    })
    if (moved !== undefined) ends.push(moved)
  }

  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0)) end()
    profiles.stop()
    views.end()
    await Promise.all([delivery.stop(), deadlines.stop(), followUps.stop(), hostTickets?.stop()])
    await Promise.all([shares.stop(), views.stop()])
    await streams.settled()
    // A store that is gone loses these counts as a crash would; the requests they stand for were not acknowledged.
    await balance.settle().catch(() => {})
    notices.stop()
    await store.close()
  }

  const assertOpen = (): void => {
    if (stopping !== undefined)
      throw new StoreClosed('the desk was stopped, which closed its store; create another one on a new store')
  }

  return {
    organizations: checked(new Organizations(context), FACE.organizations, assertOpen),
    channels: checked(new Channels(context, protocol), FACE.channels, assertOpen),
    conversations: checked(new Conversations(context, access, delivery), FACE.conversations, assertOpen),
    inbox: checked(new Inbox(context, access), FACE.inbox, assertOpen),
    tickets: checked(new TicketDesk(context, access), FACE.tickets, assertOpen),
    worklists: checked(new Worklists(context, access), FACE.worklists, assertOpen),
    operations: checked(new Operations(context, reruns, readAgain), FACE.operations, assertOpen),
    handle,
    waitFor: async (position, timeout) => {
      assertOpen()
      checkWait(position, timeout)
      await views.waitFor(position, timeout === undefined ? {} : { timeout })
    },
    start: async () => {
      assertOpen()
      if (started) return
      started = true
      listen()
      views.start()
      shares.start()
      deadlines.start()
      followUps.start()
      delivery.start()
      hostTickets?.start()
    },
    stop: () => (stopping ??= stop()),
  }
}

/** The parts by name: a store may be an object of a class. */
const partsOf = (store: Store): Store => ({
  events: store.events,
  views: store.views,
  snapshots: store.snapshots,
  leases: store.leases,
  keys: store.keys,
  tokens: store.tokens,
  blobs: store.blobs,
  close: () => store.close(),
})
