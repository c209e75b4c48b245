import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  conversationDecider,
  type ConversationCommand,
  type ConversationEvent,
  type ConversationState,
  type Part,
  type StartedConversation,
} from '../../../src/domain/conversation/index.ts'
import { LIMITS } from '../../../src/domain/conversation/limits.ts'
import { DAY, type Instant, MINUTE } from '../../../src/domain/instant.ts'
import { isRefusal } from '../../../src/domain/refusal.ts'
import { utf8Bytes } from '../../../src/domain/text.ts'
import { agent, NOON } from '../people.ts'
import * as talk from './talk.ts'
import { holds, tells } from '../../holds.ts'

const LIMIT = 65_536
const size = (state: ConversationState): number => utf8Bytes(JSON.stringify(state))
/** Ids as long as they are in life: UUIDs, Meta's message ids, and agents by ids of 255 bytes. */
const uuid = (kind: string, number: number): string => `${kind}${String(number).padStart(35, '0')}`.slice(0, 36)
const longId = (number: number): string => `agent-${number}-`.padEnd(255, 'x')
const mid = (number: number): string => String(number).padEnd(190, 'Z')
const digest = (number: number): string => `digest-${number}`.padEnd(44, '=')
const agents = Object.fromEntries(Array.from({ length: 300 }, (_, number) => [longId(number), 1_000_000 + number]))
const channel = talk.having({ agents })
const by = (number: number) => ({ ...agent, id: longId(number % 300) }) as typeof agent

class Long {
  state: ConversationState = conversationDecider.initialState()
  largest = 0
  readonly apply = (command: ConversationCommand): void => {
    let events: readonly ConversationEvent[] = []
    try {
      events = conversationDecider.decide(command, this.state)
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
    this.state = events.reduce(conversationDecider.evolve, this.state)
  }
  measure(): void {
    this.largest = Math.max(this.largest, size(this.state))
  }
}

const MEDIA = Array.from({ length: 10 }, (_, index) => ({
  kind: 'image' as const,
  url: `https://cdn.example/${index}`,
}))
/** The longest cut that there can be. */
const CUT: readonly Part[] = [
  ...MEDIA.map((_, index): Part => ({ kind: 'media', indexes: [index] })),
  ...Array.from({ length: 14 }, (_, index): Part => ({
    kind: 'text',
    from: index * 110 + 1_000,
    to: index * 110 + 1_100,
  })),
]

/** Every list of the state at its limit, with the longest members there can be. */
const fill = (long: Long, from: number, at: number): void => {
  const words = 'x'.repeat(1_600)
  for (let n = from; n < from + 300; n += 1) long.apply(talk.receive({ at: at + n, channel, messageId: uuid('m', n) }))
  for (let n = from; n < from + 40; n += 1) {
    const messageId = uuid('w', n)
    long.apply(talk.edit({ at: at + n, channel, messageId, numEdit: 5 }))
    long.apply(talk.react({ at: at + n, channel, messageId, by: 'customer', action: 'unreact', digest: digest(n) }))
    long.apply(talk.react({ at: at + n, channel, messageId, by: 'business', action: 'unreact', digest: digest(n) }))
    long.apply(talk.unsend({ at: at + n, channel, messageId }))
  }
  for (let n = 0; n < 300; n += 1) {
    long.apply(talk.markRead({ at, channel, actor: by(n), upTo: from * 2 + n + 1 }))
    long.apply(talk.addNote({ at, channel, actor: by(n), noteId: `note-${from}-${n}`.padEnd(64, 'x') }))
  }
  const begin = (replyId: string, n: number): void =>
    long.apply(
      talk.begin({
        at,
        channel,
        replyId,
        parts: CUT,
        textDigest: digest(n),
        worker: 'worker'.padEnd(36, 'x'),
        epoch: n,
      }),
    )
  for (let n = from; n < from + 20; n += 1) {
    const replyId = uuid('r', n)
    long.apply(talk.reply({ at, channel, replyId, actor: by(n), text: words, media: MEDIA }))
    begin(replyId, n)
    long.apply(talk.unknown({ at, channel, replyId }))
    long.apply(talk.giveUp({ at, channel, replyId }))
  }
  for (let n = from; n < from + 20; n += 1) {
    long.apply(talk.resend({ at, channel, replyId: uuid('r', n), actor: by(n), mayArriveTwice: true }))
    long.apply(talk.reply({ at, channel, replyId: uuid('q', n), actor: by(n), text: words, media: MEDIA }))
  }
  for (let n = from; n < from + 20; n += 1) begin(uuid('r', n), n)
  for (let n = from; n < from + 20; n += 1) {
    const content = { kind: 'image', attachments: [{ kind: 'image' }] } as const
    long.apply(talk.echo({ at, channel, messageId: uuid('e', n), mid: mid(n), content, textDigest: digest(n) }))
  }
  long.measure()
  for (let n = from; n < from + 20; n += 1) {
    long.apply(talk.unknown({ at, channel, replyId: uuid('r', n), attempt: 2 }))
    long.measure()
  }
}

/** As many tickets as there can be, and a cancelled episode between every two. */
const fillEpisodes = (long: Long, from: Instant): void => {
  const quick = talk.having({ agents, conversion: { ...talk.channel.conversion, delay: 1 } })
  for (let n = 0; n < 80; n += 1) {
    const at = from + n * 2 * MINUTE
    const of = { at, channel: quick }
    long.apply(talk.receive({ ...of, messageId: uuid('c', n) }))
    long.apply(talk.dismiss({ ...of, actor: by(n) }))
    long.apply(talk.receive({ ...of, messageId: uuid('t', n) }))
    long.apply(talk.settleDue(at + MINUTE, quick))
    long.measure()
  }
}

describe('the state', () => {
  it('stays under 64 KiB with every list full of the longest members', () => {
    const long = new Long()
    for (let round = 1; round <= 10; round += 1) fill(long, round * 1_000_000, NOON + round * 30 * MINUTE)
    fillEpisodes(long, NOON + DAY)
    const { episodes } = long.state as StartedConversation
    expect([episodes.tickets.length, episodes.loose?.episodes.length]).toEqual([LIMITS.tickets, LIMITS.looseEpisodes])
    expect(long.largest).toBeLessThan(LIMIT)
    // It was full indeed.
    expect(long.largest).toBeGreaterThan(LIMIT * 0.6)
  })
  it('stays under 64 KiB after any thousands of events', () => {
    const shape = fc.record({ seed: fc.nat(), messages: fc.integer({ min: 0, max: 300 }) })
    holds(
      fc.property(fc.array(shape, { minLength: 5, maxLength: 10 }), (rounds) => {
        tells(rounds.length > 0)
        const long = new Long()
        for (const [round, { seed, messages }] of rounds.entries()) {
          const at = NOON + round * MINUTE
          for (let n = 0; n < messages; n += 1) {
            const id = uuid('m', round * 1_000 + n)
            const what = (seed + n * 7) % 6
            if (what === 0) long.apply(talk.edit({ at, channel, messageId: id }))
            if (what === 1) long.apply(talk.react({ at: at + n, channel, messageId: id, digest: digest(n) }))
            if (what === 2) long.apply(talk.echo({ at, channel, messageId: id, mid: mid(n) }))
            if (what >= 3) long.apply(talk.receive({ at, channel, messageId: id }))
          }
          fill(long, (round + 1) * 10_000, at)
          expect(size(long.state)).toBeLessThan(LIMIT)
        }
      }),
      { floor: 1, numRuns: 4 },
    )
  })
})
