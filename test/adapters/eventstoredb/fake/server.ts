/**
 * A stand-in for an EventStoreDB or KurrentDB node, in a process of its own: real gRPC, both clients.
 *
 * Prints its port. Obeys messages of its parent: {@link Orders}. What it copies of the real server, and from where, is in
 * the README beside.
 */
import http2 from 'node:http2'
import { setTimeout } from 'node:timers/promises'
import * as grpc from '@grpc/grpc-js'
import featureService from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_grpc_pb.js'
import streamService from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_grpc_pb.js'
import { type Expected, FakeLog, type Kept, type Outcome, type Proposed } from './log.ts'
import {
  emptyOfGoogle,
  errorOf,
  eventResponse,
  eventTooLarge,
  features,
  identifierOf,
  nameOf,
  NO_POSITION,
  now,
  shared,
  streams,
  uuidOf,
} from './wire.ts'

/*
 * Node's server ends a connection that resets more than 1,000 streams and 33 a second, in the middle of everything; and the older
 * client resets one whenever it is told that a stream is missing. The real server counts only those that it still works on.
 */
const { createServer } = http2
http2.createServer = ((options: http2.ServerOptions) =>
  createServer({ ...options, streamResetBurst: 1_000_000, streamResetRate: 100_000 })) as typeof createServer

/** What a test can order; each is in force until it is taken back. */
export interface Orders {
  /** Every call ends with UNAVAILABLE before anything is done. */
  readonly unavailable?: boolean
  /** Every call that asks for a leader is told that this node is none, and at which port the leader is. */
  readonly leaderAt?: number
  /** Calls are taken and neither done nor answered, and pings are answered. */
  readonly held?: boolean
  /** The next append is done and then not answered: its call ends with an error, is never answered, or the process dies. */
  readonly loseReply?: 'error' | 'silence' | 'die' | undefined
  /** Live subscriptions are told of nothing any more, and stay open. */
  readonly silent?: boolean
  /** Events of `$all` that a read or a subscription looks at in a second, whether they pass its filter or not. */
  readonly scanned?: number
  /** Subscriptions do not say that they have caught up, as on nodes before 23.10. */
  readonly withoutCaughtUp?: boolean
  /** Bytes. */
  readonly maxAppendSize?: number
  /** Bytes; without it there is no limit for one event, as on nodes before 25.1. */
  readonly maxAppendEventSize?: number
  /** Methods that the server does not name among those it has. */
  readonly withoutBatchAppend?: boolean
}

/** What a test can do to it once. */
export type Act =
  | { readonly kind: 'orders'; readonly orders: Orders }
  /** With `shutting-down` the clients begin a new connection, and keep the old one for what is under way on it. */
  | { readonly kind: 'drop-subscriptions'; readonly why: 'too-slow' | 'shutting-down' }
  /** Ends every stream of appends but the newest one. */
  | { readonly kind: 'drop-older-appends' }
  /** An empty log, but for what a cluster always has. */
  | { readonly kind: 'forget'; readonly file: string }
  | { readonly kind: 'foreign'; readonly count: number }
  | { readonly kind: 'count' }

export interface Counts {
  readonly subscriptions: number
  readonly readsUnderWay: number
  /** Second answers that were given to refused appends of a batch. */
  readonly secondAnswers: number
}

type ReadRequest = InstanceType<typeof streams.ReadReq>
type ReadCall = grpc.ServerWritableStream<ReadRequest, InstanceType<typeof streams.ReadResp>>
type BatchCall = grpc.ServerDuplexStream<
  InstanceType<typeof streams.BatchAppendReq>,
  InstanceType<typeof streams.BatchAppendResp>
>
type AppendCall = grpc.ServerReadableStream<
  InstanceType<typeof streams.AppendReq>,
  InstanceType<typeof streams.AppendResp>
>

const SEARCH_WINDOW = 32
const SERVER_WRITE_TIMEOUT = 2_000

const [file = '', port = '0'] = process.argv.slice(2)
let log = new FakeLog(file)
if (log.all.length === 0) log.writeForeign(1)
let orders: Orders = {}
let heldBack: (() => void)[] = []
const subscriptions = new Set<{ readonly end: (error: object) => void }>()
const batches = new Set<BatchCall>()
let readsUnderWay = 0
let secondAnswers = 0

