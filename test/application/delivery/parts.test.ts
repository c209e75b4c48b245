import { describe, expect, it } from 'vitest'
import { aki, body, caughtUp, post, says, settled, until } from '../desk.ts'
import { deliveryOf, happened, onPhone, openQueue, opens, openTalk, stands } from './talk.ts'

const sentence = (word: string, bytes: number) => `${word.repeat(Math.floor(bytes / word.length))}. `
/** 1,600 code points that Meta takes in two messages. */
const long = `${sentence('first', 900)}${sentence('second', 690)}`.slice(0, 1_600)
const picture = (name: string) => ({ kind: 'image', url: `https://shop.test/${name}.jpg` }) as const

describe('a long reply', () => {
  it('arrives in parts, in order, which joined give the text but for white space', async () => {
    const talk = await openTalk()
    const { desk, conversationId } = talk
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: long })
    await stands(talk, replyId, 'sent')
    const texts = onPhone(talk)
    expect(texts.length).toBeGreaterThan(1)
    expect(texts.join('').replaceAll(/\s/g, '')).toBe(long.replaceAll(/\s/g, ''))
    for (const text of texts) expect(new TextEncoder().encode(text).byteLength).toBeLessThanOrEqual(1_000)
  })

  it('has its pictures first', async () => {
    const talk = await openTalk()
    const { desk, conversationId, customer } = talk
    const media = [picture('one'), picture('two')]
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Both fit.', media })
    await stands(talk, replyId, 'sent')
    const sent = customer.phone().messages.filter(({ from }) => from === 'business')
    expect(sent.map(({ attachments, text }) => attachments?.map(({ type }) => type) ?? text)).toEqual([
      ['image'],
      ['image'],
      'Both fit.',
    ])
  })

  it('that quotes a message quotes it once, with its first part', async () => {
    const talk = await openTalk()
    const { desk, conversationId, customer } = talk
    const { items } = await desk.conversations.transcript(aki, { conversationId })
    const question = items.find((item) => item.kind === 'message')
    const { replyId } = await desk.conversations.reply(aki, {
      conversationId,
      text: long,
      ...(question?.kind === 'message' ? { replyTo: question.messageId } : {}),
    })
    await stands(talk, replyId, 'sent')
    const replies = customer.phone().messages.filter(({ from }) => from === 'business')
    expect(replies.map(({ replyTo }) => replyTo)).toEqual([customer.phone().messages[0]?.mid, undefined])
  })

  it('quotes nothing of another conversation, nor what was taken back, however long the conversation is', async () => {
    const talk = await openTalk()
    const { desk, account, customer, conversationId } = talk
    const idIn = async (conversation: string, text = 'Do you ship to Cordoba?'): Promise<string> => {
      await caughtUp(talk)
      const { items } = await desk.conversations.transcript(aki, { conversationId: conversation })
      const message = items.find((item) => item.kind === 'message' && item.text === text)
      return message?.kind === 'message' ? message.messageId : ''
    }
    const own = await idIn(conversationId)
    const elsewhere = await idIn(await opens(talk, account.customer({ name: 'Ken', username: 'ken' })))
    const nevermind = customer.says('Never mind.')
    await nevermind.delivered
    const takenBack = await idIn(conversationId, 'Never mind.')
    await customer.unsends(nevermind.mid).delivered
    const of = { account: account.accountId, customer: customer.customerId }
    const many = Array.from({ length: 300 }, (_, n) => says(`m${n}`, `Number ${n}`, of))
    expect(await post(desk, body(many, account.accountId))).toBe(200)
    await caughtUp(talk)
    for (const replyTo of [elsewhere, takenBack, 'no-such-message']) {
      await expect(desk.conversations.reply(aki, { conversationId, text: 'This?', replyTo })).rejects.toMatchObject({
        code: 'message-not-found',
      })
    }
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'This?', replyTo: own })
    await stands(talk, replyId, 'sent')
    expect(customer.phone().messages.at(-1)?.replyTo).toBe(customer.phone().messages[0]?.mid)
  })

  it('goes without its quote when that was taken back before it leaves', async () => {
    const talk = await openQueue()
    const { desk, customer, conversationId, dispatch } = talk
    const { items } = await desk.conversations.transcript(aki, { conversationId })
    const question = items.find((item) => item.kind === 'message')
    const replyTo = question?.kind === 'message' ? question.messageId : ''
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: 'Yes.', replyTo })
    await customer.unsends(customer.phone().messages[0]?.mid ?? '').delivered
    await caughtUp(talk)
    await dispatch()
    await stands(talk, replyId, 'sent')
    expect(customer.phone().messages.at(-1)).toMatchObject({ text: 'Yes.' })
    expect(customer.phone().messages.at(-1)?.replyTo).toBeUndefined()
  })

  it('ends with the part that Meta refuses, and a resend sends the missing parts only', async () => {
    // Planned failures take the next call of the account, so the first part is let through by hand.
    let calls = 0
    const talk = await openTalk({
      messenger: (meta) => ({
        ...meta,
        send: (...asked) =>
          ++calls === 2
            ? Promise.resolve({ kind: 'give-up', why: 'message-refused', code: '100/2534015' })
            : meta.send(...asked),
      }),
    })
    const { desk, conversationId } = talk
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: long })
    expect(await stands(talk, replyId, 'partly-sent')).toMatchObject({ sentParts: 1, reason: 'message-refused' })
    expect(onPhone(talk)).toHaveLength(1)
    await desk.conversations.resend(aki, { conversationId, replyId })
    await stands(talk, replyId, 'sent')
    expect(onPhone(talk).join('').replaceAll(/\s/g, '')).toBe(long.replaceAll(/\s/g, ''))
    expect((await happened(talk, 'ReplyAttempted')).map(({ part }) => part)).toEqual([0, 1, 1])
    // The cut is stored once, at the first attempt.
    expect((await happened(talk, 'ReplyAttempted')).map(({ parts }) => parts !== undefined)).toEqual([
      true,
      false,
      false,
    ])
  })

  it('waits with its later parts while the outcome of one is unknown', async () => {
    let calls = 0
    const talk = await openTalk({
      messenger: (meta) => ({
        ...meta,
        send: (...asked) =>
          ++calls === 1 ? Promise.resolve({ kind: 'outcome-unknown', code: 'timeout' }) : meta.send(...asked),
      }),
    })
    const { desk, clock, conversationId } = talk
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text: long })
    const later = await desk.conversations.reply(aki, { conversationId, text: 'A later one.' })
    await until(async () => (await happened(talk, 'ReplyOutcomeUnknown')).length === 1)
    await settled(talk)
    expect(calls).toBe(1)
    clock.advance(10_000)
    await stands(talk, replyId, 'unconfirmed')
    await stands(talk, later.replyId, 'sent')
    expect(onPhone(talk)).toEqual(['A later one.'])
    expect(await deliveryOf(talk, replyId)).toMatchObject({ sentParts: 0 })
  })
})

