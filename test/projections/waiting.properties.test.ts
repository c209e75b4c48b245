import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConversationCommand } from '../../src/domain/conversation/index.ts'
import { inbox, type InboxDocument, isUnsure, lastAnswer, waitingSince } from '../../src/projections/index.ts'
import { history } from '../domain/conversation/talk.ts'
import * as talk from '../domain/conversation/talk.ts'
import { holds, tells } from '../holds.ts'
import { fold, recorded } from './fold.ts'

// The customer waits exactly if a message of theirs is newer than the last answer, of what was not taken back, whatever came when.

interface Said {
  readonly side: 'customer' | 'outside' | 'reply' | 'bot'
  readonly at: number
  readonly unsent: boolean
  /** When it arrives, and when it is taken back: its unsend may come first. */
  readonly order: number
  readonly unsentOrder: number
}
const said: fc.Arbitrary<Said> = fc
  .oneof(
    { weight: 7, arbitrary: fc.record({ side: fc.constant('customer' as const), at: fc.nat({ max: 400 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ side: fc.constantFrom('outside', 'reply', 'bot'), at: fc.nat({ max: 150 }) }),
    },
  )
  .chain((one) =>
    fc.record({
      side: fc.constant(one.side),
      at: fc.constant(one.at),
      unsent: fc.constantFrom(true, false, false),
      order: fc.nat({ max: 1_000 }),
      unsentOrder: fc.nat({ max: 1_000 }),
    }),
  )
const bot = { kind: 'automation', id: 'bot', organizationId: 'acme' } as const

/** A second after the other, so that nothing is due and every order of arrival is possible. */
const at = (second: number) => talk.after(second / 60)
const RECEIVED = 500

const idOf = (index: number) => `m${String(index).padStart(2, '0')}`

const commandsOf = (all: readonly Said[]): readonly ConversationCommand[] =>
  all
    .flatMap((one, index): { readonly order: number; readonly commands: readonly ConversationCommand[] }[] => {
      const of = { messageId: idOf(index), metaAt: at(one.at), at: at(RECEIVED) }
      const taken = one.unsent
        ? [
            {
              order: one.unsentOrder,
              commands: [talk.unsend({ ...of, by: one.side === 'customer' ? 'customer' : 'business' })],
            },
          ]
        : []
      if (one.side === 'customer') return [{ order: one.order, commands: [talk.receive(of)] }, ...taken]
      if (one.side === 'outside')
        return [{ order: one.order, commands: [talk.echo({ ...of, textDigest: `outside ${index}` })] }, ...taken]
      const replyId = `r${index}`
      const actor = one.side === 'bot' ? bot : talk.bob
      const call = { at: at(RECEIVED), replyId }
      // Slow calls: written then, sent much later.
      const commands = [
        talk.reply({ at: at(one.at), replyId, actor }),
        talk.begin({ ...call, textDigest: `reply ${index}` }),
        talk.sent({ ...call, messageId: of.messageId }),
      ]
      return [{ order: one.order, commands }, ...taken]
    })
    .toSorted((one, other) => one.order - other.order)
    .flatMap(({ commands }) => commands)

const foldOf = (commands: readonly ConversationCommand[]): InboxDocument => {
  const opened = talk.receive({ messageId: 'first', at: at(0), channel: talk.channel })
  const document = fold(inbox, recorded(history(opened, ...commands))).get(talk.CONVERSATION)
  if (document === undefined) throw new Error('no document')
  return document
}

const model = (all: readonly Said[]) => {
  const left = all.filter(({ unsent }) => !unsent)
  const answers = left.filter(({ side }) => side === 'outside' || side === 'reply').map((one) => one.at)
  const answeredAt = answers.length === 0 ? undefined : Math.max(...answers)
  const written = [0, ...left.filter(({ side }) => side === 'customer').map((one) => one.at)]
  const waiting = written.filter((second) => second > (answeredAt ?? -1))
  return {
    answeredAt: answeredAt === undefined ? null : at(answeredAt),
    since: waiting.length === 0 ? undefined : at(Math.min(...waiting)),
  }
}

describe('waiting', () => {
  it('agrees with a naive model in every order of delivery, or says that it is unsure', () => {
    holds(
      fc.property(fc.array(said, { maxLength: 40, size: 'max' }), (all) => {
        const document = foldOf(commandsOf(all))
        const expected = model(all)
        const { since } = expected
        if (isUnsure(document.waiting)) {
          // No later than the truth, so that a list by that time leaves nobody out.
          if (since !== undefined) expect(waitingSince(document) ?? Infinity).toBeLessThanOrEqual(since)
          return
        }
        expect({ answeredAt: lastAnswer(document.waiting), since: waitingSince(document) }).toEqual(expected)
        tells(since !== undefined && all.filter(({ side, unsent }) => side === 'customer' && !unsent).length > 8)
      }),
      { floor: 0.25, numRuns: 500 },
    )
  })
  it('is ended by a message from outside that equals what is being sent, as soon as it is known to be another one', () => {
    const said = fc.array(fc.constantFrom('own', 'own', 'foreign', 'other', 'taken back'), { maxLength: 5 })
    holds(
      fc.property(fc.constantFrom(bot, talk.bob), said, said, fc.boolean(), (actor, during, later, arrives) => {
        const wrote = talk.receive({ messageId: 'first', at: at(0) })
        const call = [talk.reply({ at: at(1), actor }), talk.begin({ at: at(2) })]
        const ended = arrives
          ? talk.sent({ at: at(20), messageId: 'own' })
          : talk.failed({ at: at(20), reason: 'no-connection' })
        const named = [...during, 'end', ...later].filter((what) => arrives || what !== 'own')
        const commands = named.flatMap((what, index): readonly ConversationCommand[] => {
          const of = { at: at(3 + index), messageId: `${what} ${index}` }
          if (what === 'end') return [ended]
          if (what === 'own') return [talk.echo({ ...of, messageId: 'own' })]
          const echo = talk.echo({ ...of, textDigest: what === 'other' ? 'another digest' : 'digest of hi' })
          return what === 'taken back' ? [echo, talk.unsend({ ...of, by: 'business' })] : [echo]
        })
        const since = (...list: readonly ConversationCommand[]) => {
          const document = fold(inbox, recorded(history(wrote, ...call, ...list))).get(talk.CONVERSATION)
          return document && waitingSince(document)
        }
        const isAnswer = (what: string) => what === 'foreign' || what === 'other' || (actor === talk.bob && arrives)
        expect(since(...commands)).toBe(named.some(isAnswer) ? undefined : at(0))
        // While the call is under way nobody knows who wrote it.
        const until = named.slice(0, named.indexOf('end'))
        const before = commands.slice(0, commands.indexOf(ended))
        expect(since(...before)).toBe(until.includes('other') ? undefined : at(0))
        tells(actor === bot && until.includes('foreign'))
      }),
      { floor: 0.1, numRuns: 500 },
    )
  })
})
