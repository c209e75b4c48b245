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
})