describe('a reply is refused, and nothing of it is kept,', () => {
  it.each([
    ['with 1,601 code points', { text: 'x'.repeat(1_601) }, 'too-long', { limit: 1_600, actual: 1_601 }],
    ['empty', { text: '' }, 'empty', { field: 'text' }],
    ['of white space only', { text: ' \n ' }, 'empty', { field: 'text' }],
    ['with half of a surrogate pair', { text: 'a\ud83d' }, 'lone-surrogate', { field: 'text', index: 1 }],
    ['with 11 pictures', { media: Array.from({ length: 11 }, () => picture('p')) }, 'too-long', { limit: 10 }],
    ['with a link that is not https', { media: [{ kind: 'image', url: 'http://x.test/a.jpg' }] }, 'invalid', {}],
  ] as const)('%s', async (_, content, code, facts) => {
    const talk = await openTalk()
    const { desk, conversationId } = talk
    const asked = desk.conversations.reply(aki, { conversationId, ...(content as object) })
    await expect(asked).rejects.toMatchObject({ code, facts })
    expect(await happened(talk, 'ReplyQueued')).toEqual([])
  })

  it('but with 1,600 emoji it arrives whole', async () => {
    const talk = await openTalk()
    const { desk, conversationId } = talk
    const text = '🎉'.repeat(1_600)
    const { replyId } = await desk.conversations.reply(aki, { conversationId, text })
    await stands(talk, replyId, 'sent')
    expect(onPhone(talk).join('')).toBe(text)
    expect(onPhone(talk)).toHaveLength(7)
  })
})