const failure = (code: grpc.status, details: string, trailers: Readonly<Record<string, string>> = {}): object => {
  const metadata = new grpc.Metadata()
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value)
  return Object.assign(new Error(details), { code, details, metadata })
}

const notLeader = (port: number): object =>
  failure(grpc.status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': '127.0.0.1',
    'leader-endpoint-port': String(port),
  })

/** Why a call is not even begun. */
const refusal = (metadata: grpc.Metadata): object | undefined => {
  if (orders.unavailable === true) return failure(grpc.status.UNAVAILABLE, 'Server Is Not Ready')
  if (orders.leaderAt !== undefined && metadata.get('requires-leader')[0] === 'true') return notLeader(orders.leaderAt)
  return undefined
}

/** Does it now, or when the server is no longer held. */
const whenFree = (act: () => void): void => {
  if (orders.held === true) heldBack.push(act)
  else act()
}

const sizeOf = (events: readonly Proposed[]): number =>
  events.reduce((sum, { data, metadata, type }) => sum + data.length + metadata.length + type.length * 2, 0)

const maxAppendSize = (): number => orders.maxAppendSize ?? 1_048_576

/** The first event that is larger than one may be. */
const oversized = (events: readonly Proposed[]): Proposed | undefined =>
  events.find((event) => sizeOf([event]) > (orders.maxAppendEventSize ?? Infinity))

interface ProposedMessage {
  getId(): InstanceType<typeof shared.UUID> | undefined
  getMetadataMap(): { get(name: string): string | undefined }
  getData_asU8(): Uint8Array
  getCustomMetadata_asU8(): Uint8Array
}

const toProposed = (message: ProposedMessage): Proposed => {
  const metadata = message.getMetadataMap()
  const type = metadata.get('type')
  const contentType = metadata.get('content-type')
  if (type === undefined || contentType === undefined) throw new Error('Required Metadata Property Missing')
  if (type === '') throw new Error('eventType should not be null or empty.')
  return {
    id: uuidOf(message.getId()),
    type,
    contentType,
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  }
}

/** Writes and then lets the answer be lost if that was ordered; `undefined` when nobody is to be answered. */
const commit = (
  name: string,
  expected: Expected,
  events: readonly Proposed[],
  fail: (error: object) => void,
): Outcome | undefined => {
  const outcome = log.append(name, expected, events)
  const { loseReply } = orders
  if (loseReply === undefined || outcome.kind !== 'done') return outcome
  orders = { ...orders, loseReply: undefined }
  if (loseReply === 'die') process.kill(process.pid, 'SIGKILL')
  if (loseReply === 'error') fail(failure(grpc.status.UNAVAILABLE, 'Connection dropped'))
  return undefined
}

// ---- Streams.BatchAppend

const batchExpected = (options: InstanceType<typeof streams.BatchAppendReq.Options>): Expected => {
  if (options.hasAny()) return 'any'
  if (options.hasNoStream()) return 'no-stream'
  return options.hasStreamExists() ? 'stream-exists' : Number(options.getStreamPosition())
}

const wrongVersion = (current: number | undefined, expected: Expected): object & { serializeBinary(): Uint8Array } => {
  const details = new shared.WrongExpectedVersion()
  if (current === undefined) details.setCurrentNoStream(emptyOfGoogle())
  else details.setCurrentStreamRevision(String(current))
  if (expected === 'any') details.setExpectedAny(emptyOfGoogle())
  else if (expected === 'no-stream') details.setExpectedNoStream(emptyOfGoogle())
  else if (expected === 'stream-exists') details.setExpectedStreamExists(emptyOfGoogle())
  else details.setExpectedStreamPosition(String(expected))
  return details
}

const batchAnswer = (
  outcome: Outcome,
  name: string,
  expected: Expected,
): InstanceType<typeof streams.BatchAppendResp> => {
  const response = new streams.BatchAppendResp()
  const type = (short: string): string => `event_store.client.${short}`
  if (outcome.kind === 'wrong-version') {
    const details = wrongVersion(outcome.current, expected)
    response.setError(errorOf(6, 'WrongExpectedVersion', details, type('WrongExpectedVersion')))
    return response
  }
  if (outcome.kind === 'deleted') {
    const details = new shared.StreamDeleted()
    details.setStreamIdentifier(identifierOf(name))
    response.setError(errorOf(5, 'StreamDeleted', details, type('StreamDeleted')))
    return response
  }
  const position = new shared.AllStreamPosition()
  position.setCommitPosition(outcome.position === undefined ? NO_POSITION : String(outcome.position))
  position.setPreparePosition(outcome.position === undefined ? NO_POSITION : String(outcome.position))
  const success = new streams.BatchAppendResp.Success()
  success.setCurrentRevision(String(outcome.last))
  success.setPosition(position)
  response.setSuccess(success)
  return response
}

