import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { accountDecider, type AccountState } from '../../src/domain/account/index.ts'
import { channelDecider, type ChannelState } from '../../src/domain/channel/index.ts'
import {
  conversationDecider,
  type ConversationState,
  latestTicketOf,
  otherAppInControl,
  replyWindowOf,
} from '../../src/domain/conversation/index.ts'
import type { Decider } from '../../src/domain/decider.ts'
import type { DeskEvent, DeskEventType } from '../../src/domain/desk-event.ts'
import { liveSlots, organizationDecider, type OrganizationState } from '../../src/domain/organization/index.ts'
import { ticketDecider, type TicketState } from '../../src/domain/ticket/index.ts'
import { currentVersion, decode, EVENT_TYPES } from '../../src/domain/upcasting.ts'

const CORPUS = new URL('../fixtures/streams/', import.meta.url)

interface StoredEvent {
  readonly type: string
  readonly version: number
  readonly data: object
  readonly personal?: object
}
interface StreamFile {
  readonly release: string
  readonly name: string
  readonly stream: string
  readonly summary: object
  readonly events: readonly StoredEvent[]
}

const releases = readdirSync(CORPUS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const files: readonly StreamFile[] = releases.flatMap((release) =>
  readdirSync(new URL(`${release}/`, CORPUS)).map((name) => ({
    release,
    name,
    ...(JSON.parse(readFileSync(new URL(`${release}/${name}`, CORPUS), 'utf8')) as Omit<
      StreamFile,
      'release' | 'name'
    >),
  })),
)

/** A fold of a whole stream, and what its state means to people. */
interface Reading {
  readonly fold: (events: readonly { readonly type: string }[]) => unknown
  readonly summary: (state: never) => object
}
const reading = <State, Command, Event>(
  { initialState, evolve }: Decider<State, Command, Event>,
  summary: (state: State) => object,
): Reading => ({
  fold: (events) => (events as unknown as readonly Event[]).reduce(evolve, initialState()),
  summary,
})
/** For streams that no rules are decided on. */
const counted: Reading = {
  fold: (events) =>
    events.reduce<Record<string, number>>((counts, { type }) => ({ ...counts, [type]: (counts[type] ?? 0) + 1 }), {}),
  summary: (counts: object) => counts,
}

const READINGS: Readonly<Record<string, Reading>> = {
  organization: reading(organizationDecider, (state: OrganizationState) =>
    state.status === 'unknown'
      ? { live: liveSlots(state) }
      : { departments: state.departments, unfinished: Object.keys(state.taken), live: state.confirmed },
  ),
  account: reading(accountDecider, (state: AccountState) => ({
    status: state.status,
    ...(state.status === 'claimed' ? { channelId: state.channelId } : {}),
    former: state.former.map(({ channelId }) => channelId),
  })),
  channel: reading(channelDecider, (state: ChannelState) => {
    if (state.status === 'none' || state.status === 'abandoned') return { status: state.status }
    const { status, agents, authorization, humanAgent, settings } = state
    const { name, departmentId, conversion } = settings
    return { status, name, departmentId, delay: conversion.delay, agents, authorization, humanAgent }
  }),
  conversation: reading(conversationDecider, (state: ConversationState) => {
    if (state.status === 'none') return { lastRevision: state.revision }
    const { anchor, standardUntil, humanAgentUntil } = replyWindowOf(state, 0)
    return {
      customerId: state.customerId,
      lastRevision: state.revision,
      window: { anchor, standardUntil, humanAgentUntil },
      ended: state.ended,
      blocked: state.blocked,
      assignee: state.assignee,
      otherAppInControl: otherAppInControl(state),
      latestTicket: latestTicketOf(state),
      episodes: state.episodes.count,
      repliesThatCanBeSentAgain: state.replies.unfinished.map(({ id }) => id),
      repliesOnTheirWay: state.replies.waiting.map(({ id }) => id),
    }
  }),
  ticket: reading(ticketDecider, (state: TicketState) => {
    if (state.status === 'none') return { status: state.status }
    const { status, assignee, firstRevision, lastRevision } = state
    return { status, assignee, firstRevision, lastRevision }
  }),
  intake: counted,
  access: counted,
}
const readingOf = ({ stream }: StreamFile): Reading | undefined => READINGS[stream.slice(0, stream.indexOf('-'))]

const decoded = ({ type, version, data, personal }: StoredEvent): { readonly type: string } => {
  const result = decode(type, version, data, personal)
  if (result.kind !== 'event') throw new Error(`${result.kind}: ${type} ${version}`)
  return result.event
}

describe.each(
  files.filter((file) => readingOf(file) !== undefined).map((file) => [`${file.release}/${file.name}`, file] as const),
)('%s', (_, file) => {
  const { fold, summary } = readingOf(file)!

  it('folds to what it meant when it was written', () =>
    expect(summary(fold(file.events.map(decoded)) as never)).toEqual(file.summary))

  it('folds to the very same state when everything personal is gone', () =>
    expect(fold(file.events.map(({ type, version, data }) => decoded({ type, version, data })))).toStrictEqual(
      fold(file.events.map(decoded)),
    ))

  it('folds up to any of its events to a state that JSON keeps', () => {
    for (let length = 0; length <= file.events.length; length += 1) {
      const state = fold(file.events.slice(0, length).map(decoded))
      expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state)
    }
  })
})

type PersonalType = {
  [Type in DeskEventType]: [NonNullable<Extract<DeskEvent, { type: Type }>['personal']>] extends [never] ? never : Type
}[DeskEventType]
/** Event types with a personal part; the compiler names one that is missing. */
const PERSONAL: Readonly<Record<PersonalType, true>> = {
  MessageReceived: true,
  MessageReadAgain: true,
  MessageEdited: true,
  ReactionChanged: true,
  ReferralReceived: true,
  ThreadControlChanged: true,
  MessageEchoed: true,
  NoteAdded: true,
  CustomerBlocked: true,
  CustomerProfileLearned: true,
  ReplyQueued: true,
  PolicyEnforced: true,
  EventQuarantined: true,
}

describe('the corpus', () => {
  it('holds every event type in the version that this code writes', () => {
    const held = new Set(files.flatMap(({ events }) => events.map(({ type, version }) => `${type} ${version}`)))
    const missing = EVENT_TYPES.map((type) => `${type} ${currentVersion(type)}`).filter((name) => !held.has(name))
    expect(missing).toEqual([])
  })

  it('has a personal part wherever one may be, so that losing it is tried', () => {
    const held = new Set(
      files.flatMap(({ events }) => events.filter(({ personal }) => personal).map(({ type }) => type)),
    )
    for (const type of Object.keys(PERSONAL)) expect(held).toContain(type)
  })
})
