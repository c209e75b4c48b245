import { describe, expect, it } from 'vitest'
import { HOUR, NOON, send, stage } from './harness.ts'

describe('the whole round', () => {
  it('delivers what a customer says, takes the answer, and echoes it', async () => {
    await using set = await stage()
    const account = set.meta.addAccount({ flavour: 'facebook-login', username: 'acme.store' })
    const maria = account.customer({ name: 'Maria Example' })
    const { mid, timestamp, delivered } = maria.says('Hello, do you ship to Córdoba?')
    expect(await delivered).toEqual({ outcome: 'delivered' })
    expect(set.app.events()).toEqual([
      {
        sender: { id: maria.customerId },
        recipient: { id: account.accountId },
        timestamp: NOON,
        message: { mid, text: 'Hello, do you ship to Córdoba?' },
      },
    ])
    expect(timestamp).toBe(NOON)

    set.clock.advance(HOUR)
    const answer = await send(set, account.token, maria.customerId, 'Yes, we ship there.')
    expect(answer).toMatchObject({ status: 200, body: { recipient_id: maria.customerId } })
    await set.meta.idle()
    expect(set.app.events().at(-1)).toEqual({
      sender: { id: account.accountId },
      recipient: { id: maria.customerId },
      timestamp: NOON + HOUR,
      message: { mid: answer.body.message_id, text: 'Yes, we ship there.', is_echo: true },
    })
    expect(maria.phone().messages.map(({ from, text }) => [from, text])).toEqual([
      ['customer', 'Hello, do you ship to Córdoba?'],
      ['business', 'Yes, we ship there.'],
    ])
    expect(set.meta.ledger.deliveredEvents()).toEqual({ accepted: 2, refused: 0, unanswered: 0 })
    expect(set.meta.ledger.echoOf(answer.body.message_id)).toBe('delivered')
  })
})