interface PendingWrite {
  readonly options: InstanceType<typeof streams.BatchAppendReq.Options>
  readonly events: Proposed[]
}

const timeoutOf = (options: InstanceType<typeof streams.BatchAppendReq.Options>): number => {
  const asked = options.getDeadline21100()
  const span = options.getDeadline()
  if (span) return span.getSeconds() * 1_000 + span.getNanos() / 1e6
  return asked ? asked.toDate().getTime() - Date.now() : SERVER_WRITE_TIMEOUT
}

const batchAppend = (call: BatchCall): void => {
  const pending = new Map<string, PendingWrite>()
  const fail = (error: object): void => void call.emit('error', error)
  const take = (request: InstanceType<typeof streams.BatchAppendReq>): void => {
    const correlation = request.getCorrelationId()
    const id = correlation?.getString() ?? JSON.stringify(correlation?.toObject())
    const answer = (response: InstanceType<typeof streams.BatchAppendResp>, name: string): void => {
      response.setCorrelationId(correlation)
      response.setStreamIdentifier(identifierOf(name))
      call.write(response)
    }
    const refuse = (
      code: number,
      message: string,
      name: string,
      details: { serializeBinary(): Uint8Array },
      type = message,
    ): void => {
      const response = new streams.BatchAppendResp()
      response.setError(errorOf(code, message, details, `event_store.client.${type}`))
      answer(response, name)
      pending.delete(id)
    }
    /** The server waits for the rest of what it has refused, and answers once more when its time is over. */
    const refuseTwice: typeof refuse = (code, message, name, details, type) => {
      refuse(code, message, name, details, type)
      const rest = Math.min(options ? timeoutOf(options) : Infinity, SERVER_WRITE_TIMEOUT)
      globalThis.setTimeout(() => {
        if (!batches.has(call)) return
        refuse(4, 'Timeout', name, new shared.Timeout())
        secondAnswers += 1
      }, rest)
    }
    const options = request.getOptions() ?? pending.get(id)?.options
    const name = nameOf(options?.getStreamIdentifier())
    if (!options) return
    try {
      if (request.hasOptions()) {
        if (timeoutOf(options) <= 0) return refuse(4, 'Timeout', name, new shared.Timeout())
        pending.set(id, { options, events: [] })
      }
      const write = pending.get(id)
      if (!write) return
      write.events.push(...request.getProposedMessagesList().map(toProposed))
      const large = oversized(write.events)
      if (large) {
        const details = eventTooLarge(large.id, sizeOf([large]), orders.maxAppendEventSize ?? 0)
        return refuseTwice(3, 'MaximumAppendEventSizeExceeded', name, details)
      }
      if (sizeOf(write.events) > maxAppendSize()) {
        const details = new shared.MaximumAppendSizeExceeded()
        details.setMaxappendsize(maxAppendSize())
        return refuseTwice(3, 'MaximumAppendSizeExceeded', name, details)
      }
      if (!request.getIsFinal()) return
      pending.delete(id)
      const error = refusal(call.metadata)
      // One that is no leader ends the whole stream of requests, and with it every append that still waits for its answer.
      if (error) return fail(error)
      const expected = batchExpected(options)
      const outcome = commit(name, expected, write.events, fail)
      if (outcome) answer(batchAnswer(outcome, name, expected), name)
    } catch (error) {
      const details = new shared.BadRequest()
      details.setMessage((error as Error).message)
      refuseTwice(3, 'BadRequest', name, details)
    }
  }
  call.on('data', (request: InstanceType<typeof streams.BatchAppendReq>) => whenFree(() => take(request)))
  batches.add(call)
  call.on('end', () => call.end())
  call.on('close', () => batches.delete(call))
  call.on('cancelled', () => batches.delete(call))
  call.on('error', () => batches.delete(call))
}

// ---- Streams.Append

