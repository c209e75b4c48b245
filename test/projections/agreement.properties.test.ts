import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  conversationDecider,
  type ConversationState,
  isUnsent,
  knowsMessage,
  nextDelivery,
  nextDue,
  otherAppInControl,
  replyWindow,
  replyWindowOf,
} from '../../src/domain/conversation/index.ts'
import {
  anchors,
  coverageKey,
  deadlines,
  deliveries,
  folderOf,
  inbox,
  messageIndex,
  unsentKey,
  messagesOf,
  outbox,
  pendingConversions,
  replyKey,
  replyKeyOf,
  standsAlone,
  transcript,
  unreadFor,
} from '../../src/projections/index.ts'
import { channel, CONVERSATION } from '../domain/conversation/talk.ts'
import { holds, tells } from '../holds.ts'
import { fold, places, recorded } from './fold.ts'
import { type History, histories } from './histories.ts'

/** The history up to a place in it, with the state that the domain decides on there. */
const cut = fc.tuple(histories, fc.nat()).map(([{ events, at, commits }, place]): History => {
  const some = events.slice(0, commits[place % commits.length])
  const state = some.reduce(conversationDecider.evolve, conversationDecider.initialState())
  return { events: some, state, at, commits }
})

const agree = (floor: number, check: (history: History) => void): void =>
  holds(fc.property(cut, check), { numRuns: 200, floor })

const started = (state: ConversationState): Extract<ConversationState, { status: 'started' }> | undefined =>
  state.status === 'started' ? state : undefined

const FAR = 1e15