const append = (
  call: AppendCall,
  reply: (error: object | null, response?: InstanceType<typeof streams.AppendResp>) => void,
): void => {
  let options: InstanceType<typeof streams.AppendReq.Options> | undefined
  const events: Proposed[] = []
  call.on('data', (request: InstanceType<typeof streams.AppendReq>) => {
    const message = request.getProposedMessage()
    options = request.getOptions() ?? options
    if (message) events.push(toProposed(message))
  })
  const finish = (): void => {
    const error = refusal(call.metadata)
    if (error || !options) return reply(error ?? failure(grpc.status.INVALID_ARGUMENT, 'no options'))
    const large = oversized(events)
    if (large)
      return reply(
        failure(grpc.status.INVALID_ARGUMENT, `Event with Id: ${large.id} exceeds Maximum Append Event Size.`, {
          exception: 'maximum-append-event-size-exceeded',
          'maximum-append-event-size': String(orders.maxAppendEventSize),
          'event-id': large.id,
          'proposed-append-event-size': String(sizeOf([large])),
        }),
      )
    if (sizeOf(events) > maxAppendSize())
      return reply(
        failure(grpc.status.INVALID_ARGUMENT, 'Maximum Append Size Exceeded', {
          exception: 'maximum-append-size-exceeded',
          'maximum-append-size': String(maxAppendSize()),
        }),
      )
    const name = nameOf(options.getStreamIdentifier())
    const expected: Expected = options.hasAny()
      ? 'any'
      : options.hasNoStream()
        ? 'no-stream'
        : options.hasStreamExists()
          ? 'stream-exists'
          : Number(options.getRevision())
    const outcome = commit(name, expected, events, reply)
    if (!outcome) return
    if (outcome.kind === 'deleted')
      return reply(
        failure(grpc.status.FAILED_PRECONDITION, `Event stream '${name}' is deleted.`, {
          exception: 'stream-deleted',
          'stream-name': name,
        }),
      )
    const response = new streams.AppendResp()
    if (outcome.kind === 'wrong-version') {
      const wrong = new streams.AppendResp.WrongExpectedVersion()
      if (outcome.current === undefined) wrong.setCurrentNoStream(new shared.Empty())
      else wrong.setCurrentRevision(String(outcome.current))
      if (typeof expected === 'number') wrong.setExpectedRevision(String(expected))
      else if (expected === 'no-stream') wrong.setExpectedNoStream(new shared.Empty())
      else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new shared.Empty())
      else wrong.setExpectedAny(new shared.Empty())
      response.setWrongExpectedVersion(wrong)
    } else {
      const success = new streams.AppendResp.Success()
      success.setCurrentRevision(String(outcome.last))
      if (outcome.position === undefined) success.setNoPosition(new shared.Empty())
      else {
        const position = new streams.AppendResp.Position()
        position.setCommitPosition(String(outcome.position))
        position.setPreparePosition(String(outcome.position))
        success.setPosition(position)
      }
      response.setSuccess(success)
    }
    reply(null, response)
  }
  // For grpc-js a request that was broken off ends like one that is complete, and is called off only after that.
  call.on('end', () => setImmediate(() => call.cancelled || whenFree(finish)))
}

// ---- Streams.Read

type Passes = (event: Kept) => boolean

const filterOf = (options: InstanceType<typeof streams.ReadReq.Options>): Passes => {
  const filter = options.getFilter()
  if (!filter) return () => true
  const expression = filter.getStreamIdentifier() ?? filter.getEventType()
  const subject = (event: Kept): string => (filter.hasStreamIdentifier() ? event.stream : event.type)
  const regex = expression?.getRegex() ?? ''
  if (regex !== '') {
    const pattern = new RegExp(regex)
    return (event) => pattern.test(subject(event))
  }
  const prefixes = expression?.getPrefixList() ?? []
  return (event) => prefixes.some((prefix) => subject(event).startsWith(prefix))
}

/** Positions are compared as pairs; in this log commit and prepare are the same. */
const placeOf = (options: InstanceType<typeof streams.ReadReq.Options>): number | 'start' | 'end' => {
  const all = options.getAll()
  if (all?.hasStart() === true) return 'start'
  if (all?.hasEnd() === true) return 'end'
  const position = all?.getPosition()
  return position?.getCommitPosition() === NO_POSITION ? 'end' : Number(position?.getCommitPosition())
}

/** What a read of `$all` looks at, one after the other. */
const allFrom = (options: InstanceType<typeof streams.ReadReq.Options>): Iterable<Kept> => {
  const place = placeOf(options)
  if (options.getReadDirection() === streams.ReadReq.Options.ReadDirection.FORWARDS) {
    if (place === 'end') return []
    // Forwards the event at the position is part of it.
    return forwards(log.all, place === 'start' ? 0 : log.before(place), log.all.length)
  }
  // Backwards it is not.
  if (place === 'start') return []
  return backwards(log.all, place === 'end' ? log.all.length : log.before(place))
}

function* forwards(all: readonly Kept[], from: number, to: number): Generator<Kept> {
  for (let at = from; at < to; at += 1) yield all[at] as Kept
}

function* backwards(all: readonly Kept[], from: number): Generator<Kept> {
  for (let at = from - 1; at >= 0; at -= 1) yield all[at] as Kept
}

const selectStream = (
  name: string,
  options: InstanceType<typeof streams.ReadReq.Options>,
): readonly Kept[] | 'deleted' | undefined => {
  const found = log.stream(name)
  if (found === undefined || found === 'deleted') return found
  const stream = options.getStream()
  const count = Number(options.getCount())
  const revision = Number(stream?.getRevision())
  if (options.getReadDirection() === streams.ReadReq.Options.ReadDirection.FORWARDS) {
    if (stream?.hasEnd() === true) return []
    return found.filter((event) => stream?.hasStart() === true || event.revision >= revision).slice(0, count)
  }
  const backwards = found.toReversed()
  if (stream?.hasStart() === true) return backwards.filter((event) => event.revision === 0)
  return backwards.filter((event) => stream?.hasEnd() === true || event.revision <= revision).slice(0, count)
}

const isOver = (call: ReadCall): boolean => call.cancelled || call.destroyed

/** Writes one by one, as fast as the other side takes them. */
const send = async (call: ReadCall, events: readonly Kept[], idsAsText: boolean): Promise<void> => {
  for (const event of events) {
    if (isOver(call)) return
    if (call.write(eventResponse(event, idsAsText))) continue
    const { promise, resolve } = Promise.withResolvers<void>()
    const names = ['drain', 'cancelled', 'close']
    for (const name of names) call.on(name, resolve)
    await promise
    for (const name of names) call.off(name, resolve)
  }
}

/** Longer than a timer may be late. */
const SCAN_PAUSE = 20
/** Events that a slow subscription looks at between two pauses. */
const SCANNED_AT_ONCE = 32

/** Goes on until so many passed the filter or the log ends, and says nothing of what did not. */
const sendAll = async (
  call: ReadCall,
  options: InstanceType<typeof streams.ReadReq.Options>,
  idsAsText: boolean,
): Promise<void> => {
  const passes = filterOf(options)
  const began = performance.now()
  let left = Number(options.getCount())
  let looked = 0
  for (const event of allFrom(options)) {
    if (left === 0 || isOver(call)) return
    looked += 1
    const early = orders.scanned === undefined ? 0 : began + (looked * 1_000) / orders.scanned - performance.now()
    if (early > SCAN_PAUSE) await setTimeout(early)
    if (!passes(event)) continue
    left -= 1
    await send(call, [event], idsAsText)
  }
}

/** A place in `$all`; a checkpoint is before the event at its position. */
interface Place {
  readonly commit: number
  readonly prepare: number
}

const isAfter = (one: Place, other: Place): boolean =>
  one.commit > other.commit || (one.commit === other.commit && one.prepare > other.prepare)

const startOf = (options: InstanceType<typeof streams.ReadReq.Options>): Place => {
  const place = placeOf(options)
  if (place === 'start') return { commit: -1, prepare: -1 }
  if (place === 'end') {
    const last = log.all.at(-1)?.position ?? -1
    return { commit: last, prepare: last }
  }
  return { commit: place, prepare: Number(options.getAll()?.getPosition()?.getPreparePosition()) }
}

/**
 * Confirms, reads pages of the log until its end, says that it has caught up, and is live.
 *
 * While it catches up a checkpoint is the beginning of the page that was looked at last, or the last event that passed.
 */