describe('what the views say agrees with what the domain decides on', () => {
  it('names as due what the domain would settle next', () =>
    agree(0.25, ({ events, state }) => {
      const [first] = places(deadlines, fold(deadlines, recorded(events)), 'due')
      tells(nextDue(state) !== undefined)
      expect(first?.entry[0]).toBe(nextDue(state))
    }))

  it('lists a conversation in the outbox while delivery has something to do, not later than it has', () =>
    agree(0.08, ({ events, state, at }) => {
      const [first] = places(outbox, fold(outbox, recorded(events)), 'ready')
      tells(first !== undefined)
      expect(first === undefined).toBe(nextDelivery(state, channel, FAR).kind === 'idle')
      const now = nextDelivery(state, channel, at)
      if (now.kind === 'wait') expect(first?.entry[0]).toBeLessThanOrEqual(now.until ?? FAR)
      else if (now.kind !== 'idle') expect(first?.entry[0]).toBeLessThanOrEqual(at)
    }))

  it('shows window, folder, assignee, control and pending conversion as they are', () =>
    agree(0.25, ({ events, state }) => {
      const document = fold(inbox, recorded(events)).get(CONVERSATION)
      const known = started(state)
      expect(document === undefined).toBe(known === undefined)
      if (known === undefined || document === undefined) return
      tells(document.visible)
      expect(replyWindow(document.anchor ?? undefined, FAR)).toEqual(replyWindowOf(state, FAR))
      expect(document.visible).toBe(known.visible)
      expect(folderOf(document)).toBe(known.blocked ? 'blocked' : known.ended ? 'ended' : 'open')
      expect(document.assignee).toEqual(known.assignee)
      expect(document.thread?.otherApp === true).toBe(otherAppInControl(state))
      expect(document.episode).toBe(known.episodes.latest?.number ?? null)
      expect(document.pending?.dueAt ?? null).toBe(known.episodes.latest?.dueAt ?? null)
      expect(document.latestTicket?.episode).toBe(known.episodes.tickets.at(-1)?.episode)
    }))

  it('shows every message exactly once, by itself or as part of a reply, in whatever order evidence came', () =>
    agree(0.25, ({ events }) => {
      const documents = fold(transcript, recorded(events))
      const shown = places(transcript, documents, 'conversation').flatMap(({ key }): readonly string[] => {
        const document = documents.get(key)
        if (document?.kind === 'message') return [document.messageId]
        if (document?.kind === 'part') {
          return standsAlone(document, documents.get(replyKeyOf(document))) ? [document.messageId] : []
        }
        if (document?.kind !== 'reply') return []
        return document.progress.parts.flatMap(messagesOf)
      })
      const known = events.flatMap(({ type, data }) =>
        type === 'MessageReceived' || type === 'MessageEchoed' || type === 'ReplyPartSent' ? [data.messageId] : [],
      )
      tells(known.length > 1)
      expect(shown.toSorted()).toEqual([...new Set(known)].toSorted())
    }))

  it('shows a reply as delivery sees it', () =>
    agree(0.15, ({ events, state }) => {
      const documents = fold(transcript, recorded(events))
      const known = started(state)?.replies
      for (const reply of [...(known?.waiting ?? []), ...(known?.unfinished ?? [])]) {
        const item = documents.get(replyKey(CONVERSATION, reply.id))
        if (item?.kind !== 'reply') throw new Error('not shown')
        tells(true)
        const { status } = item.progress
        if (reply.status === 'waiting') expect(['queued', 'attempted']).toContain(status)
        else expect(status).toBe(reply.status)
        expect(fold(deliveries, recorded(events)).get(reply.id)?.status).toBe(status)
      }
    }))

  it('lists exactly the pending conversions', () =>
    agree(0.04, ({ events, state }) => {
      const listed = places(pendingConversions, fold(pendingConversions, recorded(events)), 'channel')
      const dueAt = started(state)?.episodes.latest?.dueAt ?? null
      tells(dueAt !== null)
      expect(listed.map(({ entry }) => entry[1])).toEqual(dueAt === null ? [] : [dueAt])
    }))

  it('keeps every anchor, the greatest of which opens the window', () =>
    agree(0.25, ({ events, state }) => {
      const newest = places(anchors, fold(anchors, recorded(events)), 'conversation').at(-1)
      tells(newest !== undefined)
      expect(newest?.entry[1]).toBe(replyWindowOf(state, FAR).anchor)
    }))

  it('indexes every message that the domain knows, and says how far it has read', () =>
    agree(0.25, ({ events, state }) => {
      const documents = fold(messageIndex, recorded(events))
      tells(state.messages.length > 1)
      for (const [id, revision] of state.messages) {
        expect(documents.get(id)?.revision, id).toBe(revision)
        expect(documents.get(coverageKey(CONVERSATION))?.revision).toBeGreaterThanOrEqual(revision)
      }
      for (const key of documents.keys()) {
        // An unsend that came first is remembered by the state, but is no message.
        if (key !== coverageKey(CONVERSATION) && !key.startsWith(unsentKey('')))
          expect(knowsMessage(state, key), key).toBe(true)
      }
      for (const { type, data } of events) {
        if (type !== 'MessageUnsent') continue
        expect(isUnsent(state, data.messageId)).toBe(true)
        expect(documents.has(unsentKey(data.messageId))).toBe(true)
      }
      for (const [id, , standing, episode] of state.messages) {
        const isCustomers = standing === 'text' || standing === 'message'
        expect(documents.get(id)?.withheld === true, id).toBe(
          standing === 'withheld' || (standing === 'unsent' && documents.get(id)?.withheld === true),
        )
        if (isCustomers) expect(documents.get(id)?.episode ?? 0, id).toBe(episode)
      }
    }))

  it('counts as unread what the customer wrote and has not taken back since the agent read', () =>
    agree(0.25, ({ events }) => {
      const document = fold(inbox, recorded(events)).get(CONVERSATION)
      if (document === undefined) return
      const unsent = new Set(events.flatMap(({ type, data }) => (type === 'MessageUnsent' ? [data.messageId] : [])))
      for (const agentId of ['bob', 'eve']) {
        const read = Math.max(
          -1,
          ...events.map(({ type, data }) => (type === 'ConversationRead' && data.agentId === agentId ? data.upTo : -1)),
        )
        const written = events.filter(
          ({ type, data }, revision) => type === 'MessageReceived' && revision > read && !unsent.has(data.messageId),
        ).length
        tells(written > 0)
        expect(unreadFor(document, agentId)).toBe(written)
      }
    }))
})