const subscribe = (call: ReadCall, options: InstanceType<typeof streams.ReadReq.Options>, idsAsText: boolean): void => {
  const passes = filterOf(options)
  const filter = options.getFilter()
  const name = options.hasStream() ? nameOf(options.getStream()?.getStreamIdentifier()) : undefined
  const belongs: Passes = (event) => (name === undefined ? passes(event) : event.stream === name)
  const window = filter?.getMax() || SEARCH_WINDOW
  const interval = (filter?.getCheckpointintervalmultiplier() ?? 1) * window
  /** The place of the event or checkpoint that was sent last. */
  let at: Place = name === undefined ? startOf(options) : { commit: -1, prepare: -1 }
  let next = log.before(at.prepare < at.commit ? at.commit : at.commit + 1)
  let isLive = next >= log.all.length
  let considered = 0
  let running = false
  let ended = false

  const say = (fill: (response: InstanceType<typeof streams.ReadResp>) => void): void => {
    const response = new streams.ReadResp()
    fill(response)
    if (!ended) call.write(response)
  }
  const checkpoint = (): void => {
    if (!filter || at.commit < 0) return
    const message = new streams.ReadResp.Checkpoint()
    message.setCommitPosition(String(at.commit))
    message.setPreparePosition(String(at.prepare))
    message.setTimestamp(now())
    say((response) => response.setCheckpoint(message))
  }
  const sayCaughtUp = (): void => {
    if (orders.withoutCaughtUp === true) return
    const message = new streams.ReadResp.CaughtUp()
    message.setTimestamp(now())
    say((response) => response.setCaughtUp(message))
  }
  const isFree = (): boolean => !ended && orders.silent !== true && orders.held !== true
  const look = async (event: Kept): Promise<void> => {
    next += 1
    considered += 1
    if (orders.scanned !== undefined && considered % SCANNED_AT_ONCE === 0)
      await setTimeout((SCANNED_AT_ONCE * 1_000) / orders.scanned)
    if (!belongs(event)) return
    await send(call, [event], idsAsText)
    at = { commit: event.position, prepare: event.position }
  }
  const catchUp = async (): Promise<void> => {
    while (next < log.all.length && isFree()) {
      const page = { commit: (log.all[next] as Kept).position, prepare: 0 }
      const before = considered
      for (const event of log.all.slice(next, next + window)) await look(event)
      if (isAfter(page, at)) at = page
      if (Math.floor(considered / interval) > Math.floor(before / interval) && next < log.all.length) checkpoint()
    }
    if (!isFree()) return
    checkpoint()
    isLive = true
    sayCaughtUp()
  }
  const follow = async (): Promise<void> => {
    while (next < log.all.length && isFree()) {
      const event = log.all[next] as Kept
      await look(event)
      at = { commit: event.position, prepare: event.position }
      if (considered % interval === 0) checkpoint()
    }
  }
  const pump = async (): Promise<void> => {
    if (running || !isFree()) return
    running = true
    if (!isLive) await catchUp()
    if (isLive) await follow()
    running = false
    if (next < log.all.length && isFree()) void pump()
  }
  const wake = (): void => void pump()
  const end = (): void => {
    ended = true
    log.listeners.delete(wake)
    subscriptions.delete(subscription)
  }
  const subscription = {
    end: (error: object) => {
      end()
      call.emit('error', error)
    },
  }
  subscriptions.add(subscription)
  log.listeners.add(wake)
  call.on('cancelled', end)
  call.on('close', end)
  const confirmation = new streams.ReadResp.SubscriptionConfirmation()
  confirmation.setSubscriptionId(crypto.randomUUID())
  say((response) => response.setConfirmation(confirmation))
  if (isLive) sayCaughtUp()
  void pump()
}

const read = (call: ReadCall): void => {
  // Its client gave up while it was held back: it was closed before it began, and is never closed again.
  if (call.cancelled || call.destroyed) return
  call.on('error', () => undefined)
  const options = call.request.getOptions()
  const error = refusal(call.metadata)
  if (error) return void call.emit('error', error)
  if (!options?.hasUuidOption()) return void call.emit('error', failure(grpc.status.INVALID_ARGUMENT, 'uuidOption'))
  const idsAsText = options.getUuidOption()?.hasString() === true
  if (options.hasSubscription()) return subscribe(call, options, idsAsText)
  readsUnderWay += 1
  call.on('close', () => (readsUnderWay -= 1))
  if (!options.hasStream()) return void sendAll(call, options, idsAsText).then(() => call.end())
  const name = nameOf(options.getStream()?.getStreamIdentifier())
  const events = selectStream(name, options)
  if (events === 'deleted')
    return void call.emit(
      'error',
      failure(grpc.status.FAILED_PRECONDITION, `Event stream '${name}' is deleted.`, {
        exception: 'stream-deleted',
        'stream-name': name,
      }),
    )
  if (events === undefined) {
    const missing = new streams.ReadResp.StreamNotFound()
    missing.setStreamIdentifier(identifierOf(name))
    const response = new streams.ReadResp()
    response.setStreamNotFound(missing)
    call.write(response)
    return void call.end()
  }
  void send(call, events, idsAsText).then(() => {
    if ((options.getControlOption()?.getCompatibility() ?? 0) >= 1) {
      const response = new streams.ReadResp()
      response.setLastStreamPosition(String(events.at(-1)?.revision ?? 0))
      call.write(response)
    }
    call.end()
  })
}

// ---- the rest

const METHODS: readonly (readonly [service: string, method: string])[] = [
  ['event_store.client.streams.streams', 'read'],
  ['event_store.client.streams.streams', 'append'],
  ['event_store.client.streams.streams', 'batchappend'],
  ['event_store.client.streams.streams', 'delete'],
  ['event_store.client.streams.streams', 'tombstone'],
  ['event_store.client.server_features.serverfeatures', 'getsupportedmethods'],
]

const supportedMethods = (reply: (error: object | null, response?: object) => void): void => {
  if (orders.unavailable === true) return reply(failure(grpc.status.UNAVAILABLE, 'Server Is Not Ready'))
  const methods = METHODS.filter(([, method]) => orders.withoutBatchAppend !== true || method !== 'batchappend')
  const response = new features.SupportedMethods()
  response.setEventStoreServerVersion('24.10.0')
  response.setMethodsList(
    methods.map(([service, method]) => {
      const supported = new features.SupportedMethod()
      supported.setServiceName(service)
      supported.setMethodName(method)
      return supported
    }),
  )
  reply(null, response)
}

const removal =
  (how: 'delete' | 'tombstone') =>
  (
    call: { readonly request: InstanceType<typeof streams.DeleteReq> },
    reply: (error: object | null, response?: object) => void,
  ): void => {
    log[how](nameOf(call.request.getOptions()?.getStreamIdentifier()))
    reply(null, how === 'delete' ? new streams.DeleteResp() : new streams.TombstoneResp())
  }

const server = new grpc.Server({ 'grpc.max_receive_message_length': 17 * 1_048_576 })
server.addService(featureService.ServerFeaturesService, {
  getSupportedMethods: (_call: unknown, reply: Parameters<typeof supportedMethods>[0]) =>
    whenFree(() => supportedMethods(reply)),
})
server.addService(streamService.StreamsService, {
  read: (call: ReadCall) => whenFree(() => read(call)),
  append,
  batchAppend,
  delete: removal('delete'),
  tombstone: removal('tombstone'),
})

const obey = (act: Act): unknown => {
  switch (act.kind) {
    case 'orders': {
      orders = act.orders
      if (orders.held === true) return undefined
      const acts = heldBack
      heldBack = []
      for (const one of acts) one()
      for (const listener of log.listeners) listener()
      return undefined
    }
    case 'drop-subscriptions': {
      const error =
        act.why === 'too-slow'
          ? failure(grpc.status.ABORTED, 'Operation timed out: consumer too slow')
          : failure(grpc.status.UNAVAILABLE, 'Server is shutting down')
      for (const { end } of subscriptions) end(error)
      return undefined
    }
    case 'drop-older-appends':
      for (const call of [...batches].slice(0, -1)) call.emit('error', failure(grpc.status.UNAVAILABLE, 'Gone'))
      return undefined
    case 'forget': {
      for (const { end } of subscriptions) end(failure(grpc.status.UNAVAILABLE, 'Server is shutting down'))
      log.close()
      log = new FakeLog(act.file)
      return log.writeForeign(2)
    }
    case 'foreign':
      return log.writeForeign(act.count)
    case 'count':
      return { subscriptions: subscriptions.size, readsUnderWay, secondAnswers } satisfies Counts
  }
}

process.on('message', (message: { readonly n: number; readonly act: Act }) =>
  process.send?.({ n: message.n, result: obey(message.act) }),
)
process.on('disconnect', () => process.exit())
server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) => {
  if (error) throw error
  process.send?.({ port: bound })
})
